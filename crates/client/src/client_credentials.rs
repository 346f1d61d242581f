//! OAuth 2.0 tokens by client credentials, as AppFlow requests them when a connection is created.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::http;

const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// How a token is requested with client credentials (RFC 6749, section 4.4). They are sent in the
/// form of a POST. In JSON: `tokenUrl`, `clientId`, `clientSecret`, `scope`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientCredentials {
    /// The token endpoint.
    pub token_url: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: SecretString,
    /// The scope to request. Default: the endpoint's own.
    pub scope: Option<String>,
}

/// The part of a token endpoint's response that a connection keeps.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Token {
    /// The access token.
    pub access_token: SecretString,
    /// The refresh token, if the endpoint returns one.
    pub refresh_token: Option<SecretString>,
}

/// Why there is no token. No message has a secret.
#[derive(Debug, thiserror::Error)]
#[error("cannot get a token from {url}: {problem}")]
#[non_exhaustive]
pub struct TokenError {
    /// The token endpoint.
    pub url: String,
    /// What went wrong.
    pub problem: String,
}

impl ClientCredentials {
    /// Requests a token. Waits 10 seconds at most, reads 1 MiB at most, follows no redirect.
    ///
    /// # Errors
    /// If the endpoint cannot be reached, its status is not 2xx, or its response has no
    /// `access_token`.
    pub async fn fetch(&self) -> Result<Token, TokenError> {
        let failure = |problem: String| TokenError {
            url: self.token_url.clone(),
            problem,
        };
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", self.client_secret.expose_secret()),
        ];
        form.extend(self.scope.as_deref().map(|scope| ("scope", scope)));

        let response = http::client()
            .map_err(|error| failure(error.to_string()))?
            .post(&self.token_url)
            .timeout(TIMEOUT)
            .form(&form)
            .send()
            .await
            .map_err(|error| failure(error.without_url().to_string()))?;
        let status = response.status();
        if !status.is_success() {
            return Err(failure(format!("the status is {status}")));
        }
        let body = http::read_body(response, MAX_BODY_BYTES)
            .await
            .map_err(|error| failure(error.without_url().to_string()))?;
        // An error of serde_json may quote the value.
        serde_json::from_slice(&body)
            .map_err(|_| failure("the response has no `access_token`".to_owned()))
    }
}
