//! The error of a service, in the form that every protocol can write.

use axum::http::StatusCode;

/// What a service returns in place of a response.
#[derive(Debug)]
pub(crate) struct ServiceError {
    /// 400 unless the protocol has another status for this kind of error.
    pub(crate) status: StatusCode,
    /// The service's name for this kind of error, such as `ResourceNotFoundException`.
    pub(crate) code: &'static str,
    /// For the caller. It can name the request's parts, but never shows a secret.
    pub(crate) message: String,
}

impl ServiceError {
    /// The body is not JSON, or a member has the wrong type.
    pub(crate) fn serialization(message: String) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "SerializationException",
            message,
        }
    }

    /// The body is longer than `max_bytes`.
    pub(crate) fn body_too_large(max_bytes: usize) -> Self {
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            code: "RequestEntityTooLargeException",
            message: format!("The request body is larger than {max_bytes} bytes."),
        }
    }

    /// `target` is the request's `X-Amz-Target` header; empty if it is missing.
    pub(crate) fn unknown_operation(target: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "UnknownOperationException",
            message: format!("The operation isn't available at this endpoint: {target}"),
        }
    }
}
