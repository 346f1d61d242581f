//! The secrets of one account in one region, and all operations on them except ListSecrets.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;

use crate::secrets_manager::error::SecretsManagerError;
use crate::secrets_manager::identifier::{self, Reference};
use crate::secrets_manager::messages::{
    CreateSecretRequest, CreateSecretResponse, DeleteSecretRequest, DeleteSecretResponse,
    DescribeSecretRequest, DescribeSecretResponse, ExposedSecret, GetSecretValueRequest,
    GetSecretValueResponse, PutSecretValueRequest, PutSecretValueResponse, Tag, TagMember,
};
use crate::secrets_manager::secret::{CURRENT, Secret};
use crate::secrets_manager::value::SecretValue;
use crate::wire::constraint;
use crate::wire::timestamp::Timestamp;

/// The key that AWS uses for a secret without a `KmsKeyId`. It is not returned.
const DEFAULT_KMS_KEY: &str = "alias/aws/secretsmanager";
const DEFAULT_RECOVERY_WINDOW: i64 = 30;
pub(super) const MAX_TAGS: usize = 50;
/// Of all secrets together, as [`Secret::bytes`] counts. AWS limits their number, to 500,000.
const MAX_BYTES: usize = 64 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Store {
    region: String,
    account_id: String,
    /// By name.
    secrets: BTreeMap<String, Secret>,
    /// The sum of [`Secret::bytes`].
    bytes: usize,
    created: u64,
    /// The secrets that were changed since [`Store::take_changes`], as they were before. `None` if
    /// no one asks for them.
    before: Option<BTreeMap<String, Option<Secret>>>,
}

impl Store {
    pub(super) fn new(region: &str, account_id: &str) -> Self {
        Self {
            region: region.to_owned(),
            account_id: account_id.to_owned(),
            secrets: BTreeMap::new(),
            bytes: 0,
            created: 0,
            before: None,
        }
    }

    /// A store with these secrets, which remembers what changes.
    pub(super) fn with_secrets(region: &str, account_id: &str, secrets: Vec<Secret>) -> Self {
        let mut store = Self::new(region, account_id);
        store.bytes = secrets.iter().map(Secret::bytes).sum();
        store.created = secrets
            .iter()
            .map(|secret| secret.number + 1)
            .max()
            .unwrap_or_default();
        let by_name = |secret: Secret| (secret.name.clone(), secret);
        store.secrets = secrets.into_iter().map(by_name).collect();
        store.before = Some(BTreeMap::new());
        store
    }

    /// Remembers a secret that is about to change.
    pub(super) fn touch(&mut self, name: &str) {
        if let Some(before) = &mut self.before {
            before
                .entry(name.to_owned())
                .or_insert_with(|| self.secrets.get(name).cloned());
        }
    }

    /// Removes all secrets at once.
    #[cfg(feature = "appflow")]
    pub(super) fn clear(&mut self) {
        let names: Vec<String> = self.secrets.keys().cloned().collect();
        for name in &names {
            self.touch(name);
        }
        self.secrets.clear();
        self.bytes = 0;
    }

    /// Returns the secrets that were changed since the last call, as they were before.
    pub(super) fn take_changes(&mut self) -> BTreeMap<String, Option<Secret>> {
        self.before.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(super) fn secret(&self, name: &str) -> Option<&Secret> {
        self.secrets.get(name)
    }

    /// Undoes changes that could not be kept.
    pub(super) fn restore(&mut self, before: BTreeMap<String, Option<Secret>>) {
        for (name, secret) in before {
            match secret {
                Some(secret) => self.secrets.insert(name, secret),
                None => self.secrets.remove(&name),
            };
        }
        self.bytes = self.secrets.values().map(Secret::bytes).sum();
    }

    /// Returns the current value of a secret.
    pub(super) fn current(&mut self, secret_id: &str) -> Option<SecretString> {
        let secret = self.find_usable(secret_id).ok()?;
        match &secret.select(None, None).ok()?.value {
            SecretValue::Text(text) => Some(text.clone()),
            SecretValue::Binary(_) => None,
        }
    }

    pub(super) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.secrets.values()
    }

    /// Removes the secrets whose recovery window has ended. Every operation calls this first.
    pub(super) fn expire(&mut self, now: Timestamp) {
        self.secrets.retain(|_, secret| {
            let is_kept = secret.deletion.is_none_or(|deletion| now < deletion);
            self.bytes -= if is_kept { 0 } else { secret.bytes() };
            is_kept
        });
    }

