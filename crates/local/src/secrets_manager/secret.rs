//! One secret: its versions and their staging labels.

use std::collections::BTreeSet;

use crate::secrets_manager::error::SecretsManagerError;
use crate::secrets_manager::messages::{SecretDetails, Tag, VersionsToStages};
use crate::secrets_manager::value::SecretValue;
use crate::wire::timestamp::Timestamp;

pub(super) const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// Versions without a label beyond this number are dropped, the oldest first.
const MAX_UNLABELLED_VERSIONS: usize = 100;
/// On all versions of a secret together.
const MAX_LABELS: usize = 20;

#[derive(Clone, Debug)]
pub(super) struct Secret {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) kms_key_id: Option<String>,
    pub(super) tags: Vec<Tag>,
    /// JSON.
    pub(super) resource_policy: Option<String>,
    /// The number of secrets that were created in this store before: gives the order of creation.
    pub(super) number: u64,
    pub(super) created: Timestamp,
    pub(super) changed: Timestamp,
    /// Midnight of the day: AWS returns the day of the last access, not its time.
    pub(super) accessed: Option<Timestamp>,
    /// When the secret is removed, if it is scheduled for deletion.
    pub(super) deletion: Option<Timestamp>,
    /// Oldest first.
    pub(super) versions: Vec<Version>,
}

#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) id: String,
    pub(super) value: SecretValue,
    pub(super) stages: BTreeSet<String>,
    pub(super) created: Timestamp,
}

impl Secret {
    /// A secret without a value.
    pub(super) fn new(arn: String, name: String, number: u64, now: Timestamp) -> Self {
        Self {
            arn,
            name,
            description: None,
            kms_key_id: None,
            tags: Vec::new(),
            resource_policy: None,
            number,
            created: now,
            changed: now,
            accessed: None,
            deletion: None,
            versions: Vec::new(),
        }
    }

