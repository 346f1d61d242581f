//! Objects that are uploaded, read and deleted whole.

use futures_util::stream;
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, DeleteObjectInput,
    DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETagCondition,
    Error, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, MetadataDirective,
    PutObjectInput, PutObjectOutput, StreamingBlob, TaggingDirective,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use crate::s3::object::{Attributes, ObjectInfo};
use crate::s3::objects::{Condition, NewObject};
use crate::s3::operations::Operations;
use crate::s3::operations::checksums::Checksums;
use crate::s3::operations::conditions::Conditions;
use crate::s3::operations::conversions::{at, attributes, condition, strong, tags_of_header};
use crate::s3::operations::headers;
use crate::s3::operations::selection::{Selected, Selection};
use crate::s3::operations::upload::whole;
use crate::s3::reader::ObjectReader;

/// The largest object that can be copied in one request: 5 GiB.
const MAX_COPY_BYTES: u64 = 5 * 1024 * 1024 * 1024;
const MAX_DELETED: usize = 1000;

impl Operations {
    pub(super) async fn put(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<PutObjectOutput> {
        let S3Request {
            input,
            headers,
            extensions,
            ..
        } = request;
        let mut attributes = attributes(&headers)?;
        attributes.storage_class = input.storage_class.map(|class| class.as_str().to_owned());
        attributes.tags = tags_of_header(input.tagging.as_deref().unwrap_or_default())?;
        let condition = condition(input.if_match, input.if_none_match)?;
        self.store.bucket(&input.bucket).await?;

        let received = self
            .receive(input.body, input.content_length, &extensions)
            .await?;
        attributes.checksum = whole(received.checksum);
        let checksums = Checksums::of(attributes.checksum.as_ref());
        let etag = received.blob.digest.etag.clone();
        let object = NewObject {
            bucket: input.bucket,
            key: input.key,
            etag: etag.clone(),
            attributes,
            condition,
        };
        self.store.put(object, received.blob).await?;
        Ok(PutObjectOutput {
            e_tag: Some(strong(&etag)),
            checksum_crc32: checksums.crc32,
            checksum_crc32c: checksums.crc32c,
            checksum_crc64nvme: checksums.crc64nvme,
            checksum_sha1: checksums.sha1,
            checksum_sha256: checksums.sha256,
            checksum_type: checksums.kind,
            ..PutObjectOutput::default()
        })
    }

    pub(super) async fn get(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let selection = Selection {
            range: input.range,
            part: input.part_number,
        };
        let conditions = Conditions {
            etag_is: input.if_match,
            etag_is_not: input.if_none_match,
            modified_after: input.if_modified_since,
            not_modified_after: input.if_unmodified_since,
        };
        no_version(input.version_id.as_deref())?;
        let (info, reader, selected) = self
            .selected(&input.bucket, &input.key, &conditions, selection)
            .await?;
        let mut headers = headers::of(&info, &selected, input.checksum_mode.as_ref());
        headers::remove_overridden(&mut headers, &request.uri);
        let reader = reader.range(selected.first, selected.length);
        Ok(S3Response::with_headers(
            GetObjectOutput {
                body: Some(body(reader)),
                content_length: i64::try_from(selected.length).ok(),
                content_range: selected.content_range(&info),
                ..GetObjectOutput::default()
            },
            headers,
        ))
    }

    pub(super) async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = request.input;
        let selection = Selection {
            range: input.range,
            part: input.part_number,
        };
        let conditions = Conditions {
            etag_is: input.if_match,
            etag_is_not: input.if_none_match,
            modified_after: input.if_modified_since,
            not_modified_after: input.if_unmodified_since,
        };
        no_version(input.version_id.as_deref())?;
        let (info, _, selected) = self
            .selected(&input.bucket, &input.key, &conditions, selection)
            .await?;
        Ok(S3Response::with_headers(
            HeadObjectOutput {
                content_length: i64::try_from(selected.length).ok(),
                content_range: selected.content_range(&info),
                ..HeadObjectOutput::default()
            },
            headers::of(&info, &selected, input.checksum_mode.as_ref()),
        ))
    }

    /// Opens an object whose conditions are met, and finds the part of it that is requested.
    async fn selected(
        &self,
        bucket: &str,
        key: &str,
        conditions: &Conditions,
        selection: Selection,
    ) -> S3Result<(ObjectInfo, ObjectReader, Selected)> {
        let (info, reader) = self.store.open(bucket, key).await?;
        conditions.check(&info)?;
        let selected = selection.of(&info, &reader)?;
        Ok((info, reader, selected))
    }

    /// Opens the source of a copy, if its conditions are met.
    pub(super) async fn source(
        &self,
        bucket: &str,
        key: &str,
        conditions: &Conditions,
    ) -> S3Result<(ObjectInfo, ObjectReader)> {
        let (info, reader) = self.store.open(bucket, key).await?;
        conditions.check_source(&info)?;
        Ok((info, reader))
    }

    pub(super) async fn delete_one(
        &self,
        input: DeleteObjectInput,
    ) -> S3Result<DeleteObjectOutput> {
        no_version(input.version_id.as_deref())?;
        let condition = match input.if_match {
            None => Condition::None,
            Some(ETagCondition::Any) => Condition::Present,
            Some(ETagCondition::ETag(etag)) => Condition::Etag(etag.into_value()),
        };
        let results = self
            .store
            .delete(&input.bucket, vec![(input.key, condition)])
            .await?;
        for result in results {
            result?;
        }
        Ok(DeleteObjectOutput::default())
    }