    pub(super) fn check_quota(&self, added: usize) -> Result<(), SecretsManagerError> {
        if self.bytes + added > MAX_BYTES {
            return Err(SecretsManagerError::LimitExceeded(format!(
                "The request would exceed the quota of this endpoint: {} MiB for all secrets.",
                MAX_BYTES / (1024 * 1024)
            )));
        }
        Ok(())
    }

    pub(super) fn create(
        &mut self,
        request: &CreateSecretRequest,
        now: Timestamp,
    ) -> Result<CreateSecretResponse, SecretsManagerError> {
        self.expire(now);
        let name = constraint::required("name", request.name.as_deref())?;
        identifier::check_name(name)?;
        let token = client_request_token(request.client_request_token.as_deref())?;
        let description = request.description.as_deref().unwrap_or_default();
        constraint::length("description", description, 0..=2048)?;
        let kms_key_id = request.kms_key_id.as_deref().unwrap_or_default();
        constraint::length("kmsKeyId", kms_key_id, 0..=2048)?;
        let tags = check_tags(request.tags.as_deref().unwrap_or_default())?;
        if request.add_replica_regions.is_some() || request.external_type.is_some() {
            return Err(SecretsManagerError::InvalidParameter(
                "AddReplicaRegions and Type aren't available at this endpoint.".to_owned(),
            ));
        }
        let value = SecretValue::from_request(
            request.secret_string.as_ref(),
            request.secret_binary.as_ref(),
        )?;

        if let Some(existing) = self.secrets.get(name) {
            return repeat_create(existing, token, value.as_ref());
        }
        let arn = identifier::new_arn(&self.region, &self.account_id, name);
        let mut secret = Secret::new(arn.clone(), name.to_owned(), self.created, now);
        secret.description = (!description.is_empty()).then(|| description.to_owned());
        secret.kms_key_id = (!kms_key_id.is_empty() && kms_key_id != DEFAULT_KMS_KEY)
            .then(|| kms_key_id.to_owned());
        secret.tags = tags;
        let has_value = value.is_some();
        if let Some(value) = value {
            let stages = BTreeSet::from([CURRENT.to_owned()]);
            secret.add_version(token.to_owned(), value, stages, now)?;
        }
        self.check_quota(secret.bytes())?;
        self.created += 1;
        self.bytes += secret.bytes();
        self.touch(name);
        self.secrets.insert(name.to_owned(), secret);
        Ok(CreateSecretResponse {
            arn,
            name: name.to_owned(),
            version_id: has_value.then(|| token.to_owned()),
        })
    }

    pub(super) fn put_value(
        &mut self,
        request: &PutSecretValueRequest,
        now: Timestamp,
    ) -> Result<PutSecretValueResponse, SecretsManagerError> {
        self.expire(now);
        let secret_id = secret_id(request.secret_id.as_deref())?;
        let token = client_request_token(request.client_request_token.as_deref())?;
        let stages = version_stages(request.version_stages.as_deref())?;
        let value = SecretValue::from_request(
            request.secret_string.as_ref(),
            request.secret_binary.as_ref(),
        )?
        .ok_or(SecretsManagerError::NoValue)?;

        let quota = self.check_quota(Secret::bytes_of_version(token, &value, &stages));
        let secret = self.find_to_change(secret_id)?;
        let before = secret.bytes();
        match secret.version(token) {
            Some(version) if version.value.is_same(&value) => {}
            Some(_) => return Err(token_in_use(secret, token)),
            None => {
                quota?;
                secret.add_version(token.to_owned(), value, stages, now)?;
            }
        }
        let after = secret.bytes();
        let response = PutSecretValueResponse {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            version_id: token.to_owned(),
            version_stages: secret
                .version(token)
                .map(|version| version.stages.clone())
                .unwrap_or_default(),
        };
        self.bytes = self.bytes - before + after;
        Ok(response)
    }

