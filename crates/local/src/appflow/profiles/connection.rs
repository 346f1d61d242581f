//! A connection in use: calls of its connector, with a token that is renewed when it has expired.

use std::sync::Arc;

use appflow_connector_client::{Request, Token};
use appflow_connector_model::{
    AuthenticationConfig, AuthenticationType, ConnectorContext, ErrorCode, OAuth2Defaults,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::appflow::caller::{self, CallFailure};
use crate::appflow::connectors::connector::{Connector, not_registered};
use crate::appflow::context::AppFlow;
use crate::appflow::documents;
use crate::appflow::error;
use crate::appflow::profiles::credentials::texts;
use crate::appflow::profiles::oauth2::{Grant, TokenRequest};
use crate::appflow::profiles::profile::{Profile, no_profile};
use crate::wire::error::ServiceError;

/// A connection and its connector. A clone is the same one.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) appflow: AppFlow,
    pub(crate) connector: Arc<Connector>,
    pub(crate) profile: Arc<Profile>,
}

/// The tokens in a secret.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredTokens {
    access_token: Option<SecretString>,
    refresh_token: Option<SecretString>,
}

impl Connection {
    /// Reads a connection and its connector.
    ///
    /// # Errors
    /// ResourceNotFoundException if one of them does not exist.
    pub(crate) async fn load(appflow: &AppFlow, name: &str) -> Result<Self, ServiceError> {
        let name = name.to_owned();
        let found = appflow.database.read(move |database| {
            let Some(profile) = documents::get::<Profile>(database, &name)? else {
                return Ok(Err(no_profile(&name)));
            };
            Ok(
                match documents::get::<Connector>(database, &profile.label)? {
                    Some(connector) => Ok((connector, profile)),
                    None => Err(not_registered(&profile.label)),
                },
            )
        });
        let (connector, profile) = found.await??;
        Ok(Self {
            appflow: appflow.clone(),
            connector: Arc::new(connector),
            profile: Arc::new(profile),
        })
    }

    /// Returns the context of a call: settings of the connection, credentials, its name.
    pub(crate) fn context(&self, api_version: Option<&str>) -> ConnectorContext {
        let mut context = ConnectorContext::builder()
            .connector_runtime_settings(self.profile.properties.clone())
            .connector_profile_label(&self.profile.name)
            .maybe_api_version(api_version)
            .build();
        context.credentials = self.profile.wire_credentials();
        context
    }

    /// Calls the connector. If it returns InvalidCredentials and the token can be renewed, calls it
    /// once more.
    ///
    /// # Errors
    /// Every [`CallFailure`].
    pub(crate) async fn call<R: Request + Clone>(
        &self,
        request: R,
    ) -> Result<R::Response, CallFailure> {
        let function = &self.connector.function;
        let functions = &self.appflow.functions;
        let before = self.access_token();
        match caller::call(functions, function, request.clone()).await {
            Err(failure) if failure.code() == Some(ErrorCode::InvalidCredentials) => {
                if !self.renew(before.as_ref()).await {
                    return Err(failure);
                }
                caller::call(functions, function, request).await
            }
            result => result,
        }
    }

    fn stored_tokens(&self) -> Option<StoredTokens> {
        let credentials = self.profile.credentials.as_ref()?;
        if credentials.authentication_type != AuthenticationType::OAuth2 {
            return None;
        }
        let secret = self.appflow.secrets.current(&credentials.secret_arn)?;
        serde_json::from_str(secret.expose_secret()).ok()
    }

    fn access_token(&self) -> Option<SecretString> {
        self.stored_tokens()?.access_token
    }

    /// Renews the token, unless another call has renewed it since `before` was read. Returns
    /// whether there is a new one.
    async fn renew(&self, before: Option<&SecretString>) -> bool {
        let name = format!("renewal {}", self.profile.name);
        let _lock = self.appflow.locks.lock(name).await;
        let Some(stored) = self.stored_tokens() else {
            return false;
        };
        let is_same = match (before, &stored.access_token) {
            (Some(before), Some(now)) => before.expose_secret() == now.expose_secret(),
            (before, now) => before.is_none() == now.is_none(),
        };
        if !is_same {
            return true;
        }
        match self.renewed(&stored).await {
            Some(Ok(())) => true,
            Some(Err(error)) => {
                tracing::warn!(
                    profile = self.profile.name,
                    error = error.message,
                    "the token could not be renewed"
                );
                false
            }
            None => false,
        }
    }

    /// Returns `None` if there is nothing that a token can be requested with.
    async fn renewed(&self, stored: &StoredTokens) -> Option<Result<(), ServiceError>> {
        let credentials = self.profile.credentials.as_ref()?;
        let oauth2 = self.profile.oauth2.as_ref()?;
        let refresh_token = stored.refresh_token.as_ref();
        let client = credentials.client.as_ref();
        let grant = match (refresh_token, client) {
            (Some(token), _) => Grant::Refresh {
                token: token.expose_secret(),
            },
            (None, Some(_)) => Grant::ClientCredentials,
            (None, None) => return None,
        };
        let request = TokenRequest {
            url: &oauth2.token_url,
            grant,
            client,
            custom: oauth2.token_url_custom_properties.as_ref(),
            declared: self.oauth2_defaults(),
        };
        Some(match request.send().await {
            Ok(token) => {
                let secret = oauth2_secret(&token, refresh_token);
                let secret = Value::Object(secret).to_string();
                let secrets = &self.appflow.secrets;
                secrets
                    .replace(&credentials.secret_arn, &secret)
                    .await
                    .map_err(|refused| error::of_secret(&refused))
            }
            Err(refused) => Err(refused),
        })
    }

    fn oauth2_defaults(&self) -> Option<&OAuth2Defaults> {
        oauth2_defaults(
            self.connector
                .configuration()
                .authentication_config
                .as_ref(),
        )
    }
}

/// How the connector declares that tokens are requested.
pub(super) fn oauth2_defaults(config: Option<&AuthenticationConfig>) -> Option<&OAuth2Defaults> {
    config?.oauth2_defaults.as_ref()
}

/// The secret with a new token. A refresh token is kept if the endpoint gives no other.
pub(super) fn oauth2_secret(token: &Token, kept: Option<&SecretString>) -> Map<String, Value> {
    let exposed = |secret: &SecretString| secret.expose_secret().to_owned();
    let refresh_token = token.refresh_token.as_ref().or(kept);
    texts([
        ("accessToken", Some(exposed(&token.access_token))),
        ("refreshToken", refresh_token.map(exposed)),
    ])
}
