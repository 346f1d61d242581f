//! The HTTP endpoint: finds and runs the operation that a request names.

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::secrets_manager::error::SecretsManagerError;
use crate::secrets_manager::store::{SharedStore, Store};
use crate::wire::error::ServiceError;
use crate::wire::json_1_1;
use crate::wire::timestamp::Timestamp;

/// A value of 65,536 bytes takes up to six times as many bytes in JSON, if every character is
/// escaped.
const MAX_BODY_BYTES: usize = 512 * 1024;

pub(super) fn router(store: SharedStore) -> Router {
    let limit = DefaultBodyLimit::max(MAX_BODY_BYTES);
    Router::new()
        .route("/", post(respond).layer(limit))
        .with_state(store)
}

async fn respond(
    State(store): State<SharedStore>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    json_1_1::respond(&headers, body, MAX_BODY_BYTES, |target, body| {
        dispatch(&store, target, body)
    })
}

fn dispatch(store: &SharedStore, target: &str, body: &[u8]) -> Result<Response, ServiceError> {
    match target.strip_prefix("secretsmanager.").unwrap_or_default() {
        "CreateSecret" => run(store, body, Store::create),
        "PutSecretValue" => run(store, body, Store::put_value),
        "GetSecretValue" => run(store, body, Store::get_value),
        "DescribeSecret" => run(store, body, Store::describe),
        "DeleteSecret" => run(store, body, Store::delete),
        "ListSecrets" => run(store, body, Store::list),
        _ => Err(ServiceError::unknown_operation(target)),
    }
}

fn run<Request: DeserializeOwned, Output: Serialize>(
    store: &SharedStore,
    body: &[u8],
    operation: fn(&mut Store, &Request, Timestamp) -> Result<Output, SecretsManagerError>,
) -> Result<Response, ServiceError> {
    let request: Request = json_1_1::read(body)?;
    let output = operation(&mut store.lock(), &request, Timestamp::now())?;
    Ok(json_1_1::write(output))
}
