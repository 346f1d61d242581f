//! Why a run ends before its work is done.

use crate::appflow::caller::CallFailure;
use crate::appflow::formats::{EncodeError, FileError};
use crate::appflow::tasks::TransformError;
use crate::s3::StoreError;
use crate::wire::error::ServiceError;

/// The message for the flow's owner, or that another part of the run has failed.
#[derive(Debug)]
pub(crate) enum RunError {
    Failed(String),
    /// Another part has ended, and its error says why.
    Stopped,
}

impl From<CallFailure> for RunError {
    fn from(failure: CallFailure) -> Self {
        Self::Failed(failure.communication_error())
    }
}

impl From<ServiceError> for RunError {
    fn from(error: ServiceError) -> Self {
        Self::Failed(error.message)
    }
}

impl From<TransformError> for RunError {
    fn from(error: TransformError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<EncodeError> for RunError {
    fn from(error: EncodeError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl RunError {
    /// An object of the source cannot be read.
    pub(crate) fn source_object(key: &str, error: &FileError) -> Self {
        Self::Failed(format!("The source object {key} is not valid: {error}"))
    }

    /// Amazon S3 refuses what the run needs.
    pub(crate) fn s3(bucket: &str, error: &StoreError) -> Self {
        Self::Failed(format!(
            "Error while accessing the bucket {bucket}: {error}"
        ))
    }
}
