//! Requests to a token endpoint (RFC 6749), as the connector declares them.

use std::time::Duration;

use appflow_connector_client::{Token, http};
use appflow_connector_model::{OAuth2ContentType, OAuth2Defaults, OAuth2MethodType, StringMap};
use reqwest::RequestBuilder;
use serde::Deserialize;
use serde_json::Value;

use crate::appflow::error;
use crate::appflow::profiles::profile::OAuth2Client;
use crate::wire::error::ServiceError;

const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_BODY_BYTES: usize = 1024 * 1024;
/// Of an endpoint's error, for the message.
const MAX_ERROR_CHARS: usize = 500;

/// What a token is requested with.
pub(crate) enum Grant<'a> {
    AuthorizationCode {
        code: &'a str,
        redirect_uri: Option<&'a str>,
        code_verifier: Option<&'a str>,
    },
    ClientCredentials,
    Refresh {
        token: &'a str,
    },
}

/// Where and how a token is requested.
pub(crate) struct TokenRequest<'a> {
    pub(crate) url: &'a str,
    pub(crate) grant: Grant<'a>,
    pub(crate) client: Option<&'a OAuth2Client>,
    /// Added to the parameters as they are.
    pub(crate) custom: Option<&'a StringMap>,
    /// Method, content type, scopes and basic header.
    pub(crate) declared: Option<&'a OAuth2Defaults>,
}

impl TokenRequest<'_> {
    /// Requests a token. Waits 10 seconds at most, reads 1 MiB at most, follows no redirect.
    ///
    /// # Errors
    /// ConnectorAuthenticationException, with the endpoint's status and its error.
    pub(crate) async fn send(&self) -> Result<Token, ServiceError> {
        let refused = |problem: String| {
            error::connector_authentication(format!(
                "Error authenticating to connector: cannot get a token from {}: {problem}",
                self.url
            ))
        };
        let request = self.build().map_err(refused)?;
        let response = request
            .send()
            .await
            .map_err(|error| refused(with_cause(&error.without_url())))?;
        let status = response.status();
        let body = http::read_body(response, MAX_BODY_BYTES)
            .await
            .map_err(|error| refused(with_cause(&error.without_url())))?;
        if !status.is_success() {
            return Err(refused(format!(
                "the status is {status}{}",
                self.error_text(&body)
            )));
        }
        // An error of serde_json may quote the value.
        serde_json::from_slice(&body)
            .map_err(|_| refused("the response has no access_token".to_owned()))
    }

    fn build(&self) -> Result<RequestBuilder, String> {
        let client = http::client().map_err(|error| error.to_string())?;
        let parameters = self.parameters();
        let is_get = self.declared.map(|declared| declared.oauth2_method_type)
            == Some(OAuth2MethodType::HttpGet);
        let is_json = self.declared.map(|declared| declared.oauth2_content_type)
            == Some(OAuth2ContentType::ApplicationJson);
        let request = match (is_get, is_json) {
            (true, _) => client.get(self.url).query(&parameters),
            (false, true) => {
                let members = parameters
                    .into_iter()
                    .map(|(key, value)| (key, Value::String(value)));
                client
                    .post(self.url)
                    .json(&Value::Object(members.collect()))
            }
            (false, false) => client.post(self.url).form(&parameters),
        };
        let request = request
            .timeout(TIMEOUT)
            .header(reqwest::header::ACCEPT, "application/json");
        Ok(match self.client.filter(|_| self.has_basic_header()) {
            Some(client) => request.basic_auth(&client.id, Some(&client.secret)),
            None => request,
        })
    }

    fn has_basic_header(&self) -> bool {
        self.declared
            .is_some_and(|declared| declared.add_basic_auth_header)
    }

    fn parameters(&self) -> Vec<(String, String)> {
        let mut parameters = match &self.grant {
            Grant::AuthorizationCode {
                code,
                redirect_uri,
                code_verifier,
            } => {
                let mut parameters = vec![("grant_type", "authorization_code"), ("code", *code)];
                parameters.extend(redirect_uri.map(|uri| ("redirect_uri", uri)));
                parameters.extend(code_verifier.map(|verifier| ("code_verifier", verifier)));
                parameters
            }
            Grant::ClientCredentials => vec![("grant_type", "client_credentials")],
            Grant::Refresh { token } => {
                vec![("grant_type", "refresh_token"), ("refresh_token", *token)]
            }
        };
        let scope = self.scope();
        parameters.extend(scope.as_deref().map(|scope| ("scope", scope)));
        if let Some(client) = self.client.filter(|_| !self.has_basic_header()) {
            parameters.push(("client_id", &client.id));
            parameters.push(("client_secret", &client.secret));
        }
        let custom = self.custom.into_iter().flatten();
        parameters.extend(custom.map(|(key, value)| (key.as_str(), value.as_str())));
        let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        parameters.into_iter().map(owned).collect()
    }

    /// The scopes that the connector declares, for client credentials only.
    fn scope(&self) -> Option<String> {
        let scopes = self.declared?.oauth_scopes.as_ref()?;
        let has_scope = matches!(self.grant, Grant::ClientCredentials) && !scopes.is_empty();
        has_scope.then(|| scopes.join(" "))
    }

    /// The endpoint's `error` and `error_description`, without what was sent to it in secret.
    fn error_text(&self, body: &[u8]) -> String {
        let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else {
            return String::new();
        };
        let text = [refusal.error, refusal.error_description];
        let text: Vec<String> = text.into_iter().flatten().collect();
        let mut text = format!(": {}", text.join(", "));
        for secret in self.secrets() {
            text = text.replace(secret, "***");
        }
        text.chars().take(MAX_ERROR_CHARS).collect()
    }

    fn secrets(&self) -> Vec<&str> {
        let granted = match &self.grant {
            Grant::AuthorizationCode { code, .. } => Some(*code),
            Grant::ClientCredentials => None,
            Grant::Refresh { token } => Some(*token),
        };
        let client = self.client.map(|client| client.secret.as_str());
        let secrets = granted.into_iter().chain(client);
        secrets.filter(|secret| !secret.is_empty()).collect()
    }
}

/// RFC 6749, section 5.2.
#[derive(Deserialize)]
struct Refusal {
    error: Option<String>,
    error_description: Option<String>,
}

fn with_cause(error: &reqwest::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
