//! A connection's credentials: their provider, their cache, and their types.

mod cache;
mod secret;
mod secrets_manager;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use appflow_connector_model::{AuthenticationType, ConnectorError, Credentials};
use secrecy::SecretString;

pub(crate) use cache::Secrets;
pub use cache::{SecretFuture, SecretProvider};
pub(crate) use secret::secret_values;
pub use secret::{ApiKeyCredentials, BasicCredentials, CustomCredentials, OAuth2Credentials};
pub use secrets_manager::SecretsManager;

use crate::results::Result;

/// Reads the credentials that a request refers to, as the type that the connector expects.
///
/// The secret is fetched when it is first read and kept for five minutes, or until the application
/// refuses it: a handler returns InvalidCredentials, or a
/// [`PageFiller`](crate::records::PageFiller) or [`BatchWriter`](crate::records::BatchWriter) meets
/// it after it has read or written other records.
///
/// # Errors
///
/// Every reader fails with
/// - InvalidCredentials if the request names no secret, or the secret lacks a required key,
/// - ResourceNotFoundError if the secret does not exist,
/// - AccessDenied if the function's role may not read it,
/// - any other error of the [`SecretProvider`].
#[derive(Clone, Debug)]
pub struct CredentialsReader {
    credentials: Option<Credentials>,
    secrets: Secrets,
    deadline: Instant,
    /// The secret, once it is read. Clones share it.
    read: Arc<OnceLock<SecretString>>,
}

impl CredentialsReader {
    pub(crate) fn new(
        credentials: Option<Credentials>,
        secrets: Secrets,
        deadline: Instant,
    ) -> Self {
        Self {
            credentials,
            secrets,
            deadline,
            read: Arc::default(),
        }
    }

    /// The type of the credentials, as the request has it.
    pub fn authentication_type(&self) -> Option<AuthenticationType> {
        self.credentials.as_ref()?.authentication_type
    }

    /// An access token, and a refresh token if there is one. AppFlow renews the access token; a
    /// connector does not.
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

    /// The keys of custom authentication.
    ///
    /// # Errors
    /// See [`CredentialsReader`].
    pub async fn custom(&self) -> Result<CustomCredentials> {
        CustomCredentials::read(&self.secret().await?)
    }

    async fn keys(&self) -> Result<secret::Keys> {
        secret::keys(&self.secret().await?)
    }

    async fn secret(&self) -> Result<SecretString> {
        let arn = self.secret_arn().ok_or_else(|| {
            ConnectorError::invalid_credentials(
                "the request names no secret (credentials.secretArn)",
            )
        })?;
        let secret = self.secrets.get(arn, self.remaining()).await?;
        Ok(self.read.get_or_init(|| secret).clone())
    }

    /// Drops the secret from the cache, so that the next call fetches it again.
    pub(crate) fn forget(&self) {
        if let Some(arn) = self.secret_arn() {
            self.secrets.forget(arn);
        }
    }

    /// Returns the secret if it was read.
    pub(crate) fn read_secret(&self) -> Option<&SecretString> {
        self.read.get()
    }

    fn secret_arn(&self) -> Option<&str> {
        self.credentials.as_ref()?.secret_arn.as_deref()
    }

    fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}
