//! Requests and responses, with the members of the service's model that this endpoint supports.
//! Others are ignored.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret, SecretString};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use crate::wire::timestamp::Timestamp;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateSecretRequest {
    pub(super) name: Option<String>,
    pub(super) client_request_token: Option<String>,
    pub(super) description: Option<String>,
    pub(super) kms_key_id: Option<String>,
    pub(super) secret_binary: Option<SecretString>,
    pub(super) secret_string: Option<SecretString>,
    pub(super) tags: Option<Vec<TagMember>>,
    pub(super) add_replica_regions: Option<IgnoredAny>,
    #[serde(rename = "Type")]
    pub(super) external_type: Option<IgnoredAny>,
}

impl CreateSecretRequest {
    /// A request of this process itself, for a secret with a text value.
    pub(super) fn of_text(name: &str, value: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            client_request_token: Some(Uuid::new_v4().to_string()),
            secret_string: Some(SecretString::from(value)),
            ..Self::default()
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagMember {
    pub(super) key: Option<String>,
    pub(super) value: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateSecretResponse {
    #[serde(rename = "ARN")]
    pub(super) arn: String,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutSecretValueRequest {
    pub(super) secret_id: Option<String>,
    pub(super) client_request_token: Option<String>,
    pub(super) secret_binary: Option<SecretString>,
    pub(super) secret_string: Option<SecretString>,
    pub(super) version_stages: Option<Vec<String>>,
}

impl PutSecretValueRequest {
    /// A request of this process itself, for a text value.
    pub(super) fn of_text(secret_id: &str, value: &str) -> Self {
        Self {
            secret_id: Some(secret_id.to_owned()),
            client_request_token: Some(Uuid::new_v4().to_string()),
            secret_string: Some(SecretString::from(value)),
            ..Self::default()
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutSecretValueResponse {
    #[serde(rename = "ARN")]
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) version_id: String,
    pub(super) version_stages: BTreeSet<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetSecretValueRequest {
    pub(super) secret_id: Option<String>,
    pub(super) version_id: Option<String>,
    pub(super) version_stage: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetSecretValueResponse {
    #[serde(rename = "ARN")]
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) version_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) secret_binary: Option<ExposedSecret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) secret_string: Option<ExposedSecret>,
    pub(super) version_stages: BTreeSet<String>,
    pub(super) created_date: Timestamp,
}

/// A secret value that can be serialized into a response. `Debug` still hides it.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct ExposedSecret(pub(super) SecretString);

impl Serialize for ExposedSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose_secret())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeSecretRequest {
    pub(super) secret_id: Option<String>,
}

/// What both DescribeSecret and ListSecrets return.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SecretDetails {
    #[serde(rename = "ARN")]
    pub(super) arn: String,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kms_key_id: Option<String>,
    pub(super) created_date: Timestamp,
    pub(super) last_changed_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_accessed_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deleted_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<Tag>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

/// Version ids with their staging labels.
pub(super) type VersionsToStages = BTreeMap<String, BTreeSet<String>>;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeSecretResponse {
    #[serde(flatten)]
    pub(super) details: SecretDetails,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) version_ids_to_stages: VersionsToStages,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SecretListEntry {
    #[serde(flatten)]
    pub(super) details: SecretDetails,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) secret_versions_to_stages: VersionsToStages,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteSecretRequest {
    pub(super) secret_id: Option<String>,
    pub(super) recovery_window_in_days: Option<i64>,
    pub(super) force_delete_without_recovery: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteSecretResponse {
    #[serde(rename = "ARN")]
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) deletion_date: Timestamp,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateSecretRequest {
    pub(super) secret_id: Option<String>,
    pub(super) client_request_token: Option<String>,
    pub(super) description: Option<String>,
    pub(super) kms_key_id: Option<String>,
    pub(super) secret_binary: Option<SecretString>,
    pub(super) secret_string: Option<SecretString>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagResourceRequest {
    pub(super) secret_id: Option<String>,
    pub(super) tags: Option<Vec<TagMember>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagResourceRequest {
    pub(super) secret_id: Option<String>,
    pub(super) tag_keys: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
pub(super) struct NoOutput {}

/// Of GetResourcePolicy, PutResourcePolicy and DeleteResourcePolicy.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyRequest {
    pub(super) secret_id: Option<String>,
    pub(super) resource_policy: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyResponse {
    #[serde(rename = "ARN")]
    pub(super) arn: String,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource_policy: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListSecretsRequest {
    pub(super) include_planned_deletion: Option<bool>,
    pub(super) max_results: Option<i64>,
    pub(super) next_token: Option<String>,
    pub(super) filters: Option<Vec<FilterMember>>,
    pub(super) sort_order: Option<String>,
    pub(super) sort_by: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FilterMember {
    pub(super) key: Option<String>,
    pub(super) values: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListSecretsResponse {
    pub(super) secret_list: Vec<SecretListEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}
