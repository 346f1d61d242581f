//! The errors of the REST API: a list of one, `[{"message":…,"errorCode":…}]`. The error of a write
//! also names the `fields` at fault.

use axum::Json;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::error::ChangeError;
use crate::soql::error::SoqlError;
use crate::write::error::WriteError;

/// An error response.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    fields: Option<Vec<&'static str>>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            fields: None,
        }
    }

    /// Returns the status and the body.
    pub(crate) fn into_parts(self) -> (StatusCode, Value) {
        let mut error = json!({ "message": self.message, "errorCode": self.code });
        if let Some(fields) = self.fields {
            error["fields"] = fields.into();
        }
        (self.status, json!([error]))
    }

    pub(crate) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            "The requested resource does not exist",
        )
    }

    pub(crate) fn invalid_session() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "INVALID_SESSION_ID",
            "Session expired or invalid",
        )
    }

    pub(crate) fn method_not_allowed(method: &Method) -> Self {
        let message = format!("HTTP Method '{method}' not allowed");
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            message,
        )
    }

    /// The calls of the day are used up.
    pub(crate) fn total_requests_exceeded() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "REQUEST_LIMIT_EXCEEDED",
            "TotalRequests Limit exceeded.",
        )
    }

    pub(crate) fn invalid_query_locator() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "INVALID_QUERY_LOCATOR",
            "invalid query locator",
        )
    }
}

impl From<SoqlError> for ApiError {
    fn from(error: SoqlError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.code, error.message)
    }
}

impl From<WriteError> for ApiError {
    fn from(error: WriteError) -> Self {
        let fields = Some(error.fields);
        match error.alone {
            Some(alone) => Self {
                fields,
                ..Self::new(alone.status, alone.code, alone.message)
            },
            None => Self {
                fields,
                ..Self::bad_request(error.code, error.message)
            },
        }
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        let message = format!("the sandbox's database failed: {error}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "UNKNOWN_EXCEPTION",
            message,
        )
    }
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        let message = format!("the planned record changes failed: {error}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "UNKNOWN_EXCEPTION",
            message,
        )
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, body) = self.into_parts();
        (status, Json(body)).into_response()
    }
}
