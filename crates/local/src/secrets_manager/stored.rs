//! Secrets in the state's database.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::types::Type;
use rusqlite::{Connection, params};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::secrets_manager::error::SecretsManagerError;
use crate::secrets_manager::keeper::{Journal, Keeper, Saving, Secrets};
use crate::secrets_manager::messages::{
    CreateSecretRequest, DeleteSecretRequest, ExposedSecret, PutSecretValueRequest, Tag,
};
use crate::secrets_manager::secret::{Secret, Version};
use crate::secrets_manager::service::SecretsManager;
use crate::secrets_manager::store::Store;
use crate::secrets_manager::value::SecretValue;
use crate::state::{Database, StateError};
use crate::wire::error::ServiceError;
use crate::wire::timestamp::Timestamp;

pub(crate) const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS secrets (
    name TEXT PRIMARY KEY, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;";

#[derive(Serialize, Deserialize)]
struct StoredSecret {
    arn: String,
    name: String,
    description: Option<String>,
    kms_key_id: Option<String>,
    tags: Vec<Tag>,
    resource_policy: Option<String>,
    number: u64,
    created: Timestamp,
    changed: Timestamp,
    accessed: Option<Timestamp>,
    deletion: Option<Timestamp>,
    versions: Vec<StoredVersion>,
}

#[derive(Serialize, Deserialize)]
struct StoredVersion {
    id: String,
    text: Option<ExposedSecret>,
    binary: Option<ExposedSecret>,
    stages: BTreeSet<String>,
    created: Timestamp,
}

#[derive(Debug)]
struct DatabaseJournal(Database);

impl Journal for DatabaseJournal {
    fn save(&self, changes: Secrets) -> Saving {
        let saved = self.0.write(move |database| put_all(database, &changes));
        Box::pin(async move { saved.await.map_err(|error| error.to_string()) })
    }
}

fn put_all(database: &Connection, changes: &Secrets) -> rusqlite::Result<()> {
    for (name, secret) in changes {
        match secret {
            Some(secret) => put(database, secret)?,
            None => {
                database.execute("DELETE FROM secrets WHERE name = ?1", [name])?;
            }
        }
    }
    Ok(())
}

fn put(database: &Connection, secret: &Secret) -> rusqlite::Result<()> {
    let body = serde_json::to_string(&StoredSecret::from(secret))
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    database.execute(
        "INSERT OR REPLACE INTO secrets VALUES (?1, ?2)",
        params![secret.name, body],
    )?;
    Ok(())
}

fn read_all(database: &Connection) -> rusqlite::Result<Vec<Secret>> {
    database
        .prepare("SELECT body FROM secrets")?
        .query_map([], |row| {
            let body: String = row.get(0)?;
            let stored: StoredSecret = serde_json::from_str(&body).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
            })?;
            Ok(stored.into())
        })?
        .collect()
}

impl SecretsManager {
    /// The secrets of a database, which keeps what changes.
    pub(crate) async fn open(database: &Database, account: &Account) -> Result<Self, StateError> {
        let secrets = database.read(read_all).await?;
        let store = Store::with_secrets(&account.region, &account.id, secrets);
        let journal = Arc::new(DatabaseJournal(database.clone()));
        Ok(Self::of(Keeper::with_journal(store, journal)))
    }

    /// Creates a secret and returns its ARN.
    pub(crate) async fn store(
        &self,
        name: &str,
        value: &str,
    ) -> Result<String, SecretsManagerError> {
        let request = CreateSecretRequest::of_text(name, value);
        let created = self
            .keeper()
            .change(|store| store.create(&request, Timestamp::now()))
            .await?;
        Ok(created.arn)
    }

    /// Gives a secret a new value.
    pub(crate) async fn replace(
        &self,
        secret_id: &str,
        value: &str,
    ) -> Result<(), SecretsManagerError> {
        let request = PutSecretValueRequest::of_text(secret_id, value);
        self.keeper()
            .change(|store| store.put_value(&request, Timestamp::now()))
            .await
            .map(drop)
    }

    /// Gives a secret a new value, in the same transaction as `work`: both are durable, or neither
    /// is. `database` is the one that the secrets were opened with.
    pub(crate) async fn replace_with<T: Send + 'static>(
        &self,
        secret_id: &str,
        value: &str,
        database: &Database,
        work: impl FnOnce(&Connection) -> rusqlite::Result<Result<T, ServiceError>> + Send + 'static,
    ) -> Result<Result<T, ServiceError>, SecretsManagerError> {
        let request = PutSecretValueRequest::of_text(secret_id, value);
        let change = |store: &mut Store| store.put_value(&request, Timestamp::now()).map(drop);
        let save = |changes: Secrets| {
            let saved = database.write(move |database| {
                let result = work(database)?;
                if result.is_ok() {
                    put_all(database, &changes)?;
                }
                Ok(result)
            });
            async move {
                saved
                    .await
                    .map_err(|error| SecretsManagerError::NotSaved(error.to_string()))
            }
        };
        self.keeper().change_with(change, save).await
    }

    /// Removes a secret at once, if it exists.
    pub(crate) async fn remove(&self, secret_id: &str) -> Result<(), SecretsManagerError> {
        let request = DeleteSecretRequest {
            secret_id: Some(secret_id.to_owned()),
            force_delete_without_recovery: Some(true),
            ..DeleteSecretRequest::default()
        };
        self.keeper()
            .change(|store| store.delete(&request, Timestamp::now()))
            .await
            .map(drop)
    }

    /// Returns the current value of a secret.
    pub(crate) fn current(&self, secret_id: &str) -> Option<SecretString> {
        self.keeper().lock().current(secret_id)
    }
}

impl From<&Secret> for StoredSecret {
    fn from(secret: &Secret) -> Self {
        Self {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            description: secret.description.clone(),
            kms_key_id: secret.kms_key_id.clone(),
            tags: secret.tags.clone(),
            resource_policy: secret.resource_policy.clone(),
            number: secret.number,
            created: secret.created,
            changed: secret.changed,
            accessed: secret.accessed,
            deletion: secret.deletion,
            versions: secret.versions.iter().map(StoredVersion::from).collect(),
        }
    }
}

impl From<&Version> for StoredVersion {
    fn from(version: &Version) -> Self {
        let (text, binary) = match &version.value {
            SecretValue::Text(text) => (Some(text), None),
            SecretValue::Binary(binary) => (None, Some(binary)),
        };
        Self {
            id: version.id.clone(),
            text: text.cloned().map(ExposedSecret),
            binary: binary.cloned().map(ExposedSecret),
            stages: version.stages.clone(),
            created: version.created,
        }
    }
}

impl From<StoredSecret> for Secret {
    fn from(stored: StoredSecret) -> Self {
        let mut secret = Self::new(stored.arn, stored.name, stored.number, stored.created);
        secret.description = stored.description;
        secret.kms_key_id = stored.kms_key_id;
        secret.tags = stored.tags;
        secret.resource_policy = stored.resource_policy;
        secret.changed = stored.changed;
        secret.accessed = stored.accessed;
        secret.deletion = stored.deletion;
        secret.versions = stored.versions.into_iter().map(Version::from).collect();
        secret
    }
}

impl From<StoredVersion> for Version {
    fn from(stored: StoredVersion) -> Self {
        let value = match (stored.text, stored.binary) {
            (None, Some(ExposedSecret(binary))) => SecretValue::Binary(binary),
            (text, _) => {
                SecretValue::Text(text.map_or_else(|| SecretString::from(""), |text| text.0))
            }
        };
        Self {
            id: stored.id,
            value,
            stages: stored.stages,
            created: stored.created,
        }
    }
}