    pub(super) fn get_value(
        &mut self,
        request: &GetSecretValueRequest,
        now: Timestamp,
    ) -> Result<GetSecretValueResponse, SecretsManagerError> {
        self.expire(now);
        let secret_id = secret_id(request.secret_id.as_deref())?;
        if let Some(version_id) = &request.version_id {
            constraint::length("versionId", version_id, 32..=64)?;
        }
        if let Some(stage) = &request.version_stage {
            constraint::length("versionStage", stage, 1..=256)?;
        }

        let secret = self.find_usable(secret_id)?;
        let version = secret.select(
            request.version_id.as_deref(),
            request.version_stage.as_deref(),
        )?;
        let (secret_string, secret_binary) = match &version.value {
            SecretValue::Text(text) => (Some(ExposedSecret(text.clone())), None),
            SecretValue::Binary(binary) => (None, Some(ExposedSecret(binary.clone()))),
        };
        let response = GetSecretValueResponse {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            version_id: version.id.clone(),
            secret_binary,
            secret_string,
            version_stages: version.stages.clone(),
            created_date: version.created,
        };
        secret.accessed = Some(now.start_of_day());
        Ok(response)
    }

    pub(super) fn describe(
        &mut self,
        request: &DescribeSecretRequest,
        now: Timestamp,
    ) -> Result<DescribeSecretResponse, SecretsManagerError> {
        self.expire(now);
        let secret = self.find(secret_id(request.secret_id.as_deref())?)?;
        Ok(DescribeSecretResponse {
            details: secret.details(),
            version_ids_to_stages: secret.versions_to_stages(),
        })
    }

    pub(super) fn delete(
        &mut self,
        request: &DeleteSecretRequest,
        now: Timestamp,
    ) -> Result<DeleteSecretResponse, SecretsManagerError> {
        self.expire(now);
        let secret_id = secret_id(request.secret_id.as_deref())?;
        let force = request.force_delete_without_recovery.unwrap_or_default();
        let days = recovery_window(request.recovery_window_in_days)?;
        if force && request.recovery_window_in_days.is_some() {
            return Err(SecretsManagerError::RecoveryWindowWithForce);
        }
        if force {
            return Ok(self.remove(secret_id, now));
        }
        let name = self.find(secret_id)?.name.clone();
        self.touch(&name);
        let secret = self.find(secret_id)?;
        if secret.deletion.is_some() {
            return Err(SecretsManagerError::AlreadyMarkedForDeletion);
        }
        let deletion_date = now.plus_days(days);
        secret.deletion = Some(deletion_date);
        secret.changed = now;
        Ok(DeleteSecretResponse {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            deletion_date,
        })
    }

    /// Removes a secret at once. Like AWS, returns the same response if the secret does not exist,
    /// with a new ARN.
    fn remove(&mut self, secret_id: &str, now: Timestamp) -> DeleteSecretResponse {
        let found = self.find(secret_id).map(|secret| secret.name.clone());
        let removed = found.ok().and_then(|name| {
            self.touch(&name);
            self.secrets.remove(&name)
        });
        let (arn, name) = match removed {
            Some(secret) => {
                self.bytes -= secret.bytes();
                (secret.arn, secret.name)
            }
            None if secret_id.starts_with("arn:") => (secret_id.to_owned(), secret_id.to_owned()),
            None => (
                identifier::new_arn(&self.region, &self.account_id, secret_id),
                secret_id.to_owned(),
            ),
        };
        DeleteSecretResponse {
            arn,
            name,
            deletion_date: now,
        }
    }

    fn find(&mut self, secret_id: &str) -> Result<&mut Secret, SecretsManagerError> {
        let found = match identifier::parse(&self.region, &self.account_id, secret_id) {
            Reference::Name(name) => self.secrets.get_mut(name),
            Reference::Arn { arn, name } => self
                .secrets
                .get_mut(name)
                .filter(|secret| secret.arn == arn),
            Reference::Elsewhere => None,
        };
        found.ok_or(SecretsManagerError::SecretNotFound)
    }

    /// Finds a secret that an operation changes.
    pub(super) fn find_to_change(
        &mut self,
        secret_id: &str,
    ) -> Result<&mut Secret, SecretsManagerError> {
        let name = self.find_usable(secret_id)?.name.clone();
        self.touch(&name);
        self.find_usable(secret_id)
    }

    /// Counts the bytes of a secret that has changed, within the quota.
    pub(super) fn recount(&mut self, before: usize, after: usize) {
        self.bytes = self.bytes - before + after;
    }

