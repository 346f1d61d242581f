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
use crate::secrets_manager::keeper::Keeper;
use crate::secrets_manager::store::Store;
use crate::wire::error::ServiceError;
use crate::wire::json_1_1;
use crate::wire::timestamp::Timestamp;

/// A value of 65,536 bytes takes up to six times as many bytes in JSON, if every character is
/// escaped.
const MAX_BODY_BYTES: usize = 512 * 1024;

pub(super) fn router(keeper: Keeper) -> Router {
    let limit = DefaultBodyLimit::max(MAX_BODY_BYTES);
    Router::new()
        .route("/", post(respond).layer(limit))
        .with_state(keeper)
}

async fn respond(
    State(keeper): State<Keeper>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let target = json_1_1::target(&headers);
    let result = match json_1_1::body(body, MAX_BODY_BYTES) {
        Ok(body) => dispatch(&keeper, target, &body).await,
        Err(error) => Err(error),
    };
    json_1_1::finish(target, result)
}

async fn dispatch(keeper: &Keeper, target: &str, body: &[u8]) -> Result<Response, ServiceError> {
    match target.strip_prefix("secretsmanager.").unwrap_or_default() {
        "CreateSecret" => change(keeper, body, Store::create).await,
        "PutSecretValue" => change(keeper, body, Store::put_value).await,
        "UpdateSecret" => change(keeper, body, Store::update).await,
        "DeleteSecret" => change(keeper, body, Store::delete).await,
        "TagResource" => change(keeper, body, Store::tag).await,
        "UntagResource" => change(keeper, body, Store::untag).await,
        "PutResourcePolicy" => change(keeper, body, Store::put_policy).await,
        "DeleteResourcePolicy" => change(keeper, body, Store::delete_policy).await,
        "GetResourcePolicy" => read(keeper, body, Store::policy),
        "GetSecretValue" => read(keeper, body, Store::get_value),
        "DescribeSecret" => read(keeper, body, Store::describe),
        "ListSecrets" => read(keeper, body, Store::list),
        _ => Err(ServiceError::unknown_operation(target)),
    }
}

type Run<Request, Output> =
    fn(&mut Store, &Request, Timestamp) -> Result<Output, SecretsManagerError>;

async fn change<Request: DeserializeOwned, Output: Serialize>(
    keeper: &Keeper,
    body: &[u8],
    operation: Run<Request, Output>,
) -> Result<Response, ServiceError> {
    let request: Request = json_1_1::read(body)?;
    let output = keeper
        .change(|store| operation(store, &request, Timestamp::now()))
        .await?;
    Ok(json_1_1::write(output))
}

/// Of what these operations change, the time of the last access, nothing is kept by itself.
fn read<Request: DeserializeOwned, Output: Serialize>(
    keeper: &Keeper,
    body: &[u8],
    operation: Run<Request, Output>,
) -> Result<Response, ServiceError> {
    let request: Request = json_1_1::read(body)?;
    let output = operation(&mut keeper.lock(), &request, Timestamp::now())?;
    Ok(json_1_1::write(output))
}
