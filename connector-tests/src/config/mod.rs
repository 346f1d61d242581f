//! The config file: the official `TestConfig.json`, and this harness's own keys beside it.

mod error;
mod harness;

use std::path::{Path, PathBuf};

use appflow_connector_model::{AuthenticationType, StringMap, WriteOperationType};
use serde::Deserialize;

pub use error::ConfigError;
pub use harness::{
    ClientCredentials, HarnessConfig, Limits, SecretSource, TextComparison, WriteConfig,
};

use crate::checks;

/// What a connector is tested with: settings, credentials, one entity.
///
/// It is read from the official SDK's `TestConfig.json` as it is. What only this harness knows stands under the key `harness` and may
/// be absent; without that key the file works with the official harness too.
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
    /// The user's settings, by the place where AppFlow asks for them.
    pub runtime_settings: RuntimeSettings,
    /// The connection's credentials.
    pub credentials: CredentialsConfig,
    /// The entity that is described, read and, where allowed, written. It should have records.
    pub test_entity_identifier: String,
    /// Retrievals that must each answer a record.
    #[serde(default)]
    pub retrieve_record_configurations: Vec<RetrieveConfig>,
    /// Writes that must go well. They are made on every run.
    #[serde(default)]
    pub write_record_configurations: Vec<WriteRecordsConfig>,
    /// Queries that must each answer a record.
    #[serde(default)]
    pub query_record_configurations: Vec<QueryConfig>,
    /// This harness's own keys.
    #[serde(default)]
    pub harness: HarnessConfig,
    /// Where files that the config names are looked for.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
}

/// Settings by scope. One that is absent is not validated.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RuntimeSettings {
    /// Of the connection. `apiVersion` among them is also the version that requests name.
    pub connector_profile: Option<StringMap>,
    /// Of the source of a flow.
    pub source: Option<StringMap>,
    /// Of the destination of a flow.
    pub destination: Option<StringMap>,
}

/// Where the credentials are, and of what kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct CredentialsConfig {
    /// ARN of a secret that the connector can read. `harness.secret` comes before it.
    pub secret_arn: Option<String>,
    /// What kind of credentials the secret holds.
    pub authentication_type: Option<AuthenticationType>,
}

/// A RetrieveData request that must answer a record.
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

/// A WriteData request that must go well.
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
    /// Whether one failure must undo or stop the rest.
    pub all_or_none: Option<bool>,
}

/// A QueryData request that must answer a record.
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
    /// Reads a file. Files that it names are looked for in its folder.
    ///
    /// # Errors
    /// When the file cannot be read, or as [`from_json`](Self::from_json).
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

    /// Reads JSON text. Files that it names are looked for in the working directory.
    ///
    /// # Errors
    /// When it is no JSON, a key is missing, unknown or of the wrong type (the error has the key's path), a skipped check has no
    /// reason or does not exist.
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let config: Self =
            serde_path_to_error::deserialize(&mut reader).map_err(ConfigError::from_serde)?;
        reader.end().map_err(ConfigError::Malformed)?;
        config.check_skips()?;
        config.check_writes()?;
        Ok(config)
    }

    /// The checks of writes need records to tell apart.
    fn check_writes(&self) -> Result<(), ConfigError> {
        match &self.harness.writes {
            Some(writes) if writes.records.len() < 2 => Err(ConfigError::WrongKey {
                path: "harness.writes.records".to_owned(),
                problem: "two records or more are needed".to_owned(),
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
                    problem: "a skipped check needs a reason".to_owned(),
                });
            }
            if !checks::exists(id) {
                return Err(ConfigError::WrongKey {
                    path,
                    problem: "no check's id begins so".to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Why a check is left out, if it is.
    pub(crate) fn skip_reason(&self, id: &str) -> Option<&str> {
        let mut skips = self.harness.skip.iter();
        let (_, reason) = skips.find(|(start, _)| id.starts_with(start.as_str()))?;
        Some(reason)
    }

    /// The settings that a request of a flow carries: those of all scopes, the later ones first.
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

    /// The version of the application's API that the settings name, as the official harness takes it.
    pub(crate) fn api_version(&self) -> Option<&str> {
        let profile = self.runtime_settings.connector_profile.as_ref()?;
        profile.get("apiVersion").map(String::as_str)
    }
}
