//! Listings of objects, in both versions of the operation.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::dto::{
    CommonPrefix, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output,
    Object, ObjectStorageClass, Owner,
};
use s3s::{S3Error, S3ErrorCode, S3Result};

use crate::s3::listing::{ListRequest, Page};
use crate::s3::object::ObjectInfo;
use crate::s3::operations::Operations;
use crate::s3::operations::checksums::{kind, name};
use crate::s3::operations::conversions::{at, encoded, strong};

const MAX_KEYS: i32 = 1000;

impl Operations {
    pub(super) async fn list(&self, input: ListObjectsInput) -> S3Result<ListObjectsOutput> {
        let is_encoded = input.encoding_type.is_some();
        let encode = |text: &str| encoded(text, is_encoded);
        let max = max_keys(input.max_keys)?;
        let delimiter = given(input.delimiter);
        let marker = given(input.marker);
        let request = ListRequest {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: delimiter.clone(),
            after: marker.clone(),
            max: usize::try_from(max).unwrap_or_default(),
        };
        let page = self.store.list_page(&input.bucket, request).await?;
        let owner = Some(self.owner());
        Ok(ListObjectsOutput {
            name: Some(input.bucket),
            prefix: Some(encode(&input.prefix.unwrap_or_default())),
            marker: Some(encode(&marker.unwrap_or_default())),
            max_keys: Some(max),
            is_truncated: Some(page.next.is_some()),
            // Without a delimiter, the last key is the marker.
            next_marker: delimiter.as_ref().and(page.next.as_deref()).map(encode),
            common_prefixes: Some(common_prefixes(&page, is_encoded)),
            contents: Some(contents(&page, owner.as_ref(), is_encoded)),
            delimiter: delimiter.as_deref().map(encode),
            encoding_type: input.encoding_type,
            request_charged: None,
        })
    }

    pub(super) async fn list_v2(&self, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
        let is_encoded = input.encoding_type.is_some();
        let encode = |text: &str| encoded(text, is_encoded);
        let max = max_keys(input.max_keys)?;
        let delimiter = given(input.delimiter);
        let after = match &input.continuation_token {
            Some(token) => Some(read_token(token)?),
            None => given(input.start_after.clone()),
        };
        let request = ListRequest {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: delimiter.clone(),
            after,
            max: usize::try_from(max).unwrap_or_default(),
        };
        let page = self.store.list_page(&input.bucket, request).await?;
        let owner = input.fetch_owner.unwrap_or_default().then(|| self.owner());
        let count = page.objects.len() + page.common_prefixes.len();
        Ok(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(encode(&input.prefix.unwrap_or_default())),
            max_keys: Some(max),
            key_count: i32::try_from(count).ok(),
            continuation_token: input.continuation_token,
            is_truncated: Some(page.next.is_some()),
            next_continuation_token: page.next.as_ref().map(|next| URL_SAFE_NO_PAD.encode(next)),
            common_prefixes: Some(common_prefixes(&page, is_encoded)),
            contents: Some(contents(&page, owner.as_ref(), is_encoded)),
            delimiter: delimiter.as_deref().map(encode),
            encoding_type: input.encoding_type,
            start_after: input.start_after.as_deref().map(encode),
            request_charged: None,
        })
    }
}

/// An empty parameter counts as missing.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn max_keys(given: Option<i32>) -> S3Result<i32> {
    match given.unwrap_or(MAX_KEYS) {
        max @ 0.. => Ok(max.min(MAX_KEYS)),
        _ => Err(S3Error::with_message(
            S3ErrorCode::InvalidArgument,
            "Argument maxKeys must be an integer between 0 and 2147483647",
        )),
    }
}

fn read_token(token: &str) -> S3Result<String> {
    let key = URL_SAFE_NO_PAD.decode(token).ok();
    key.and_then(|key| String::from_utf8(key).ok())
        .ok_or_else(|| {
            S3Error::with_message(
                S3ErrorCode::InvalidArgument,
                "The continuation token provided is incorrect",
            )
        })
}

fn common_prefixes(page: &Page, is_encoded: bool) -> Vec<CommonPrefix> {
    let prefixes = page.common_prefixes.iter().map(|prefix| CommonPrefix {
        prefix: Some(encoded(prefix, is_encoded)),
    });
    prefixes.collect()
}

fn contents(page: &Page, owner: Option<&Owner>, is_encoded: bool) -> Vec<Object> {
    let objects = page.objects.iter().map(|info| Object {
        owner: owner.cloned(),
        ..listed(info, is_encoded)
    });
    objects.collect()
}

fn listed(info: &ObjectInfo, is_encoded: bool) -> Object {
    let checksum = info.attributes.checksum.as_ref();
    let class = info.attributes.storage_class.clone();
    Object {
        checksum_algorithm: checksum.map(|checksum| vec![name(checksum.algorithm)]),
        checksum_type: checksum.map(kind),
        e_tag: Some(strong(&info.etag)),
        key: Some(encoded(&info.key, is_encoded)),
        last_modified: Some(at(info.modified)),
        owner: None,
        restore_status: None,
        size: i64::try_from(info.size).ok(),
        storage_class: Some(class.map_or(
            ObjectStorageClass::from_static(ObjectStorageClass::STANDARD),
            ObjectStorageClass::from,
        )),
    }
}