    pub(super) fn version(&self, id: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.id == id)
    }

    /// Returns the version with this id and this label, or AWSCURRENT if both are `None`.
    pub(super) fn select(
        &self,
        id: Option<&str>,
        stage: Option<&str>,
    ) -> Result<&Version, SecretsManagerError> {
        let Some(id) = id else {
            let stage = stage.unwrap_or(CURRENT);
            return self
                .versions
                .iter()
                .find(|version| version.stages.contains(stage))
                .ok_or_else(|| SecretsManagerError::StageNotFound {
                    version_stage: stage.to_owned(),
                });
        };
        let version = self
            .version(id)
            .ok_or_else(|| SecretsManagerError::VersionNotFound {
                version_id: id.to_owned(),
            })?;
        if stage.is_some_and(|stage| !version.stages.contains(stage)) {
            return Err(SecretsManagerError::StageNotOfVersion);
        }
        Ok(version)
    }

    /// Adds a version and moves its labels to it from the other versions. The first version of a
    /// secret is always AWSCURRENT, and a version that loses AWSCURRENT becomes AWSPREVIOUS.
    pub(super) fn add_version(
        &mut self,
        id: String,
        value: SecretValue,
        mut stages: BTreeSet<String>,
        now: Timestamp,
    ) -> Result<(), SecretsManagerError> {
        if self.versions.is_empty() {
            stages.insert(CURRENT.to_owned());
        }
        self.check_label_quota(&stages)?;

        let replaced = self
            .versions
            .iter()
            .position(|version| stages.contains(CURRENT) && version.stages.contains(CURRENT));
        for version in &mut self.versions {
            version.stages.retain(|stage| !stages.contains(stage));
        }
        self.versions.push(Version {
            id,
            value,
            stages,
            created: now,
        });
        if let Some(replaced) = replaced {
            for version in &mut self.versions {
                version.stages.remove(PREVIOUS);
            }
            self.versions[replaced].stages.insert(PREVIOUS.to_owned());
        }
        self.drop_old_versions();
        self.changed = now;
        Ok(())
    }

    /// Returns how many bytes the secret takes: its texts, and an estimate of the rest.
    pub(super) fn bytes(&self) -> usize {
        const REST: usize = 1024;
        let texts = [&self.description, &self.kms_key_id, &self.resource_policy];
        let texts = texts.into_iter().flatten();
        let tags = self.tags.iter().map(|tag| tag.key.len() + tag.value.len());
        let versions = self
            .versions
            .iter()
            .map(|version| Self::bytes_of_version(&version.id, &version.value, &version.stages));
        REST + self.name.len()
            + texts.map(String::len).sum::<usize>()
            + tags.sum::<usize>()
            + versions.sum::<usize>()
    }

    pub(super) fn bytes_of_version(
        id: &str,
        value: &SecretValue,
        stages: &BTreeSet<String>,
    ) -> usize {
        const REST: usize = 256;
        REST + id.len() + value.len() + stages.iter().map(String::len).sum::<usize>()
    }

    fn check_label_quota(&self, added: &BTreeSet<String>) -> Result<(), SecretsManagerError> {
        let kept = self
            .versions
            .iter()
            .flat_map(|version| &version.stages)
            .filter(|stage| !added.contains(*stage))
            .count();
        if kept + added.len() > MAX_LABELS {
            return Err(SecretsManagerError::LimitExceeded(format!(
                "A secret can have at most {MAX_LABELS} staging labels on all its versions."
            )));
        }
        Ok(())
    }

    fn drop_old_versions(&mut self) {
        let unlabelled = self.versions.iter().filter(|v| v.stages.is_empty()).count();
        let mut surplus = unlabelled.saturating_sub(MAX_UNLABELLED_VERSIONS);
        self.versions.retain(|version| {
            let drop = surplus > 0 && version.stages.is_empty();
            surplus -= usize::from(drop);
            !drop
        });
    }

    pub(super) fn details(&self) -> SecretDetails {
        SecretDetails {
            arn: self.arn.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            kms_key_id: self.kms_key_id.clone(),
            created_date: self.created,
            last_changed_date: self.changed,
            last_accessed_date: self.accessed,
            deleted_date: self.deletion,
            tags: self.tags.clone(),
        }
    }

    /// Returns the versions that have labels.
    pub(super) fn versions_to_stages(&self) -> VersionsToStages {
        self.versions
            .iter()
            .filter(|version| !version.stages.is_empty())
            .map(|version| (version.id.clone(), version.stages.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Secret {
        let now = Timestamp::from_millis(0);
        Secret::new("arn:db-a1b2c3".to_owned(), "db".to_owned(), 0, now)
    }

    fn add(secret: &mut Secret, id: &str, stages: &[&str]) -> Result<(), SecretsManagerError> {
        secret.add_version(
            id.to_owned(),
            SecretValue::Text(id.into()),
            stages.iter().map(ToString::to_string).collect(),
            Timestamp::from_millis(1),
        )
    }

    fn stages(secret: &Secret) -> Vec<(String, String)> {
        secret
            .versions_to_stages()
            .into_iter()
            .map(|(id, stages)| (id, Vec::from_iter(stages).join(" ")))
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected
            .iter()
            .map(|(id, stages)| ((*id).to_owned(), (*stages).to_owned()))
            .collect()
    }

    #[test]
    fn current_becomes_previous() {
        let mut secret = empty();
        for id in ["v1", "v2", "v3"] {
            add(&mut secret, id, &[CURRENT]).unwrap();
        }
        assert_eq!(
            stages(&secret),
            pairs(&[("v2", "AWSPREVIOUS"), ("v3", "AWSCURRENT")])
        );
        assert!(secret.version("v1").is_some(), "kept without a label");
    }

    #[test]
    fn other_labels_move_without_current() {
        let mut secret = empty();
        add(&mut secret, "v1", &["one"]).unwrap();
        assert_eq!(stages(&secret), pairs(&[("v1", "AWSCURRENT one")]));
        add(&mut secret, "v2", &["one", "two"]).unwrap();
        assert_eq!(
            stages(&secret),
            pairs(&[("v1", "AWSCURRENT"), ("v2", "one two")])
        );
    }

    #[test]
    fn the_version_that_loses_current_becomes_previous_whatever_was_requested() {
        let mut secret = empty();
        add(&mut secret, "v1", &[CURRENT]).unwrap();
        add(&mut secret, "v2", &[CURRENT, PREVIOUS]).unwrap();
        assert_eq!(
            stages(&secret),
            pairs(&[("v1", "AWSPREVIOUS"), ("v2", "AWSCURRENT")])
        );
    }

    #[test]
    fn old_versions_without_a_label_are_dropped() {
        let mut secret = empty();
        for number in 0..105 {
            add(&mut secret, &format!("v{number}"), &[CURRENT]).unwrap();
        }
        assert!(secret.version("v2").is_none());
        assert!(secret.version("v3").is_some());
        assert_eq!(secret.versions.len(), 102);
    }

    #[test]
    fn a_secret_has_at_most_twenty_labels() {
        let mut secret = empty();
        add(&mut secret, "v0", &[CURRENT]).unwrap();
        for number in 1..20 {
            let id = format!("v{number}");
            add(&mut secret, &id, &[&id]).unwrap();
        }
        let error = add(&mut secret, "v20", &["v20"]).unwrap_err();
        assert_eq!(error.code(), "LimitExceededException");
        add(&mut secret, "v21", &["v1"]).unwrap();
    }
}