    pub(super) fn find_usable(
        &mut self,
        secret_id: &str,
    ) -> Result<&mut Secret, SecretsManagerError> {
        let secret = self.find(secret_id)?;
        if secret.deletion.is_some() {
            return Err(SecretsManagerError::MarkedForDeletion);
        }
        Ok(secret)
    }
}

/// CreateSecret with a name that exists. It succeeds if it repeats the request that created the
/// secret.
fn repeat_create(
    existing: &Secret,
    token: &str,
    value: Option<&SecretValue>,
) -> Result<CreateSecretResponse, SecretsManagerError> {
    if existing.deletion.is_some() {
        return Err(SecretsManagerError::NameScheduledForDeletion);
    }
    let Some(version) = existing.version(token) else {
        return Err(SecretsManagerError::SecretExists {
            name: existing.name.clone(),
        });
    };
    if !value.is_some_and(|value| version.value.is_same(value)) {
        return Err(token_in_use(existing, token));
    }
    Ok(CreateSecretResponse {
        arn: existing.arn.clone(),
        name: existing.name.clone(),
        version_id: Some(token.to_owned()),
    })
}

pub(super) fn token_in_use(secret: &Secret, token: &str) -> SecretsManagerError {
    SecretsManagerError::TokenInUse {
        token: token.to_owned(),
        arn: secret.arn.clone(),
    }
}

pub(super) fn secret_id(secret_id: Option<&str>) -> Result<&str, SecretsManagerError> {
    let secret_id = constraint::required("secretId", secret_id)?;
    identifier::check_secret_id(secret_id)?;
    Ok(secret_id)
}

pub(super) fn client_request_token(token: Option<&str>) -> Result<&str, SecretsManagerError> {
    let token = token.ok_or(SecretsManagerError::NoClientRequestToken)?;
    if (32..=64).contains(&token.chars().count()) {
        Ok(token)
    } else {
        Err(SecretsManagerError::ClientRequestTokenLength)
    }
}

fn version_stages(stages: Option<&[String]>) -> Result<BTreeSet<String>, SecretsManagerError> {
    let Some(stages) = stages else {
        return Ok(BTreeSet::from([CURRENT.to_owned()]));
    };
    constraint::size("versionStages", stages.len(), 1..=20)?;
    for stage in stages {
        constraint::length("versionStages", stage, 1..=256)?;
    }
    Ok(stages.iter().cloned().collect())
}

fn recovery_window(days: Option<i64>) -> Result<u64, SecretsManagerError> {
    let days = days.unwrap_or(DEFAULT_RECOVERY_WINDOW);
    u64::try_from(days)
        .ok()
        .filter(|days| (7..=30).contains(days))
        .ok_or(SecretsManagerError::RecoveryWindow)
}

