//! UpdateSecret, tags and resource policies.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::secrets_manager::error::SecretsManagerError;
use crate::secrets_manager::messages::{
    CreateSecretResponse, NoOutput, PolicyRequest, PolicyResponse, TagResourceRequest,
    UntagResourceRequest, UpdateSecretRequest,
};
use crate::secrets_manager::secret::{CURRENT, Secret};
use crate::secrets_manager::store::{
    MAX_TAGS, Store, check_tags, client_request_token, secret_id, token_in_use,
};
use crate::secrets_manager::value::SecretValue;
use crate::wire::constraint;
use crate::wire::timestamp::Timestamp;

const MAX_POLICY: usize = 20_480;

impl Store {
    pub(super) fn update(
        &mut self,
        request: &UpdateSecretRequest,
        now: Timestamp,
    ) -> Result<CreateSecretResponse, SecretsManagerError> {
        self.expire(now);
        let secret_id = secret_id(request.secret_id.as_deref())?;
        for (member, text) in [
            ("description", &request.description),
            ("kmsKeyId", &request.kms_key_id),
        ] {
            constraint::length(member, text.as_deref().unwrap_or_default(), 0..=2048)?;
        }
        let value = SecretValue::from_request(
            request.secret_string.as_ref(),
            request.secret_binary.as_ref(),
        )?;
        let token = match value {
            Some(_) => Some(client_request_token(
                request.client_request_token.as_deref(),
            )?),
            None => None,
        };
        let stages = BTreeSet::from([CURRENT.to_owned()]);
        let added = match (&value, token) {
            (Some(value), Some(token)) => Secret::bytes_of_version(token, value, &stages),
            _ => 0,
        };
        let texts = [&request.description, &request.kms_key_id];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        self.check_quota(added + texts)?;

        let secret = self.find_to_change(secret_id)?;
        let before = secret.bytes();
        if let (Some(value), Some(token)) = (value, token) {
            match secret.version(token) {
                Some(version) if version.value.is_same(&value) => {}
                Some(_) => return Err(token_in_use(secret, token)),
                None => secret.add_version(token.to_owned(), value, stages, now)?,
            }
        }
        if let Some(description) = &request.description {
            secret.description = (!description.is_empty()).then(|| description.clone());
        }
        if let Some(key) = &request.kms_key_id {
            secret.kms_key_id = (!key.is_empty()).then(|| key.clone());
        }
        secret.changed = now;
        let response = CreateSecretResponse {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            version_id: token.map(str::to_owned),
        };
        let after = secret.bytes();
        self.recount(before, after);
        Ok(response)
    }

    pub(super) fn tag(
        &mut self,
        request: &TagResourceRequest,
        now: Timestamp,
    ) -> Result<NoOutput, SecretsManagerError> {
        self.expire(now);
        let secret_id = secret_id(request.secret_id.as_deref())?;
        let Some(members) = &request.tags else {
            return Err(constraint::Violation::of_missing("tags").into());
        };
        let added = check_tags(members)?;
        let bytes: usize = added
            .iter()
            .map(|tag| tag.key.len() + tag.value.len())
            .sum();
        self.check_quota(bytes)?;
        let secret = self.find_to_change(secret_id)?;
        let before = secret.bytes();
        let mut tags = secret.tags.clone();
        tags.retain(|tag| !added.iter().any(|other| other.key == tag.key));
        tags.extend(added);
        if tags.len() > MAX_TAGS {
            return Err(SecretsManagerError::LimitExceeded(format!(
                "A secret can have at most {MAX_TAGS} tags."
            )));
        }
        secret.tags = tags;
        secret.changed = now;
        let after = secret.bytes();
        self.recount(before, after);
        Ok(NoOutput {})
    }

    pub(super) fn untag(
        &mut self,
        request: &UntagResourceRequest,
        now: Timestamp,
    ) -> Result<NoOutput, SecretsManagerError> {
        self.expire(now);
        let secret_id = secret_id(request.secret_id.as_deref())?;
        let Some(keys) = &request.tag_keys else {
            return Err(constraint::Violation::of_missing("tagKeys").into());
        };
        let secret = self.find_to_change(secret_id)?;
        let before = secret.bytes();
        secret.tags.retain(|tag| !keys.contains(&tag.key));
        secret.changed = now;
        let after = secret.bytes();
        self.recount(before, after);
        Ok(NoOutput {})
    }

    pub(super) fn policy(
        &mut self,
        request: &PolicyRequest,
        now: Timestamp,
    ) -> Result<PolicyResponse, SecretsManagerError> {
        self.expire(now);
        let secret = self.find_usable(secret_id(request.secret_id.as_deref())?)?;
        Ok(PolicyResponse {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            resource_policy: secret.resource_policy.clone(),
        })
    }

    pub(super) fn put_policy(
        &mut self,
        request: &PolicyRequest,
        now: Timestamp,
    ) -> Result<PolicyResponse, SecretsManagerError> {
        let policy = constraint::required("resourcePolicy", request.resource_policy.as_deref())?;
        constraint::length("resourcePolicy", policy, 1..=MAX_POLICY)?;
        serde_json::from_str::<Map<String, Value>>(policy)
            .map_err(|_| SecretsManagerError::MalformedPolicy)?;
        self.check_quota(policy.len())?;
        self.set_policy(request, Some(policy.to_owned()), now)
    }

    pub(super) fn delete_policy(
        &mut self,
        request: &PolicyRequest,
        now: Timestamp,
    ) -> Result<PolicyResponse, SecretsManagerError> {
        self.set_policy(request, None, now)
    }

    /// The response has no policy.
    fn set_policy(
        &mut self,
        request: &PolicyRequest,
        policy: Option<String>,
        now: Timestamp,
    ) -> Result<PolicyResponse, SecretsManagerError> {
        self.expire(now);
        let secret = self.find_to_change(secret_id(request.secret_id.as_deref())?)?;
        let before = secret.bytes();
        secret.resource_policy = policy;
        let response = PolicyResponse {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            resource_policy: None,
        };
        let after = secret.bytes();
        self.recount(before, after);
        Ok(response)
    }
}
