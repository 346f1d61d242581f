//! Objects that are uploaded in parts.

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumType,
    CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, CopyPartResult,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, Initiator, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload, Part as Listed,
    Range, StorageClass, UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Result, s3_error};

use crate::s3::blobs::NewBlob;
use crate::s3::digest::Algorithm;
use crate::s3::object::{Attributes, StoredChecksum};
use crate::s3::operations::Operations;
use crate::s3::operations::checksums::{Checksums, kind, name};
use crate::s3::operations::conditions::Conditions;
use crate::s3::operations::conversions::{
    at, attributes, condition, encoded, strong, tags_of_header,
};
use crate::s3::operations::objects::copied;
use crate::s3::operations::selection::Selection;
use crate::s3::parts::{MAX_NUMBER, NamedPart, Part};
use crate::wire::timestamp::Timestamp;

const MAX_LISTED: i32 = 1000;

impl Operations {
    pub(super) async fn start_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<CreateMultipartUploadOutput> {
        let S3Request { input, headers, .. } = request;
        let mut attributes = attributes(&headers)?;
        attributes.storage_class = input.storage_class.map(|class| class.as_str().to_owned());
        attributes.tags = tags_of_header(input.tagging.as_deref().unwrap_or_default())?;
        let algorithm = Checksums::algorithm(input.checksum_algorithm.as_ref())?;
        attributes.checksum = algorithm
            .map(|algorithm| empty_checksum(algorithm, input.checksum_type.as_ref()))
            .transpose()?;
        let upload = self
            .store
            .start_upload(&input.bucket, &input.key, &attributes)
            .await?;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(upload),
            checksum_algorithm: algorithm.map(name),
            checksum_type: attributes.checksum.as_ref().map(kind),
            ..CreateMultipartUploadOutput::default()
        })
    }

    pub(super) async fn put_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<UploadPartOutput> {
        let S3Request {
            input, extensions, ..
        } = request;
        let number = part_number(input.part_number)?;
        // Before the body: it may be large.
        let (bucket, key, upload) = (&input.bucket, &input.key, &input.upload_id);
        let attributes = self.store.upload(bucket, key, upload).await?.attributes;
        let received = self
            .receive(input.body, input.content_length, &extensions)
            .await?;
        let checksum = checksum_of_part(&attributes, received.checksum.as_ref())?;
        let checksums = received.checksum.as_ref();
        let checksums =
            checksums.map(|(algorithm, value)| Checksums::of_part(*algorithm, Some(value)));
        let checksums = checksums.unwrap_or_default();
        let part = new_part(number, &received.blob, checksum);
        let etag = part.etag.clone();
        self.store
            .put_part(bucket, key, upload, part, received.blob)
            .await?;
        Ok(UploadPartOutput {
            e_tag: Some(strong(&etag)),
            checksum_crc32: checksums.crc32,
            checksum_crc32c: checksums.crc32c,
            checksum_crc64nvme: checksums.crc64nvme,
            checksum_sha1: checksums.sha1,
            checksum_sha256: checksums.sha256,
            ..UploadPartOutput::default()
        })
    }

    pub(super) async fn copy_part(
        &self,
        input: UploadPartCopyInput,
    ) -> S3Result<UploadPartCopyOutput> {
        let number = part_number(input.part_number)?;
        let (bucket, key, upload) = (&input.bucket, &input.key, &input.upload_id);
        let attributes = self.store.upload(bucket, key, upload).await?.attributes;
        let conditions = Conditions {
            etag_is: input.copy_source_if_match,
            etag_is_not: input.copy_source_if_none_match,
            modified_after: input.copy_source_if_modified_since,
            not_modified_after: input.copy_source_if_unmodified_since,
        };
        let (source_bucket, source_key) = copied(&input.copy_source)?;
        let (info, source) = self.source(source_bucket, source_key, &conditions).await?;
        let range = input.copy_source_range.map(|range| {
            Range::parse(&range).map_err(|_| {
                s3_error!(
                    InvalidArgument,
                    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy"
                )
            })
        });
        let selection = Selection {
            range: range.transpose()?,
            part: None,
        };
        let selected = selection.of(&info, &source)?;
        let source = source.range(selected.first, selected.length);
        let algorithm = attributes.checksum.map(|checksum| checksum.algorithm);
        let blob = self.copy_bytes(source, algorithm).await?;
        let checksum = blob.digest.checksum.clone();
        let checksums = algorithm
            .map(|algorithm| Checksums::of_part(algorithm, checksum.as_ref()))
            .unwrap_or_default();
        let part = new_part(number, &blob, checksum);
        let (etag, modified) = (part.etag.clone(), part.modified);
        self.store.put_part(bucket, key, upload, part, blob).await?;
        Ok(UploadPartCopyOutput {
            copy_part_result: Some(CopyPartResult {
                e_tag: Some(strong(&etag)),
                last_modified: Some(at(modified)),
                checksum_crc32: checksums.crc32,
                checksum_crc32c: checksums.crc32c,
                checksum_crc64nvme: checksums.crc64nvme,
                checksum_sha1: checksums.sha1,
                checksum_sha256: checksums.sha256,
            }),
            ..UploadPartCopyOutput::default()
        })
    }

    pub(super) async fn complete_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        let S3Request { input, headers, .. } = request;
        let parts = input.multipart_upload.and_then(|upload| upload.parts);
        let parts = parts.unwrap_or_default();
        if parts.is_empty() {
            return Err(S3Error::new(S3ErrorCode::MalformedXML));
        }
        let named = parts.into_iter().map(named_part);
        let named = named.collect::<S3Result<Vec<_>>>()?;
        let condition = condition(input.if_match, input.if_none_match)?;
        let (bucket, key) = (&input.bucket, &input.key);
        let info = self
            .store
            .complete_upload(bucket, key, &input.upload_id, named, condition)
            .await?;
        let checksums = Checksums::of(info.attributes.checksum.as_ref());
        let host = headers.get(axum::http::header::HOST);
        let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
        Ok(CompleteMultipartUploadOutput {
            location: Some(format!("http://{host}/{bucket}/{}", encoded(key, true))),
            bucket: Some(bucket.clone()),
            key: Some(key.clone()),
            e_tag: Some(strong(&info.etag)),
            checksum_crc32: checksums.crc32,
            checksum_crc32c: checksums.crc32c,
            checksum_crc64nvme: checksums.crc64nvme,
            checksum_sha1: checksums.sha1,
            checksum_sha256: checksums.sha256,
            checksum_type: checksums.kind,
            ..CompleteMultipartUploadOutput::default()
        })
    }

    pub(super) async fn abort_upload(
        &self,
        input: AbortMultipartUploadInput,
    ) -> S3Result<AbortMultipartUploadOutput> {
        self.store
            .abort_upload(&input.bucket, &input.key, &input.upload_id)
            .await?;
        Ok(AbortMultipartUploadOutput::default())
    }

    pub(super) async fn list_parts(&self, input: ListPartsInput) -> S3Result<ListPartsOutput> {
        let max = limit(input.max_parts, "max-parts")?;
        let after = input.part_number_marker.unwrap_or_default();
        let after = u32::try_from(after).map_err(|_| {
            s3_error!(
                InvalidArgument,
                "Argument part-number-marker must be an integer of 0 or more"
            )
        })?;
        let count = usize::try_from(max).unwrap_or_default();
        let (upload, mut parts) = self
            .store
            .list_parts(
                &input.bucket,
                &input.key,
                &input.upload_id,
                after,
                count + 1,
            )
            .await?;
        let is_truncated = parts.len() > count;
        parts.truncate(count);
        let checksum = upload.attributes.checksum.as_ref();
        let algorithm = checksum.map(|checksum| checksum.algorithm);
        let last = parts
            .last()
            .and_then(|part| i32::try_from(part.number).ok());
        Ok(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(upload.name),
            checksum_algorithm: algorithm.map(name),
            checksum_type: checksum.map(kind),
            initiator: Some(self.initiator()),
            owner: Some(self.owner()),
            is_truncated: Some(is_truncated),
            max_parts: Some(max),
            part_number_marker: i32::try_from(after).ok(),
            next_part_number_marker: last.filter(|_| is_truncated),
            storage_class: Some(class(&upload.attributes)),
            parts: Some(parts.iter().map(|part| listed(part, algorithm)).collect()),
            ..ListPartsOutput::default()
        })
    }

    pub(super) async fn list_uploads(
        &self,
        input: ListMultipartUploadsInput,
    ) -> S3Result<ListMultipartUploadsOutput> {
        if input
            .delimiter
            .as_ref()
            .is_some_and(|text| !text.is_empty())
        {
            return Err(s3_error!(
                NotImplemented,
                "A delimiter for uploads in parts is not available at this endpoint"
            ));
        }
        let is_encoded = input.encoding_type.is_some();
        let encode = |text: &str| encoded(text, is_encoded);
        let max = limit(input.max_uploads, "max-uploads")?;
        let count = usize::try_from(max).unwrap_or_default();
        let prefix = input.prefix.clone().unwrap_or_default();
        let upload_marker = input
            .upload_id_marker
            .clone()
            .filter(|name| !name.is_empty());
        let key_marker = input.key_marker.clone().filter(|key| !key.is_empty());
        let after = key_marker.map(|key| (key, upload_marker));
        let mut uploads = self
            .store
            .list_uploads(&input.bucket, &prefix, after, count + 1)
            .await?;
        let is_truncated = uploads.len() > count;
        uploads.truncate(count);
        let last = uploads.last().filter(|_| is_truncated);
        let next_key_marker = last.map(|upload| encode(&upload.key));
        let next_upload_id_marker = last.map(|upload| upload.name.clone());
        let listed = uploads.into_iter().map(|upload| {
            let checksum = upload.attributes.checksum.as_ref();
            MultipartUpload {
                checksum_algorithm: checksum.map(|checksum| name(checksum.algorithm)),
                checksum_type: checksum.map(kind),
                initiated: Some(at(upload.initiated)),
                initiator: Some(self.initiator()),
                key: Some(encode(&upload.key)),
                owner: Some(self.owner()),
                storage_class: Some(class(&upload.attributes)),
                upload_id: Some(upload.name),
            }
        });
        Ok(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            encoding_type: input.encoding_type,
            is_truncated: Some(is_truncated),
            key_marker: Some(encode(&input.key_marker.unwrap_or_default())),
            max_uploads: Some(max),
            next_key_marker,
            next_upload_id_marker,
            prefix: Some(encode(&prefix)),
            upload_id_marker: input.upload_id_marker,
            uploads: Some(listed.collect()),
            ..ListMultipartUploadsOutput::default()
        })
    }

    fn initiator(&self) -> Initiator {
        let account = &self.store.account.id;
        Initiator {
            display_name: None,
            id: Some(format!("arn:aws:iam::{account}:root")),
        }
    }
}

