//! The credentials of a request, and the secret that they become.

use appflow_connector_model::{AuthenticationConfig, AuthenticationType, StringMap};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::appflow::error;
use crate::appflow::profiles::profile::OAuth2Client;
use crate::wire::error::ServiceError;

/// `connectorProfileCredentials.CustomConnector` of a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GivenCredentials {
    authentication_type: String,
    basic: Option<Basic>,
    oauth2: Option<OAuth2>,
    api_key: Option<ApiKey>,
    custom: Option<Custom>,
}

#[derive(Deserialize)]
struct Basic {
    username: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApiKey {
    api_key: String,
    api_secret_key: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Custom {
    custom_authentication_type: String,
    #[serde(default)]
    credentials_map: StringMap,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OAuth2 {
    client_id: Option<String>,
    client_secret: Option<String>,
    pub(super) access_token: Option<String>,
    pub(super) refresh_token: Option<String>,
    #[serde(rename = "oAuthRequest")]
    request: Option<OAuthRequest>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OAuthRequest {
    auth_code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
}

impl OAuth2 {
    /// The client, if both its id and its secret are given.
    pub(super) fn client(&self) -> Option<OAuth2Client> {
        Some(OAuth2Client {
            id: self.client_id.clone()?,
            secret: self.client_secret.clone()?,
        })
    }

    pub(super) fn auth_code(&self) -> Option<&str> {
        self.request.as_ref()?.auth_code.as_deref()
    }

    pub(super) fn code_verifier(&self) -> Option<&str> {
        self.request.as_ref()?.code_verifier.as_deref()
    }

    pub(super) fn redirect_uri(&self) -> Option<&str> {
        self.request.as_ref()?.redirect_uri.as_deref()
    }
}

/// Credentials that fit the connector.
pub(super) enum Accepted {
    /// The secret is complete.
    Secret(AuthenticationType, Map<String, Value>),
    /// The secret needs a token.
    OAuth2(OAuth2),
}

impl GivenCredentials {
    /// Checks the credentials against the authentication that the connector declares.
    pub(super) fn accept(self, config: &AuthenticationConfig) -> Result<Accepted, ServiceError> {
        match self.authentication_type.as_str() {
            "BASIC" => {
                declared(config.is_basic_auth_supported, "BASIC")?;
                let basic = self.basic.ok_or_else(|| lacking("BASIC", "basic"))?;
                Ok(Accepted::Secret(
                    AuthenticationType::BasicAuth,
                    texts([
                        ("username", Some(basic.username)),
                        ("password", Some(basic.password)),
                    ]),
                ))
            }
            "APIKEY" => {
                declared(config.is_api_key_auth_supported, "APIKEY")?;
                let key = self.api_key.ok_or_else(|| lacking("APIKEY", "apiKey"))?;
                Ok(Accepted::Secret(
                    AuthenticationType::ApiKey,
                    texts([
                        ("apiKey", Some(key.api_key)),
                        ("apiSecretKey", key.api_secret_key),
                    ]),
                ))
            }
            "CUSTOM" => {
                let custom = self.custom.ok_or_else(|| lacking("CUSTOM", "custom"))?;
                custom.check(config)?;
                let mut secret: Map<String, Value> = custom
                    .credentials_map
                    .into_iter()
                    .map(|(key, value)| (key, Value::String(value)))
                    .collect();
                secret.insert(
                    "customAuthenticationType".to_owned(),
                    custom.custom_authentication_type.into(),
                );
                Ok(Accepted::Secret(AuthenticationType::CustomAuth, secret))
            }
            _ => {
                declared(config.is_oauth2_supported, "OAUTH2")?;
                let oauth2 = self.oauth2.ok_or_else(|| lacking("OAUTH2", "oauth2"))?;
                Ok(Accepted::OAuth2(oauth2))
            }
        }
    }
}

impl Custom {
    /// A connector without any authentication is connected with an empty map.
    fn check(&self, config: &AuthenticationConfig) -> Result<(), ServiceError> {
        if is_none(config) && self.credentials_map.is_empty() {
            return Ok(());
        }
        declared(config.is_custom_auth_supported, "CUSTOM")?;
        let configs = config.custom_auth_config.as_deref().unwrap_or_default();
        if configs.is_empty() {
            return Ok(());
        }
        let name = &self.custom_authentication_type;
        let Some(config) = configs
            .iter()
            .find(|config| config.authentication_type == *name)
        else {
            let names: Vec<&str> = configs
                .iter()
                .map(|config| config.authentication_type.as_str())
                .collect();
            return Err(error::validation(format!(
                "The connector does not declare the custom authentication type {name}. It \
                 declares: {}",
                names.join(", ")
            )));
        };
        let missing: Vec<&str> = config
            .auth_parameters
            .iter()
            .filter(|parameter| {
                parameter.required && !self.credentials_map.contains_key(&parameter.key)
            })
            .map(|parameter| parameter.key.as_str())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(error::validation(format!(
            "credentialsMap lacks required parameters of the custom authentication type {name}: {}",
            missing.join(", ")
        )))
    }
}

/// Whether a connector declares no authentication at all.
pub(super) fn is_none(config: &AuthenticationConfig) -> bool {
    ![
        config.is_basic_auth_supported,
        config.is_api_key_auth_supported,
        config.is_oauth2_supported,
        config.is_custom_auth_supported,
    ]
    .contains(&Some(true))
}

fn declared(is_declared: Option<bool>, name: &str) -> Result<(), ServiceError> {
    if is_declared == Some(true) {
        return Ok(());
    }
    Err(error::validation(format!(
        "The connector does not declare the authentication type {name}."
    )))
}

fn lacking(name: &str, member: &str) -> ServiceError {
    error::validation(format!(
        "The authentication type {name} needs credentials in \
         connectorProfileCredentials.CustomConnector.{member}"
    ))
}

pub(super) fn texts<const N: usize>(members: [(&str, Option<String>); N]) -> Map<String, Value> {
    members
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), Value::String(value?))))
        .collect()
}
