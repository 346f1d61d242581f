//! An AWS Secrets Manager endpoint, in memory.
//!
//! It answers `POST /` in the AWS JSON 1.1 protocol, so every AWS SDK and the AWS command line work with it once
//! their endpoint is set (`AWS_ENDPOINT_URL_SECRETS_MANAGER`, or `--endpoint-url`). The operations are
//! CreateSecret, PutSecretValue, GetSecretValue, DescribeSecret, DeleteSecret and ListSecrets; any other is
//! answered with UnknownOperationException.
//!
//! Names, ARNs, versions, staging labels, limits and error texts are the service's own. What differs:
//!
//! - Signatures, and so credentials and permissions, are not checked: anyone who reaches the port reads every
//!   secret. Bind it to the loopback address.
//! - Secrets live as long as the [`SecretsManager`], in `secrecy` types, which wipe their memory when they are
//!   dropped. The buffers of the HTTP server are not wiped, and nothing is encrypted; a `KmsKeyId` is kept and
//!   shown, no more.
//! - A deletion and a new version are seen at once; the service needs minutes for some of it.
//! - There is no rotation, no restoring, no replica region and no managed external secret. A CreateSecret that
//!   asks for one of the last two is refused.
//! - A name may hold `!`, as the names of the secrets do that AppFlow creates.
//!
//! Where the service's documentation leaves a choice: ListSecrets goes from the oldest to the newest unless told
//! otherwise; its `description` filter matches words, as `all` does, and not only the beginning; a filter lets no
//! secret pass that one of its `!` values matches; `DeletedDate` is the end of the recovery window.

mod constraint;
mod error;
mod filter;
mod identifier;
mod list;
mod messages;
mod protocol;
mod secret;
mod store;
mod timestamp;
mod value;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use secrecy::SecretString;
use uuid::Uuid;

pub use error::SecretsManagerError;
use messages::{CreateSecretRequest, PutSecretValueRequest};
use store::Store;
use timestamp::Timestamp;

/// The secrets of one account in one region.
///
/// A clone shares the secrets with its original. `Debug` shows names and versions, never a value.
#[derive(Clone, Debug)]
pub struct SecretsManager {
    store: Arc<Mutex<Store>>,
}

impl Default for SecretsManager {
    /// No secrets, in account 000000000000 and region us-east-1.
    fn default() -> Self {
        Self::new("us-east-1", "000000000000")
    }
}

impl SecretsManager {
    /// No secrets, in the given region and account. Both are only ever used as parts of ARNs.
    pub fn new(region: &str, account_id: &str) -> Self {
        Self {
            store: Arc::new(Mutex::new(Store::new(region, account_id))),
        }
    }

    /// The endpoint: `POST /`, with a request body of at most 512 KiB.
    ///
    /// It owns nothing else, so it can be merged with the routers of other services:
    ///
    /// ```
    /// use appflow_local::secrets_manager::SecretsManager;
    /// use axum::{Router, routing::get};
    ///
    /// let router: Router = Router::new()
    ///     .route("/health", get(|| async { "ok" }))
    ///     .merge(SecretsManager::default().router());
    /// ```
    pub fn router(&self) -> Router {
        protocol::router(self.clone())
    }

    /// Creates a secret with a text value, and returns its ARN. An empty value makes a secret without one.
    ///
    /// # Errors
    /// As CreateSecret's: a name that exists or is scheduled for deletion, is longer than 512 characters or has
    /// other characters than letters, digits and `/_+=.@-!`; a value longer than 65,536 bytes.
    pub fn create_secret(&self, name: &str, value: &str) -> Result<String, SecretsManagerError> {
        let request = CreateSecretRequest {
            name: Some(name.to_owned()),
            client_request_token: Some(Uuid::new_v4().to_string()),
            secret_string: Some(SecretString::from(value)),
            ..CreateSecretRequest::default()
        };
        let created = self.store().create(&request, Timestamp::now())?;
        Ok(created.arn)
    }

    /// Gives a secret a new text value, labelled AWSCURRENT, and returns the new version's id. The version that
    /// was current becomes AWSPREVIOUS.
    ///
    /// `secret_id` is the secret's name, its ARN, or its ARN without the last hyphen and six characters.
    ///
    /// # Errors
    /// As PutSecretValue's: no such secret, or one that is scheduled for deletion; an empty value, or one longer
    /// than 65,536 bytes.
    pub fn put_secret_value(
        &self,
        secret_id: &str,
        value: &str,
    ) -> Result<String, SecretsManagerError> {
        let request = PutSecretValueRequest {
            secret_id: Some(secret_id.to_owned()),
            client_request_token: Some(Uuid::new_v4().to_string()),
            secret_string: Some(SecretString::from(value)),
            ..PutSecretValueRequest::default()
        };
        let put = self.store().put_value(&request, Timestamp::now())?;
        Ok(put.version_id)
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
