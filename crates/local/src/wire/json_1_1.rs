//! The AWS JSON 1.1 protocol over HTTP: the operation's name in a header, JSON in both bodies.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{CONTENT_TYPE, HeaderMap};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use uuid::Uuid;

use crate::wire::error::ServiceError;

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const JSON_1_1: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");

/// Returns the `X-Amz-Target` header; empty if it is missing.
pub(crate) fn target(headers: &HeaderMap) -> &str {
    headers
        .get(TARGET)
        .and_then(|target| target.to_str().ok())
        .unwrap_or_default()
}

/// Returns the body, which comes from an extractor with a limit of `max_body_bytes`.
pub(crate) fn body(
    body: Result<Bytes, BytesRejection>,
    max_body_bytes: usize,
) -> Result<Bytes, ServiceError> {
    body.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            ServiceError::body_too_large(max_body_bytes)
        } else {
            ServiceError::serialization("The request body couldn't be read.".to_owned())
        }
    })
}

/// Returns the response or error of an operation with the headers that the protocol requires.
pub(crate) fn finish(target: &str, result: Result<Response, ServiceError>) -> Response {
    let request_id = Uuid::new_v4().to_string();
    let mut response = match result {
        Ok(response) => {
            tracing::debug!(operation = target, request_id, "request succeeded");
            response
        }
        Err(error) => {
            let error_code = error.code;
            tracing::debug!(operation = target, request_id, error_code, "request failed");
            error_response(&error)
        }
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON_1_1);
    if let Ok(request_id) = HeaderValue::try_from(request_id) {
        headers.insert(REQUEST_ID, request_id);
    }
    response
}

/// Reads a request. The error gives the position of the fault and leaves out serde's message, which
/// can quote a secret value.
pub(crate) fn read<Request: DeserializeOwned>(body: &[u8]) -> Result<Request, ServiceError> {
    serde_json::from_slice(body).map_err(|error| {
        let fault = if error.is_data() {
            "A member has the wrong type"
        } else {
            "The request body isn't JSON"
        };
        let (line, column) = (error.line(), error.column());
        ServiceError::serialization(format!("{fault} (line {line}, column {column})."))
    })
}

/// Writes a response with status 200.
pub(crate) fn write(response: impl Serialize) -> Response {
    Json(response).into_response()
}

fn error_response(error: &ServiceError) -> Response {
    let code = HeaderValue::from_static(error.code);
    let body = json!({"__type": error.code, "Message": error.message});
    (error.status, [(ERROR_TYPE, code)], Json(body)).into_response()
}