    pub(super) async fn delete_many(
        &self,
        input: DeleteObjectsInput,
    ) -> S3Result<DeleteObjectsOutput> {
        let objects = input.delete.objects;
        if objects.is_empty() || objects.len() > MAX_DELETED {
            return Err(s3_error!(
                MalformedXML,
                "The XML you provided was not well-formed or did not validate against our published schema"
            ));
        }
        let keys = objects.into_iter().map(|object| {
            let etag = object.e_tag.map(s3s::dto::ETag::into_value);
            (object.key, etag.map_or(Condition::None, Condition::Etag))
        });
        let keys: Vec<(String, Condition)> = keys.collect();
        let names: Vec<String> = keys.iter().map(|(key, _)| key.clone()).collect();
        let results = self.store.delete(&input.bucket, keys).await?;
        let mut output = DeleteObjectsOutput::default();
        let is_quiet = input.delete.quiet.unwrap_or_default();
        for (key, result) in names.into_iter().zip(results) {
            match result.map_err(S3Error::from) {
                Ok(()) if is_quiet => {}
                Ok(()) => output.deleted.get_or_insert_default().push(DeletedObject {
                    key: Some(key),
                    ..DeletedObject::default()
                }),
                Err(error) => output.errors.get_or_insert_default().push(Error {
                    code: Some(error.code().as_str().to_owned()),
                    key: Some(key),
                    message: error.message().map(str::to_owned),
                    version_id: None,
                }),
            }
        }
        Ok(output)
    }

    pub(super) async fn copy(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<CopyObjectOutput> {
        let S3Request { input, headers, .. } = request;
        let conditions = Conditions {
            etag_is: input.copy_source_if_match,
            etag_is_not: input.copy_source_if_none_match,
            modified_after: input.copy_source_if_modified_since,
            not_modified_after: input.copy_source_if_unmodified_since,
        };
        let (bucket, key) = copied(&input.copy_source)?;
        let (info, source) = self.source(bucket, key, &conditions).await?;
        if info.size > MAX_COPY_BYTES {
            return Err(s3_error!(
                InvalidRequest,
                "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120"
            ));
        }
        let replaces = |directive: Option<&str>| directive == Some("REPLACE");
        let replaces_metadata = replaces(
            input
                .metadata_directive
                .as_ref()
                .map(MetadataDirective::as_str),
        );
        let replaces_tags = replaces(
            input
                .tagging_directive
                .as_ref()
                .map(TaggingDirective::as_str),
        );
        let is_same = bucket == input.bucket && key == input.key;
        if is_same && !replaces_metadata && input.storage_class.is_none() {
            return Err(s3_error!(
                InvalidRequest,
                "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."
            ));
        }
        self.store.bucket(&input.bucket).await?;

        let mut copy = if replaces_metadata {
            attributes(&headers)?
        } else {
            Attributes {
                headers: info.attributes.headers.clone(),
                ..Attributes::default()
            }
        };
        copy.storage_class = input.storage_class.map(|class| class.as_str().to_owned());
        copy.tags = if replaces_tags {
            tags_of_header(input.tagging.as_deref().unwrap_or_default())?
        } else {
            info.attributes.tags.clone()
        };
        let asked = Checksums::algorithm(input.checksum_algorithm.as_ref())?;
        let kept = info.attributes.checksum.as_ref();
        let algorithm = asked.or(kept.map(|checksum| checksum.algorithm));
        let blob = self.copy_bytes(source, algorithm).await?;
        copy.checksum = whole(algorithm.zip(blob.digest.checksum.clone()));
        let checksums = Checksums::of(copy.checksum.as_ref());
        let etag = blob.digest.etag.clone();
        let object = NewObject {
            bucket: input.bucket.clone(),
            key: input.key.clone(),
            etag: etag.clone(),
            attributes: copy,
            condition: Condition::None,
        };
        let modified = self.store.put(object, blob).await?;
        Ok(CopyObjectOutput {
            copy_object_result: Some(CopyObjectResult {
                e_tag: Some(strong(&etag)),
                last_modified: Some(at(modified)),
                checksum_crc32: checksums.crc32,
                checksum_crc32c: checksums.crc32c,
                checksum_crc64nvme: checksums.crc64nvme,
                checksum_sha1: checksums.sha1,
                checksum_sha256: checksums.sha256,
                checksum_type: checksums.kind,
            }),
            ..CopyObjectOutput::default()
        })
    }
}

/// Returns the bucket and the key of a copy's source.
pub(super) fn copied(source: &CopySource) -> S3Result<(&str, &str)> {
    match source {
        CopySource::Bucket {
            bucket,
            key,
            version_id,
        } => {
            no_version(version_id.as_deref())?;
            Ok((bucket, key))
        }
        _ => Err(s3_error!(
            NotImplemented,
            "Access points are not available at this endpoint"
        )),
    }
}

/// Refuses versions, which no bucket has. `null` is the one version that an object then has.
pub(super) fn no_version(version: Option<&str>) -> S3Result<()> {
    match version {
        None | Some("null") => Ok(()),
        Some(_) => Err(S3Error::with_message(
            S3ErrorCode::InvalidArgument,
            "Invalid version id specified",
        )),
    }
}

fn body(reader: ObjectReader) -> StreamingBlob {
    let chunks = stream::try_unfold(reader, |mut reader| async move {
        Ok::<_, std::io::Error>(reader.chunk().await?.map(|chunk| (chunk, reader)))
    });
    StreamingBlob::wrap(chunks)
}
