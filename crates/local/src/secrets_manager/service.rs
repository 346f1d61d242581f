//! The service's public type.

use axum::Router;

use crate::account::Account;
use crate::secrets_manager::endpoint;
use crate::secrets_manager::error::SecretsManagerError;
use crate::secrets_manager::keeper::Keeper;
use crate::secrets_manager::messages::{CreateSecretRequest, PutSecretValueRequest};
use crate::secrets_manager::store::Store;
use crate::wire::timestamp::Timestamp;

/// The secrets of one account in one region.
///
/// A clone shares the secrets with its original. `Debug` shows names and versions, never a value.
#[derive(Clone, Debug)]
pub struct SecretsManager {
    keeper: Keeper,
}

impl Default for SecretsManager {
    /// No secrets, in the account and region of [`Account::default`].
    fn default() -> Self {
        let account = Account::default();
        Self::new(&account.region, &account.id)
    }
}

impl SecretsManager {
    /// No secrets, in the given region and account. Both are used as parts of ARNs and for nothing
    /// else.
    pub fn new(region: &str, account_id: &str) -> Self {
        Self {
            keeper: Keeper::in_memory(Store::new(region, account_id)),
        }
    }

    #[cfg(feature = "appflow")]
    pub(super) fn of(keeper: Keeper) -> Self {
        Self { keeper }
    }

    #[cfg(feature = "appflow")]
    pub(super) fn keeper(&self) -> &Keeper {
        &self.keeper
    }

    /// Removes all secrets at once, durably.
    #[cfg(feature = "appflow")]
    pub(crate) async fn clear(&self) -> Result<(), SecretsManagerError> {
        let clear = |store: &mut Store| {
            store.clear();
            Ok(())
        };
        self.keeper.change(clear).await
    }

    /// Returns the number of secrets.
    #[cfg(feature = "appflow")]
    pub(crate) fn count(&self) -> usize {
        self.keeper.lock().secrets().count()
    }

    /// Returns the endpoint: `POST /`, with a request body of at most 512 KiB.
    ///
    /// It has no other route and no fallback, so it can be merged with the routers of other
    /// services:
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
        endpoint::router(self.keeper.clone())
    }

    /// Creates a secret with a text value, and returns its ARN. An empty value creates a secret
    /// without a value.
    ///
    /// # Errors
    /// Those of CreateSecret: the name exists, is scheduled for deletion, is longer than 512
    /// characters or has characters other than letters, digits and `/_+=.@-!`; the value is longer
    /// than 65,536 bytes; all secrets together would take more than 64 MiB.
    pub fn create_secret(&self, name: &str, value: &str) -> Result<String, SecretsManagerError> {
        let request = CreateSecretRequest::of_text(name, value);
        let created = self
            .keeper
            .change_now(|store| store.create(&request, Timestamp::now()))?;
        Ok(created.arn)
    }

    /// Gives a secret a new text value, labelled AWSCURRENT, and returns the new version's id. The
    /// version that was current becomes AWSPREVIOUS.
    ///
    /// `secret_id` is the secret's name, its ARN, or its ARN without the last hyphen and six
    /// characters.
    ///
    /// # Errors
    /// Those of PutSecretValue: the secret does not exist or is scheduled for deletion; the value
    /// is empty or longer than 65,536 bytes; all secrets together would take more than 64 MiB.
    pub fn put_secret_value(
        &self,
        secret_id: &str,
        value: &str,
    ) -> Result<String, SecretsManagerError> {
        let request = PutSecretValueRequest::of_text(secret_id, value);
        let put = self
            .keeper
            .change_now(|store| store.put_value(&request, Timestamp::now()))?;
        Ok(put.version_id)
    }
}
