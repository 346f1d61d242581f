//! Errors of the store in S3's form.

use s3s::{S3Error, S3ErrorCode};

use crate::s3::error::StoreError;

impl From<StoreError> for S3Error {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::NoSuchBucket => S3ErrorCode::NoSuchBucket,
            StoreError::NoSuchKey => S3ErrorCode::NoSuchKey,
            StoreError::NoSuchUpload => S3ErrorCode::NoSuchUpload,
            StoreError::BucketExists => S3ErrorCode::BucketAlreadyOwnedByYou,
            StoreError::BucketNotEmpty => S3ErrorCode::BucketNotEmpty,
            StoreError::InvalidBucketName => S3ErrorCode::InvalidBucketName,
            StoreError::KeyTooLong => S3ErrorCode::KeyTooLongError,
            StoreError::PreconditionFailed => S3ErrorCode::PreconditionFailed,
            StoreError::InvalidPart => S3ErrorCode::InvalidPart,
            StoreError::InvalidPartOrder => S3ErrorCode::InvalidPartOrder,
            StoreError::PartTooSmall => S3ErrorCode::EntityTooSmall,
            StoreError::Files(_) | StoreError::State(_) => {
                tracing::error!(%error, "the object store failed");
                S3ErrorCode::InternalError
            }
        };
        Self::with_message(code, error.to_string())
    }
}
