//! A connection's credentials: where they come from, how long they are kept, and their typed forms.

mod cache;
mod secret;
mod secrets_manager;

use std::time::{Duration, Instant};

use appflow_connector_model::{AuthenticationType, ConnectorError, Credentials};

pub(crate) use cache::Secrets;
pub use cache::{SecretFuture, SecretProvider};
pub use secret::{ApiKeyCredentials, BasicCredentials, CustomCredentials, OAuth2Credentials};
pub use secrets_manager::SecretsManager;

use crate::Result;

/// Reads the credentials that a request points to, in the form that the connector expects.
///
/// The first read of a call fetches the secret; it is kept for five minutes for later calls, unless a call ends in
/// InvalidCredentials.
///
/// # Errors
///
/// Every reader fails with
/// - InvalidCredentials when the request names no secret, or the secret lacks a key that this form needs,
/// - ResourceNotFoundError when there is no such secret,
/// - AccessDenied when the function's role may not read it,
/// - and what the [`SecretProvider`] answers else.
#[derive(Clone, Debug)]
pub struct CredentialsReader {
    credentials: Option<Credentials>,
    secrets: Secrets,
    deadline: Instant,
}

impl CredentialsReader {
    pub(crate) const fn new(
        credentials: Option<Credentials>,
        secrets: Secrets,
        deadline: Instant,
    ) -> Self {
        Self {
            credentials,
            secrets,
            deadline,
        }
    }

    /// The kind of credentials that the request announces.
    pub fn authentication_type(&self) -> Option<AuthenticationType> {
        self.credentials.as_ref()?.authentication_type
    }

    /// An access token, and a refresh token if there is one. AppFlow renews the token; a connector never does.
    ///
    /// # Errors
    /// See [`CredentialsReader`].
    pub async fn oauth2(&self) -> Result<OAuth2Credentials> {
        OAuth2Credentials::read(self.keys().await?)
    }

    /// A user name and a password.
    ///
    /// # Errors
    /// See [`CredentialsReader`].
    pub async fn basic(&self) -> Result<BasicCredentials> {
        BasicCredentials::read(self.keys().await?)
    }

    /// An API key, and its secret key if there is one.
    ///
    /// # Errors
    /// See [`CredentialsReader`].
    pub async fn api_key(&self) -> Result<ApiKeyCredentials> {
        ApiKeyCredentials::read(self.keys().await?)
    }

    /// The keys of the connector's own kind of authentication.
    ///
    /// # Errors
    /// See [`CredentialsReader`].
    pub async fn custom(&self) -> Result<CustomCredentials> {
        Ok(CustomCredentials::read(self.keys().await?))
    }

    async fn keys(&self) -> Result<secret::Keys> {
        let arn = self.secret_arn().ok_or_else(|| {
            ConnectorError::invalid_credentials(
                "the request names no secret (credentials.secretArn)",
            )
        })?;
        secret::keys(&self.secrets.get(arn, self.remaining()).await?)
    }

    pub(crate) fn secret_arn(&self) -> Option<&str> {
        self.credentials.as_ref()?.secret_arn.as_deref()
    }

    fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}
