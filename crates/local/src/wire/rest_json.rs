//! The rest-json protocol: the operation's name in the path, JSON in both bodies.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::wire::error::ServiceError;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Reads a body: a JSON object, or nothing at all. The error leaves out serde's message, which can
/// quote a secret value.
pub(crate) fn read_object(body: &[u8]) -> Result<Map<String, Value>, ServiceError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(ServiceError::serialization(
            "The request body must be a JSON object.".to_owned(),
        )),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            Err(ServiceError::serialization(format!(
                "The request body isn't JSON (line {line}, column {column})."
            )))
        }
    }
}

/// Writes a response or an error with the headers that the protocol requires.
pub(crate) fn write(result: Result<Value, ServiceError>) -> Response {
    let (status, body, code) = match result {
        Ok(body) => (StatusCode::OK, body, None),
        Err(error) => (
            error.status,
            json!({"message": error.message}),
            Some(error.code),
        ),
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    if let Some(code) = code {
        headers.insert(ERROR_TYPE, HeaderValue::from_static(code));
    }
    if let Ok(request_id) = HeaderValue::try_from(Uuid::new_v4().to_string()) {
        headers.insert(REQUEST_ID, request_id);
    }
    response
}
