//! The AWS JSON 1.1 protocol over HTTP.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CONTENT_TYPE, HeaderMap};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use uuid::Uuid;

use super::SecretsManager;
use super::error::SecretsManagerError;
use super::store::Store;
use super::timestamp::Timestamp;

/// A value of 65,536 bytes takes six times that at worst, when JSON escapes all of it.
pub(super) const MAX_BODY: usize = 512 * 1024;

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const JSON_1_1: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");

pub(super) fn router(service: SecretsManager) -> Router {
    Router::new()
        .route("/", post(answer).layer(DefaultBodyLimit::max(MAX_BODY)))
        .with_state(service)
}

async fn answer(
    State(service): State<SecretsManager>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let request_id = Uuid::new_v4().to_string();
    let target = headers
        .get(TARGET)
        .and_then(|target| target.to_str().ok())
        .unwrap_or_default();
    let mut response = match body {
        Ok(body) => dispatch(&service, target, &body),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(SecretsManagerError::BodyTooLarge)
        }
        Err(_) => Err(SecretsManagerError::Serialization(
            "The request body couldn't be read.".to_owned(),
        )),
    }
    .inspect(|_| tracing::debug!(operation = target, request_id, "answered"))
    .unwrap_or_else(|error| {
        tracing::debug!(
            operation = target,
            request_id,
            error_code = error.code(),
            "refused"
        );
        error_response(&error)
    });
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON_1_1);
    if let Ok(request_id) = HeaderValue::try_from(request_id) {
        headers.insert(REQUEST_ID, request_id);
    }
    response
}

fn dispatch(
    service: &SecretsManager,
    target: &str,
    body: &[u8],
) -> Result<Response, SecretsManagerError> {
    match target.strip_prefix("secretsmanager.").unwrap_or_default() {
        "CreateSecret" => run(service, body, Store::create),
        "PutSecretValue" => run(service, body, Store::put_value),
        "GetSecretValue" => run(service, body, Store::get_value),
        "DescribeSecret" => run(service, body, Store::describe),
        "DeleteSecret" => run(service, body, Store::delete),
        "ListSecrets" => run(service, body, Store::list),
        _ => Err(SecretsManagerError::UnknownOperation {
            target: target.to_owned(),
        }),
    }
}

fn run<Request: DeserializeOwned, Answer: Serialize>(
    service: &SecretsManager,
    body: &[u8],
    operation: fn(&mut Store, &Request, Timestamp) -> Result<Answer, SecretsManagerError>,
) -> Result<Response, SecretsManagerError> {
    let request: Request =
        serde_json::from_slice(body).map_err(|error| serialization_error(&error))?;
    let answer = operation(&mut service.store(), &request, Timestamp::now())?;
    Ok(Json(answer).into_response())
}

/// The place of the fault, but not serde's message: that can quote a member's value.
fn serialization_error(error: &serde_json::Error) -> SecretsManagerError {
    let fault = if error.is_data() {
        "A member has the wrong type"
    } else {
        "The request body isn't JSON"
    };
    SecretsManagerError::Serialization(format!(
        "{fault} (line {}, column {}).",
        error.line(),
        error.column()
    ))
}

fn error_response(error: &SecretsManagerError) -> Response {
    let status = match error {
        SecretsManagerError::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    };
    let code = HeaderValue::from_static(error.code());
    let body = json!({"__type": error.code(), "Message": error.to_string()});
    (status, [(ERROR_TYPE, code)], Json(body)).into_response()
}
