use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use loopback_server::{BodyError, Options, Server, read_body};
use serde_json::json;

use super::access_key::AccessKey;
use super::error::SecretsError;
use super::known::Secrets;
use super::signature::check;

/// The largest request that Secrets Manager is asked with here.
const MAX_BODY_BYTES: usize = 512 * 1024;

/// The run's Secrets Manager on a port of this machine. Dropping it stops it.
///
/// It serves requests that are signed with one [`AccessKey`]; others get 403.
#[derive(Debug)]
pub struct SecretsServer(Server);

impl SecretsServer {
    /// The URL, for `AWS_ENDPOINT_URL_SECRETS_MANAGER` in the connector's environment.
    pub fn url(&self) -> String {
        format!("http://{}", self.0.address())
    }

    pub(crate) async fn start(
        secrets: &Secrets,
        address: SocketAddr,
        allowed_hosts: Vec<String>,
        key: AccessKey,
    ) -> Result<Self, SecretsError> {
        let mut options = Options::default();
        options.allowed_hosts = allowed_hosts;
        let router = secrets
            .manager
            .router()
            .layer(from_fn_with_state(Arc::new(key), serve_signed));
        let started = Server::bind(address, router, options).await;
        started.map(Self).map_err(SecretsError::Listen)
    }
}

async fn serve_signed(State(key): State<Arc<AccessKey>>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = match read_body(body, MAX_BODY_BYTES).await {
        Ok(body) => body,
        Err(BodyError::TooLarge) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => return StatusCode::BAD_REQUEST.into_response(),
    };
    match check(&key, &head, &body, Timestamp::now()) {
        Ok(()) => next.run(Request::from_parts(head, Body::from(body))).await,
        Err(refusal) => {
            let content = json!({"__type": refusal.code(), "message": refusal.message()});
            let error_type = [("x-amzn-errortype", refusal.code())];
            (StatusCode::FORBIDDEN, error_type, Json(content)).into_response()
        }
    }
}
