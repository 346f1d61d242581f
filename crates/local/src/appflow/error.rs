//! AppFlow's errors. Their names and statuses are those of its model.

use axum::http::StatusCode;

use crate::secrets_manager::SecretsManagerError;
use crate::state::StateError;
use crate::wire::error::ServiceError;

pub(crate) fn validation(message: impl Into<String>) -> ServiceError {
    error(StatusCode::BAD_REQUEST, "ValidationException", message)
}

pub(crate) fn not_found(message: impl Into<String>) -> ServiceError {
    error(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
}

pub(crate) fn conflict(message: impl Into<String>) -> ServiceError {
    error(StatusCode::CONFLICT, "ConflictException", message)
}

pub(crate) fn quota_exceeded(message: impl Into<String>) -> ServiceError {
    error(
        StatusCode::PAYMENT_REQUIRED,
        "ServiceQuotaExceededException",
        message,
    )
}

pub(crate) fn unsupported_operation(message: impl Into<String>) -> ServiceError {
    error(
        StatusCode::BAD_REQUEST,
        "UnsupportedOperationException",
        message,
    )
}

pub(crate) fn connector_server(message: impl Into<String>) -> ServiceError {
    error(StatusCode::BAD_REQUEST, "ConnectorServerException", message)
}

pub(crate) fn connector_authentication(message: impl Into<String>) -> ServiceError {
    error(
        StatusCode::UNAUTHORIZED,
        "ConnectorAuthenticationException",
        message,
    )
}

pub(crate) fn internal(message: impl Into<String>) -> ServiceError {
    error(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalServerException",
        message,
    )
}

/// The error of a connection whose secret could not be stored.
pub(crate) fn of_secret(refused: &SecretsManagerError) -> ServiceError {
    let message = format!("The credentials could not be stored: {refused}");
    match refused {
        SecretsManagerError::LimitExceeded(_) => quota_exceeded(message),
        _ => internal(message),
    }
}

fn error(status: StatusCode, code: &'static str, message: impl Into<String>) -> ServiceError {
    ServiceError {
        status,
        code,
        message: message.into(),
    }
}

impl From<StateError> for ServiceError {
    fn from(error: StateError) -> Self {
        tracing::error!(%error, "the state could not be used");
        internal(error.to_string())
    }
}
