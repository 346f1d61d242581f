//! Fetches an OAuth 2.0 token as AppFlow does when a connection is made.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::content::Content;
use super::error::SecretsError;
use crate::config::ClientCredentials;
use crate::http;

const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_RESPONSE_BYTES: usize = 1024 * 1024;

/// The part of a token endpoint's response that a connection keeps.
#[derive(Deserialize)]
struct Token {
    access_token: SecretString,
    refresh_token: Option<SecretString>,
}

pub(super) async fn fetch(how: &ClientCredentials) -> Result<Content, SecretsError> {
    let failure = |problem: String| SecretsError::Token {
        url: how.token_url.clone(),
        problem,
    };
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", &how.client_id),
        ("client_secret", how.client_secret.expose_secret()),
    ];
    form.extend(how.scope.as_deref().map(|scope| ("scope", scope)));

    let response = http::client()
        .map_err(|error| failure(error.to_string()))?
        .post(&how.token_url)
        .timeout(TIMEOUT)
        .form(&form)
        .send()
        .await
        .map_err(|error| failure(error.without_url().to_string()))?;
    let status = response.status();
    if !status.is_success() {
        return Err(failure(format!("the status is {status}")));
    }
    let body = http::read_body(response, MAX_RESPONSE_BYTES)
        .await
        .map_err(|error| failure(error.without_url().to_string()))?;
    // An error of serde_json may quote the value.
    let token: Token = serde_json::from_slice(&body)
        .map_err(|_| failure("the response has no `access_token`".to_owned()))?;

    let mut keys = BTreeMap::from([("accessToken".to_owned(), token.access_token)]);
    keys.extend(
        token
            .refresh_token
            .map(|token| ("refreshToken".to_owned(), token)),
    );
    Ok(Content::new(keys))
}
