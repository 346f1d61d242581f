use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::{AuthenticationConfig, ConnectorRuntimeSetting};

/// What a connector is and can do, how to authenticate, and which settings it needs.
///
/// ```
/// use appflow_connector_model::{AuthenticationConfig, ConnectorConfiguration, ConnectorMode};
///
/// let configuration = ConnectorConfiguration::builder()
///     .connector_owner("Example Corp")
///     .connector_name("Airports")
///     .connector_version("1.0")
///     .connector_modes(vec![ConnectorMode::Source])
///     .authentication_config(
///         AuthenticationConfig::builder()
///             .is_api_key_auth_supported(true)
///             .build(),
///     )
///     .supported_api_versions(vec!["v1".to_owned()])
///     .build();
/// assert_eq!(configuration.operators_supported.len(), 21);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct ConnectorConfiguration {
    /// Who owns the connector.
    pub connector_owner: String,
    /// Its name. Names that begin with `aws`, `amazon` or `appflow` are reserved.
    pub connector_name: String,
    /// Its version.
    pub connector_version: String,
    /// Whether it reads, writes or both.
    pub connector_modes: Vec<ConnectorMode>,
    /// How to authenticate.
    pub authentication_config: Option<AuthenticationConfig>,
    /// The settings that AppFlow asks its user for; `connectorRuntimeSetting`, singular, on the
    /// wire. Default: an empty list.
    #[serde(rename = "connectorRuntimeSetting")]
    #[builder(
        required,
        default = Some(Vec::new()),
        with = |settings: Vec<ConnectorRuntimeSetting>| Some(settings)
    )]
    pub runtime_settings: Option<Vec<ConnectorRuntimeSetting>>,
    /// The versions of the application's API that a connection may choose.
    pub supported_api_versions: Vec<String>,
    /// The operators that filters and tasks may use. Default: all.
    #[builder(default = ConnectorOperator::ALL.to_vec())]
    pub operators_supported: Vec<ConnectorOperator>,
    /// How often a flow may run. Default: all.
    #[builder(default = TriggerFrequency::ALL.to_vec())]
    pub trigger_frequencies_supported: Vec<TriggerFrequency>,
    /// How a flow may be started. Default: all.
    #[builder(default = TriggerType::ALL.to_vec())]
    pub supported_trigger_types: Vec<TriggerType>,
    /// The write operations. Default: all.
    #[builder(default = WriteOperationType::ALL.to_vec())]
    pub supported_write_operations: Vec<WriteOperationType>,
    /// Records, files or both. Default: records.
    #[builder(default = vec![DataTransferType::Record])]
    pub supported_data_transfer_types: Vec<DataTransferType>,
    /// The URL of a logo of the application; https.
    #[serde(rename = "logoURL")]
    pub logo_url: Option<String>,
}

/// The configuration of a failed response: empty names, no modes, API versions or settings, and the
/// defaults for the rest.
impl Default for ConnectorConfiguration {
    fn default() -> Self {
        let mut configuration = Self::builder()
            .connector_owner("")
            .connector_name("")
            .connector_version("")
            .connector_modes(Vec::new())
            .supported_api_versions(Vec::new())
            .build();
        configuration.runtime_settings = None;
        configuration
    }
}

/// Whether a connector reads from its application, writes to it, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConnectorMode {
    /// AppFlow reads records through the connector.
    Source,
    /// AppFlow writes records through the connector.
    Destination,
}

/// What AppFlow can do with a field in filters and in the tasks of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are AppFlow's and say it all")]
pub enum ConnectorOperator {
    Projection,
    LessThan,
    GreaterThan,
    Between,
    LessThanOrEqualTo,
    GreaterThanOrEqualTo,
    EqualTo,
    Contains,
    NotEqualTo,
    Addition,
    Subtraction,
    Multiplication,
    Division,
    MaskAll,
    MaskFirstN,
    MaskLastN,
    ValidateNonNull,
    ValidateNonZero,
    ValidateNonNegative,
    ValidateNumeric,
    NoOp,
}

impl ConnectorOperator {
    /// Every operator: what a connector supports by default.
    pub const ALL: [Self; 21] = [
        Self::Projection,
        Self::LessThan,
        Self::GreaterThan,
        Self::Between,
        Self::LessThanOrEqualTo,
        Self::GreaterThanOrEqualTo,
        Self::EqualTo,
        Self::Contains,
        Self::NotEqualTo,
        Self::Addition,
        Self::Subtraction,
        Self::Multiplication,
        Self::Division,
        Self::MaskAll,
        Self::MaskFirstN,
        Self::MaskLastN,
        Self::ValidateNonNull,
        Self::ValidateNonZero,
        Self::ValidateNonNegative,
        Self::ValidateNumeric,
        Self::NoOp,
    ];
}

/// What a write does with its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WriteOperationType {
    /// Creates records.
    Insert,
    /// Changes records that exist.
    Update,
    /// Changes records that exist and creates the others.
    Upsert,
    /// Deletes records.
    Delete,
}

impl WriteOperationType {
    /// Every operation.
    pub const ALL: [Self; 4] = [Self::Insert, Self::Update, Self::Upsert, Self::Delete];

    /// Returns the name as it is written on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Upsert => "UPSERT",
            Self::Delete => "DELETE",
        }
    }
}

/// What a flow transfers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DataTransferType {
    /// Records.
    Record,
    /// Files.
    File,
}

/// How a flow is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TriggerType {
    /// By a schedule.
    Scheduled,
    /// By a user or an API call; `ONDEMAND` on the wire.
    OnDemand,
}

impl TriggerType {
    /// Every type.
    pub const ALL: [Self; 2] = [Self::Scheduled, Self::OnDemand];
}

/// How often a scheduled flow may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are AppFlow's and say it all")]
pub enum TriggerFrequency {
    ByMinute,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Once,
}

impl TriggerFrequency {
    /// Every frequency.
    pub const ALL: [Self; 6] = [
        Self::ByMinute,
        Self::Hourly,
        Self::Daily,
        Self::Weekly,
        Self::Monthly,
        Self::Once,
    ];
}