pub(super) fn check_tags(members: &[TagMember]) -> Result<Vec<Tag>, SecretsManagerError> {
    if members.len() > MAX_TAGS {
        return Err(SecretsManagerError::LimitExceeded(format!(
            "A secret can have at most {MAX_TAGS} tags."
        )));
    }
    let mut tags: Vec<Tag> = Vec::with_capacity(members.len());
    for (index, member) in members.iter().enumerate() {
        let position = index + 1;
        let key_member = format!("tags.{position}.member.key");
        let key = constraint::required(&key_member, member.key.as_deref())?;
        constraint::length(&key_member, key, 1..=128)?;
        let value = member.value.as_deref().unwrap_or_default();
        constraint::length(&format!("tags.{position}.member.value"), value, 0..=256)?;
        if tags.iter().any(|tag| tag.key == key) {
            return Err(SecretsManagerError::InvalidParameter(format!(
                "The tag key {key} occurs more than once."
            )));
        }
        tags.push(Tag {
            key: key.to_owned(),
            value: value.to_owned(),
        });
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 60 * 60 * 1000;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn store_with(name: &str) -> Store {
        let mut store = Store::new("us-east-1", "000000000000");
        create(&mut store, name, 0).unwrap();
        store
    }

    fn create(
        store: &mut Store,
        name: &str,
        millis: u64,
    ) -> Result<CreateSecretResponse, SecretsManagerError> {
        let request = CreateSecretRequest {
            name: Some(name.to_owned()),
            client_request_token: Some("t".repeat(32)),
            secret_string: Some("s".into()),
            ..CreateSecretRequest::default()
        };
        store.create(&request, at(millis))
    }

    fn get(store: &mut Store, millis: u64) -> Result<GetSecretValueResponse, SecretsManagerError> {
        let request = GetSecretValueRequest {
            secret_id: Some("db".to_owned()),
            ..GetSecretValueRequest::default()
        };
        store.get_value(&request, at(millis))
    }

    fn delete(store: &mut Store, days: Option<i64>, millis: u64) -> DeleteSecretResponse {
        let request = DeleteSecretRequest {
            secret_id: Some("db".to_owned()),
            recovery_window_in_days: days,
            ..DeleteSecretRequest::default()
        };
        store.delete(&request, at(millis)).unwrap()
    }

    #[test]
    fn a_scheduled_secret_is_removed_at_the_end_of_its_window() {
        let mut store = store_with("db");
        let deleted = delete(&mut store, Some(7), 5);
        assert_eq!(deleted.deletion_date, at(7 * DAY + 5));

        assert_eq!(
            get(&mut store, 7 * DAY + 4).unwrap_err(),
            SecretsManagerError::MarkedForDeletion
        );
        assert_eq!(
            create(&mut store, "db", 7 * DAY + 4).unwrap_err(),
            SecretsManagerError::NameScheduledForDeletion
        );
        assert_eq!(
            get(&mut store, 7 * DAY + 5).unwrap_err(),
            SecretsManagerError::SecretNotFound
        );
        let again = create(&mut store, "db", 7 * DAY + 6).unwrap();
        assert_ne!(again.arn, deleted.arn);
    }

    #[test]
    fn the_memory_of_all_secrets_is_limited() {
        let mut store = store_with("db");
        let request = |number: usize| PutSecretValueRequest {
            secret_id: Some("db".to_owned()),
            client_request_token: Some(format!("{number:032}")),
            secret_string: Some("x".repeat(65_536).into()),
            version_stages: Some(vec!["one".to_owned()]),
            ..PutSecretValueRequest::default()
        };
        for number in 0..200 {
            store.put_value(&request(number), at(1)).unwrap();
        }
        // Versions without a label are dropped.
        assert!(store.bytes < 110 * 66_000, "{}", store.bytes);

        let full = (1..20).find_map(|secret| {
            let name = format!("db-{secret}");
            create(&mut store, &name, 1).unwrap();
            (0..100).find_map(|number| {
                let mut request = request(number);
                request.secret_id = Some(name.clone());
                store.put_value(&request, at(1)).err()
            })
        });
        let full = full.unwrap();
        assert_eq!(full.code(), "LimitExceededException");
        assert!(full.to_string().contains("64 MiB"), "{full}");
        assert!(store.bytes <= MAX_BYTES);

        delete(&mut store, Some(7), 1);
        store.expire(at(8 * DAY));
        create(&mut store, "db", 8 * DAY).unwrap();
        let counted: usize = store.secrets().map(Secret::bytes).sum();
        assert_eq!(store.bytes, counted);
        for name in store.secrets.keys().cloned().collect::<Vec<_>>() {
            store.remove(&name, at(8 * DAY));
        }
        assert_eq!(store.bytes, 0);
    }

    #[test]
    fn the_default_window_is_thirty_days() {
        let mut store = store_with("db");
        assert_eq!(delete(&mut store, None, 0).deletion_date, at(30 * DAY));
    }

    #[test]
    fn the_day_of_the_last_access_is_stored() {
        let mut store = store_with("db");
        let request = DescribeSecretRequest {
            secret_id: Some("db".to_owned()),
        };
        let accessed = |store: &mut Store| {
            let described = store.describe(&request, at(3 * DAY)).unwrap();
            described.details.last_accessed_date
        };
        assert_eq!(accessed(&mut store), None);
        get(&mut store, 2 * DAY + 77).unwrap();
        assert_eq!(accessed(&mut store), Some(at(2 * DAY)));
    }

    #[test]
    fn an_old_arn_does_not_refer_to_a_new_secret_with_the_same_name() {
        let mut store = store_with("db");
        let old = store.secrets().next().unwrap().arn.clone();
        store.remove("db", at(1));
        create(&mut store, "db", 2).unwrap();
        assert_eq!(
            store.find(&old).err(),
            Some(SecretsManagerError::SecretNotFound)
        );
    }
}
