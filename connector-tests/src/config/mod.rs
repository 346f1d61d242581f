//! The config file: the official `TestConfig.json`, with this harness's own keys.

mod error;
mod harness;

use std::path::{Path, PathBuf};

use appflow_connector_model::{AuthenticationType, StringMap, WriteOperationType};
use serde::Deserialize;
use serde::de::IgnoredAny;

pub use error::ConfigError;
pub use harness::{HarnessConfig, Limits, SecretSource, TextComparison, WriteConfig};

use crate::catalog;

/// The JSON schema of the config file, as text.
pub const CONFIG_SCHEMA: &str = include_str!("../../test-config.schema.json");

/// What a connector is tested with: settings, credentials, one entity.
///
/// The official SDK's `TestConfig.json` is accepted unchanged. The optional key `harness` has what
/// only this harness knows; without it the file works with the official harness as well.
///
/// ```
/// use appflow_connector_tests::Config;
///
/// let config = Config::from_json(
///     r#"{
///         "runtimeSettings": {"connectorProfile": {"instanceUrl": "https://example.com"}},
///         "credentials": {"authenticationType": "ApiKey"},
///         "testEntityIdentifier": "Airport",
///         "harness": {"secret": {"inline": {"apiKey": "k-1"}}}
///     }"#,
/// )?;
/// assert_eq!(config.test_entity_identifier, "Airport");
///
/// let error = Config::from_json(r#"{"runtimeSettings": {"conectorProfile": {}}}"#).unwrap_err();
/// assert!(error.to_string().starts_with("`runtimeSettings.conectorProfile`: unknown field"), "{error}");
/// # Ok::<(), appflow_connector_tests::ConfigError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The user's settings, by scope.
    pub runtime_settings: RuntimeSettings,
    /// The connection's credentials. Absent or empty for a connector without authentication.
    #[serde(default)]
    pub credentials: CredentialsConfig,
    /// The entity that is described, read and, where allowed, written. It should have records.
    pub test_entity_identifier: String,
    /// Retrievals that must each return a record.
    #[serde(default)]
    pub retrieve_record_configurations: Vec<RetrieveConfig>,
    /// Writes that must succeed. They are made on every run.
    #[serde(default)]
    pub write_record_configurations: Vec<WriteRecordsConfig>,
    /// Queries that must each return a record.
    #[serde(default)]
    pub query_record_configurations: Vec<QueryConfig>,
    /// The keys of this harness.
    #[serde(default)]
    pub harness: HarnessConfig,
    /// The schema's path or URL, for editors.
    #[serde(rename = "$schema", default)]
    _schema: IgnoredAny,
    /// The folder that file names in the config are relative to.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
}

/// Settings by scope. The settings of an absent scope are not validated.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RuntimeSettings {
    /// Settings of the connection. `apiVersion` among them, or `api_version` as in the official
    /// Java SDK, is also the version that requests name.
    pub connector_profile: Option<StringMap>,
    /// Settings of the source of a flow.
    pub source: Option<StringMap>,
    /// Settings of the destination of a flow.
    pub destination: Option<StringMap>,
}

/// Where the credentials are, and their kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct CredentialsConfig {
    /// The ARN of a secret that the connector can read. `harness.secret` takes precedence.
    pub secret_arn: Option<String>,
    /// The kind of credentials in the secret.
    pub authentication_type: Option<AuthenticationType>,
}

/// A RetrieveData request that must return a record.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RetrieveConfig {
    /// The entity.
    pub entity_identifier: String,
    /// The fields to return.
    pub selected_field_names: Vec<String>,
    /// The field that `ids` are values of.
    pub id_field_name: Option<String>,
    /// The values.
    pub ids: Option<Vec<String>>,
}

/// A WriteData request that must succeed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct WriteRecordsConfig {
    /// The entity.
    pub entity_identifier: String,
    /// What to do with the records.
    pub operation: Option<WriteOperationType>,
    /// The fields that identify a record.
    pub id_field_names: Option<Vec<String>>,
    /// The records, each as JSON text.
    #[serde(default)]
    pub records: Vec<String>,
    /// Whether one failed record undoes or stops the others.
    pub all_or_none: Option<bool>,
}

/// A QueryData request that must return a record.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct QueryConfig {
    /// The entity.
    pub entity_identifier: String,
    /// The fields to return.
    pub selected_field_names: Vec<String>,
    /// The filter.
    pub filter_expression: Option<String>,
}

impl Config {
    /// Reads a file. File names in it are relative to its folder.
    ///
    /// # Errors
    /// If the file cannot be read, or as [`from_json`](Self::from_json).
    pub fn read(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let mut config = Self::from_json(&text)?;
        path.parent()
            .unwrap_or(Path::new(""))
            .clone_into(&mut config.folder);
        Ok(config)
    }

    /// Reads JSON text. File names in it are relative to the working directory.
    ///
    /// # Errors
    /// If the text is not JSON, a key is missing, unknown or has a value of the wrong type (the
    /// error has the key's path), or a skipped check has no reason or does not exist.
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let config: Self =
            serde_path_to_error::deserialize(&mut reader).map_err(ConfigError::from_serde)?;
        reader.end().map_err(ConfigError::Malformed)?;
        config.check_skips()?;
        config.check_writes()?;
        Ok(config)
    }

    /// The checks of writes need two records that can be distinguished.
    fn check_writes(&self) -> Result<(), ConfigError> {
        match &self.harness.writes {
            Some(writes) if writes.records.len() < 2 => Err(ConfigError::WrongKey {
                path: "harness.writes.records".to_owned(),
                problem: "at least two records are required".to_owned(),
            }),
            _ => Ok(()),
        }
    }

    fn check_skips(&self) -> Result<(), ConfigError> {
        for (id, reason) in &self.harness.skip {
            let path = format!("harness.skip.{id}");
            if reason.trim().is_empty() {
                return Err(ConfigError::WrongKey {
                    path,
                    problem: "the reason for skipping the check is missing".to_owned(),
                });
            }
            if !catalog::exists(id) {
                return Err(ConfigError::WrongKey {
                    path,
                    problem: "no check has an id that starts with this".to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Why a check is skipped, if it is.
    pub(crate) fn skip_reason(&self, id: &str) -> Option<&str> {
        let mut skips = self.harness.skip.iter();
        let (_, reason) = skips.find(|(start, _)| id.starts_with(start.as_str()))?;
        Some(reason)
    }

    /// The settings in a request of a flow: those of all scopes. A later scope overrides an earlier
    /// one.
    pub(crate) fn merged_settings(&self) -> StringMap {
        let scopes = &self.runtime_settings;
        [
            &scopes.connector_profile,
            &scopes.source,
            &scopes.destination,
        ]
        .into_iter()
        .flatten()
        .flat_map(|settings| {
            settings
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
        })
        .collect()
    }

    /// Whether the connection has credentials.
    pub(crate) fn has_secret(&self) -> bool {
        self.credentials.secret_arn.is_some() || self.harness.secret.is_some()
    }

    /// The version of the application's API in the settings, by the key of the official Python SDK
    /// or of the Java SDK.
    pub(crate) fn api_version(&self) -> Option<&str> {
        let profile = self.runtime_settings.connector_profile.as_ref()?;
        let version = profile.get("apiVersion").or(profile.get("api_version"));
        version.map(String::as_str)
    }
}
