//! The built Salesforce connector, and an application that sends what an attack needs.

use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use lambda_process_host::{CommandLine, Function, FunctionConfig, Outcome};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::programs::program;

/// The memory that the connector may use, whatever comes in: 128 MB.
const MAX_MEMORY_BYTES: u64 = 128_000_000;

/// A connector's process, started by its first call.
pub struct Bounded {
    function: Function,
    instance_url: String,
}

impl Bounded {
    /// Starts a connector whose application responds with `respond` to the path and query and the
    /// body of every request.
    pub async fn start<R: IntoResponse>(
        timeout: Duration,
        respond: impl Fn(&str, &[u8]) -> R + Clone + Send + Sync + 'static,
    ) -> Self {
        let application = move |request: Request| {
            let respond = respond.clone();
            async move {
                let is_secret = request.headers().contains_key("x-amz-target");
                let path = request.uri().path_and_query().unwrap().to_string();
                let body: Bytes = to_bytes(request.into_body(), usize::MAX).await.unwrap();
                if is_secret {
                    secret()
                } else {
                    respond(&path, &body).into_response()
                }
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let instance_url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(application);
        tokio::spawn(axum::serve(listener, router).into_future());

        let command = CommandLine::new(program("salesforce-connector"));
        let mut config = FunctionConfig::new("attacked", command);
        config.timeout = timeout;
        let endpoint = ("AWS_ENDPOINT_URL".into(), instance_url.clone().into());
        config.environment.extend([endpoint]);
        Self {
            function: Function::new(config).unwrap(),
            instance_url,
        }
    }

    /// Sends a request with the connection's context and the entity's fields. Returns the response
    /// and what the call took.
    pub async fn call(&self, mut request: Value, fields: &Value) -> (Value, Outcome) {
        request["connectorContext"] = json!({
            "connectorRuntimeSettings": { "instanceUrl": self.instance_url },
            "credentials": { "secretArn": "arn", "authenticationType": "OAuth2" },
            "apiVersion": "v60.0",
            "entityDefinition": {
                "entity": { "entityIdentifier": "Account", "hasNestedEntities": false },
                "fields": fields,
            },
        });
        self.send(request.to_string()).await
    }

    /// Sends a payload as it is.
    pub async fn send(&self, payload: String) -> (Value, Outcome) {
        let outcome = self.function.invoke(payload).await.unwrap();
        let response = match &outcome.result {
            Ok(response) => serde_json::from_slice(response).unwrap(),
            Err(error) => json!({ "failed": error.to_string() }),
        };
        (response, outcome)
    }
}

/// Asserts that the process of a call has never used more than it may.
#[track_caller]
pub fn assert_bounded(attack: &str, outcome: &Outcome) {
    let bytes = outcome.peak_memory_bytes.expect("a process that goes on");
    println!("{attack}: {} MB", bytes.div_ceil(1_000_000));
    assert!(bytes <= MAX_MEMORY_BYTES, "{attack}: {bytes} bytes");
}

/// Returns the message of a response's error.
pub fn message(response: &Value) -> &str {
    response["errorDetails"]["errorMessage"]
        .as_str()
        .unwrap_or_default()
}

/// A secret as Secrets Manager returns it.
fn secret() -> Response {
    let secret = json!({ "accessToken": "t0ken" }).to_string();
    let body = json!({ "ARN": "arn", "Name": "connection", "SecretString": secret }).to_string();
    ([("content-type", "application/x-amz-json-1.1")], body).into_response()
}
