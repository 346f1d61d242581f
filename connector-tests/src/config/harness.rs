use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use appflow_connector_client::{ClientCredentials, PageLimits};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The config's key `harness`. All its keys are optional.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct HarnessConfig {
    /// The connection's secret. The harness itself serves secrets whose content it knows, so that
    /// no AWS account is needed.
    pub secret: Option<SecretSource>,
    /// A secret that the application refuses. Default: `secret` with a made-up token, password or
    /// key.
    pub wrong_secret: Option<SecretSource>,
    /// Whether the application distinguishes upper and lower case in text. Default: it does.
    pub text_comparison: TextComparison,
    /// Whether the test entity must have a timestamp field for incremental flows. Default: no.
    pub incremental: bool,
    /// The entities that are tested as well as the test entity. Default: the first others that are
    /// listed and can be described, up to five with the test entity.
    pub entities: Option<Vec<String>>,
    /// The number of records of entities, by identifier: a reading that finds fewer fails.
    pub records: BTreeMap<String, usize>,
    /// What may be written. Without it nothing is, apart from `writeRecordConfigurations`.
    pub writes: Option<WriteConfig>,
    /// Checks that are skipped, by id or the start of one, and the reason for each.
    pub skip: BTreeMap<String, String>,
    /// Limits of the run.
    pub limits: Limits,
}

/// Where a secret comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum SecretSource {
    /// Its content: keys and values.
    Inline(BTreeMap<String, SecretString>),
    /// A file with its content, a flat JSON object of strings. Relative to the config's folder.
    File(PathBuf),
    /// The ARN of a secret that the connector reads elsewhere.
    Arn(String),
    /// An OAuth 2.0 token that is fetched with client credentials, as AppFlow does.
    ClientCredentials(ClientCredentials),
}

/// Whether the application distinguishes upper and lower case when it compares text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TextComparison {
    /// `A` and `a` are different.
    #[default]
    CaseSensitive,
    /// `A` and `a` are equal, as in Salesforce.
    IgnoreCase,
}

/// What may be written. `{{run}}` in the texts of its records is replaced by eight characters that
/// differ from run to run.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct WriteConfig {
    /// The entity. Default: the test entity.
    pub entity_identifier: Option<String>,
    /// Records to insert: two or more, all different. They are deleted at the end if the connector
    /// can delete.
    pub records: Vec<Map<String, Value>>,
    /// New values for the first record, for an update.
    pub update: Option<Map<String, Value>>,
    /// The fields by which an upsert finds a record. Default: the primary key, if an insert may set
    /// it.
    pub upsert_id_field_names: Option<Vec<String>>,
    /// A record that the application refuses.
    pub bad_record: Option<Map<String, Value>>,
}

/// Limits of the run. They also end a reading that has no end.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Limits {
    /// The maximum number of pages of one reading. Default 1,000.
    pub pages: usize,
    /// The maximum number of records of one reading. Default 10,000.
    pub records: usize,
    /// The maximum number of entities that are described. Default 20.
    pub described_entities: usize,
    /// Seconds for a call about configuration, credentials or metadata. Default 10, as in AppFlow.
    pub metadata_seconds: f64,
    /// Seconds for a call about records. Default 30, as in AppFlow.
    pub data_seconds: f64,
    /// Seconds for the whole run; a check that is not made by then fails. Default 900.
    pub run_seconds: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pages: 1_000,
            records: 10_000,
            described_entities: 20,
            metadata_seconds: 10.0,
            data_seconds: 30.0,
            run_seconds: 900.0,
        }
    }
}

impl Limits {
    /// Where a reading stops.
    pub(crate) fn paging(&self) -> PageLimits {
        PageLimits {
            pages: self.pages,
            items: self.records,
            ..PageLimits::default()
        }
    }

    pub(crate) fn metadata_time(&self) -> Duration {
        seconds(self.metadata_seconds)
    }

    pub(crate) fn data_time(&self) -> Duration {
        seconds(self.data_seconds)
    }

    pub(crate) fn run_time(&self) -> Duration {
        seconds(self.run_seconds)
    }
}

/// Clamps a number of seconds to between a millisecond and a day.
fn seconds(seconds: f64) -> Duration {
    const A_DAY: f64 = 86_400.0;
    Duration::from_secs_f64(seconds.clamp(0.001, A_DAY))
}