/// Returns what the checksum of the object will be.
fn empty_checksum(algorithm: Algorithm, asked: Option<&ChecksumType>) -> S3Result<StoredChecksum> {
    let asked = asked.map(ChecksumType::as_str);
    let is_of_whole = match (algorithm, asked) {
        (Algorithm::Crc64Nvme, None)
        | (
            Algorithm::Crc64Nvme | Algorithm::Crc32 | Algorithm::Crc32C,
            Some(ChecksumType::FULL_OBJECT),
        ) => true,
        (Algorithm::Crc64Nvme, _) | (_, Some(ChecksumType::FULL_OBJECT)) => {
            return Err(s3_error!(
                InvalidRequest,
                "The {} checksum type cannot be used with the {} checksum algorithm.",
                asked.unwrap_or_default(),
                algorithm.name().to_ascii_lowercase()
            ));
        }
        _ => false,
    };
    Ok(StoredChecksum {
        algorithm,
        is_of_whole,
        value: String::new(),
    })
}

/// Returns the checksum that is stored with a part: that of the upload's algorithm.
fn checksum_of_part(
    attributes: &Attributes,
    given: Option<&(Algorithm, String)>,
) -> S3Result<Option<String>> {
    let Some(expected) = &attributes.checksum else {
        return Ok(None);
    };
    match given {
        Some((algorithm, value)) if *algorithm == expected.algorithm => Ok(Some(value.clone())),
        other => Err(s3_error!(
            InvalidRequest,
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            expected.algorithm.name().to_ascii_lowercase(),
            other.map_or("null".to_owned(), |(algorithm, _)| {
                algorithm.name().to_ascii_lowercase()
            })
        )),
    }
}

