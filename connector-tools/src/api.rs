//! Calls to an endpoint of this machine that speaks JSON: AppFlow and its admin paths.

use std::time::Duration;

use miette::Diagnostic;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

/// A call that registers a connector starts its process.
const TIMEOUT: Duration = Duration::from_mins(2);

/// The client of one endpoint.
pub struct Api {
    client: Client,
    url: String,
}

/// Why a call has no result.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ApiError {
    /// It is no http URL, or nothing listens there.
    #[error("{url} does not respond: {problem}")]
    Unreachable { url: String, problem: String },
    /// The endpoint has responded with an error.
    #[error("{error_type}: {message}")]
    Refused { error_type: String, message: String },
}

impl Api {
    pub fn new(url: &str) -> Result<Self, ApiError> {
        let url = url.trim_end_matches('/').to_owned();
        // Fails only if a provider is already installed, which is then used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(TIMEOUT).no_proxy().build();
        match client {
            Ok(client) => Ok(Self { client, url }),
            Err(error) => Err(ApiError::Unreachable {
                url,
                problem: error.to_string(),
            }),
        }
    }

    /// Sends a JSON object to a path.
    pub async fn call(&self, path: &str, input: &Value) -> Result<Value, ApiError> {
        let request = self.client.post(format!("{}/{path}", self.url));
        self.send(request.json(input)).await
    }

    pub async fn get(&self, path: &str) -> Result<Value, ApiError> {
        self.send(self.client.get(format!("{}/{path}", self.url)))
            .await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Value, ApiError> {
        let unreachable = |error: reqwest::Error| ApiError::Unreachable {
            url: self.url.clone(),
            problem: innermost(&error.without_url()),
        };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let error_type = response.headers().get("x-amzn-errortype");
        let error_type = error_type.and_then(|value| value.to_str().ok());
        let error_type = error_type.map_or_else(|| status.to_string(), str::to_owned);
        let body = response.bytes().await.map_err(unreachable)?;
        let value: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() {
            return Ok(value);
        }
        let message = value["message"].as_str();
        Err(ApiError::Refused {
            error_type,
            message: message.map_or_else(
                || String::from_utf8_lossy(&body).into_owned(),
                str::to_owned,
            ),
        })
    }
}

/// Returns the cause that says what the system said.
fn innermost(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => innermost(source),
        None => error.to_string(),
    }
}
