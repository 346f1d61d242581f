use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use appflow_connector_client::PageLimits;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What stands under the config's key `harness`. Everything in it may be absent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct HarnessConfig {
    /// The connection's secret. The harness serves what it knows the content of, so that no AWS account is needed.
    pub secret: Option<SecretSource>,
    /// A secret that the application refuses. Without it the values of `secret` are replaced by made-up ones.
    pub wrong_secret: Option<SecretSource>,
    /// Whether the application tells upper from lower case in text. Default: it does.
    pub text_comparison: TextComparison,
    /// Whether the test entity can be read incrementally, so that a timestamp field is a must. Default: only where it declares one.
    pub incremental: bool,
    /// What may be written to try writes. Without it nothing is, apart from `writeRecordConfigurations`.
    pub writes: Option<WriteConfig>,
    /// Checks that are left out, by id or the beginning of one, and the reason for each.
    pub skip: BTreeMap<String, String>,
    /// Bounds of the run.
    pub limits: Limits,
}

/// Where a secret comes from: exactly one of these.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum SecretSource {
    /// Its content: keys and values.
    Inline(BTreeMap<String, SecretString>),
    /// A file with its content, a flat JSON object of strings. Relative to the config's folder.
    File(PathBuf),
    /// ARN of a secret that the connector reads elsewhere.
    Arn(String),
    /// An OAuth 2.0 token that is fetched with client credentials, as AppFlow does.
    ClientCredentials(ClientCredentials),
}

/// How a token is fetched with client credentials: in the form of a POST.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ClientCredentials {
    /// The token endpoint.
    pub token_url: String,
    /// Who asks.
    pub client_id: String,
    /// Their secret.
    pub client_secret: SecretString,
    /// The scope to ask for.
    pub scope: Option<String>,
}

/// Whether upper and lower case are the same in the application's comparisons of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TextComparison {
    /// They differ.
    #[default]
    CaseSensitive,
    /// They are the same, as in Salesforce.
    IgnoreCase,
}

/// What may be written. In texts of its records `{{run}}` stands for eight characters that differ from run to run.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct WriteConfig {
    /// The entity. Default: the test entity.
    pub entity_identifier: Option<String>,
    /// Records that an insert takes: two or more that differ. They are deleted at the end if the connector can delete.
    pub records: Vec<Map<String, Value>>,
    /// Values that an update may give to the first record, other than it has.
    pub update: Option<Map<String, Value>>,
    /// The fields that upserts find a record by. Default: the primary key, if an insert may set it.
    pub upsert_id_field_names: Option<Vec<String>>,
    /// A record that the application refuses.
    pub bad_record: Option<Map<String, Value>>,
}

/// Bounds of the run. An endless answer ends at them.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Limits {
    /// The most pages of one reading. Default 1,000.
    pub pages: usize,
    /// The most records of one reading. Default 10,000.
    pub records: usize,
    /// The most entities that are described. Default 20.
    pub described_entities: usize,
    /// Seconds for a call about configuration, credentials or metadata. Default 10, as AppFlow has it.
    pub metadata_seconds: f64,
    /// Seconds for a call about records. Default 30, as AppFlow has it.
    pub data_seconds: f64,
    /// Seconds for the whole run; checks that are not made by then fail. Default 900.
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

/// A negative or monstrous number of seconds is bounded, not refused: it does no harm.
fn seconds(seconds: f64) -> Duration {
    const A_DAY: f64 = 86_400.0;
    Duration::from_secs_f64(seconds.clamp(0.001, A_DAY))
}