fn part_number(number: i32) -> S3Result<u32> {
    let number = u32::try_from(number).ok();
    let number = number.filter(|number| (1..=MAX_NUMBER).contains(number));
    number.ok_or_else(|| {
        s3_error!(
            InvalidArgument,
            "Part number must be an integer between 1 and {MAX_NUMBER}, inclusive"
        )
    })
}

fn new_part(number: u32, blob: &NewBlob, checksum: Option<String>) -> Part {
    Part {
        number,
        blob: blob.name.clone(),
        size: blob.size,
        etag: blob.digest.etag.clone(),
        checksum,
        modified: Timestamp::now(),
    }
}

fn named_part(part: CompletedPart) -> S3Result<NamedPart> {
    let malformed = || S3Error::new(S3ErrorCode::MalformedXML);
    Ok(NamedPart {
        number: part_number(part.part_number.ok_or_else(malformed)?)?,
        etag: part.e_tag.ok_or_else(malformed)?.into_value(),
        checksum: part
            .checksum_crc32
            .or(part.checksum_crc32c)
            .or(part.checksum_crc64nvme)
            .or(part.checksum_sha1)
            .or(part.checksum_sha256),
    })
}

fn listed(part: &Part, algorithm: Option<Algorithm>) -> Listed {
    let checksums = algorithm
        .map(|algorithm| Checksums::of_part(algorithm, part.checksum.as_ref()))
        .unwrap_or_default();
    Listed {
        checksum_crc32: checksums.crc32,
        checksum_crc32c: checksums.crc32c,
        checksum_crc64nvme: checksums.crc64nvme,
        checksum_sha1: checksums.sha1,
        checksum_sha256: checksums.sha256,
        e_tag: Some(strong(&part.etag)),
        last_modified: Some(at(part.modified)),
        part_number: i32::try_from(part.number).ok(),
        size: i64::try_from(part.size).ok(),
    }
}

fn class(attributes: &Attributes) -> StorageClass {
    let class = attributes.storage_class.clone();
    class.map_or(
        StorageClass::from_static(StorageClass::STANDARD),
        StorageClass::from,
    )
}

fn limit(given: Option<i32>, name: &str) -> S3Result<i32> {
    match given.unwrap_or(MAX_LISTED) {
        limit @ 0.. => Ok(limit.min(MAX_LISTED)),
        _ => Err(s3_error!(
            InvalidArgument,
            "Argument {name} must be an integer between 0 and 2147483647"
        )),
    }
}
