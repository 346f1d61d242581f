//! The conditions of requests that read.

use s3s::dto::{ETagCondition, Timestamp};
use s3s::{S3Error, S3Result, s3_error};

use crate::s3::object::ObjectInfo;
use crate::s3::operations::conversions::at_second;

/// What must hold of an object.
#[derive(Default)]
pub(super) struct Conditions {
    /// If-Match.
    pub(super) etag_is: Option<ETagCondition>,
    /// If-None-Match.
    pub(super) etag_is_not: Option<ETagCondition>,
    /// If-Modified-Since.
    pub(super) modified_after: Option<Timestamp>,
    /// If-Unmodified-Since.
    pub(super) not_modified_after: Option<Timestamp>,
}

enum Outcome {
    Met,
    NotModified,
    Failed,
}

impl Conditions {
    /// In the order of RFC 9110, section 13.2.2: a condition on the ETag decides before one on the
    /// time.
    fn evaluate(&self, info: &ObjectInfo) -> Outcome {
        let matches = |condition: &ETagCondition| match condition {
            ETagCondition::Any => true,
            ETagCondition::ETag(etag) => etag.value() == info.etag,
        };
        let modified = at_second(info.modified);
        let is_held = match (&self.etag_is, &self.not_modified_after) {
            (Some(condition), _) => matches(condition),
            (None, Some(time)) => modified <= *time,
            (None, None) => true,
        };
        if !is_held {
            return Outcome::Failed;
        }
        let is_new = match (&self.etag_is_not, &self.modified_after) {
            (Some(condition), _) => !matches(condition),
            (None, Some(time)) => modified > *time,
            (None, None) => true,
        };
        if is_new {
            Outcome::Met
        } else {
            Outcome::NotModified
        }
    }

    /// # Errors
    /// PreconditionFailed (412) or NotModified (304).
    pub(super) fn check(&self, info: &ObjectInfo) -> S3Result<()> {
        match self.evaluate(info) {
            Outcome::Met => Ok(()),
            Outcome::Failed => Err(failed()),
            Outcome::NotModified => {
                let mut error = s3_error!(NotModified);
                if let Ok(etag) = format!("\"{}\"", info.etag).try_into() {
                    let headers = [(axum::http::header::ETAG, etag)];
                    error.set_headers(headers.into_iter().collect());
                }
                Err(error)
            }
        }
    }

    /// Checks the conditions on the source of a copy, for which there is no 304.
    ///
    /// # Errors
    /// PreconditionFailed.
    pub(super) fn check_source(&self, info: &ObjectInfo) -> S3Result<()> {
        match self.evaluate(info) {
            Outcome::Met => Ok(()),
            Outcome::Failed | Outcome::NotModified => Err(failed()),
        }
    }
}

fn failed() -> S3Error {
    s3_error!(
        PreconditionFailed,
        "At least one of the pre-conditions you specified did not hold"
    )
}
