//! The JSON body of a request.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use crate::Sandbox;

/// The most bytes of a request's body. It is Salesforce's limit.
pub(crate) const MAX_BODY: usize = 50 * 1024 * 1024;

/// A body that is JSON, and says that it is.
pub(super) struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Sandbox> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &Sandbox) -> Result<Self, ApiError> {
        let content_type = request.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(|value| value.to_ascii_lowercase().contains("json")) {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "the body must be application/json",
            ));
        }
        let bytes = axum::body::to_bytes(request.into_body(), MAX_BODY)
            .await
            .map_err(|_| {
                ApiError::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "EXCEEDED_MAX_SIZE_REQUEST",
                    format!("the body has more than {MAX_BODY} bytes, or ended too early"),
                )
            })?;
        if bytes.is_empty() {
            let message = "The HTTP entity body is required, but this request has no entity body.";
            return Err(ApiError::bad_request("JSON_PARSER_ERROR", message));
        }
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| parser_error(&error))
    }
}

/// serde_json ends its message with the place; Salesforce does too, in another form.
fn parser_error(error: &serde_json::Error) -> ApiError {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let message = message
        .strip_suffix(&format!(" at line {line} column {column}"))
        .unwrap_or(&message);
    let message = format!("{message} at [line:{line}, column:{column}]");
    ApiError::bad_request("JSON_PARSER_ERROR", message)
}
