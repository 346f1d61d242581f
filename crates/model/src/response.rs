//! The eight responses as they stand on the wire.
//!
//! Field by field, so that tools can read whatever a connector answered, right or wrong. A connector's author never makes one:
//! handlers return a good answer or a [`ConnectorError`](crate::ConnectorError), and the runtime makes the response.

use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::{
    AuthenticationConfig, CacheControl, ConnectorMode, ConnectorOperator, ConnectorRuntimeSetting,
    DataTransferType, Entity, EntityDefinition, ErrorDetails, Record, StringMap, TriggerFrequency,
    TriggerType, WriteOperationType, lenient,
};

/// What a connector can do, how to authenticate, which settings it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(
    rename_all = "camelCase",
    from = "DescribeConnectorConfigurationOnTheWire"
)]
#[builder(on(String, into))]
pub struct DescribeConnectorConfigurationResponse {
    /// Whether the operation went well.
    pub is_success: bool,
    /// What went wrong.
    pub error_details: Option<ErrorDetails>,
    /// Who owns the connector.
    pub connector_owner: String,
    /// Its name.
    pub connector_name: String,
    /// Its version.
    pub connector_version: String,
    /// Whether it reads, writes or both.
    pub connector_modes: Vec<ConnectorMode>,
    /// How to authenticate.
    pub authentication_config: Option<AuthenticationConfig>,
    /// The settings that AppFlow asks for. A list, under a singular name.
    pub connector_runtime_setting: Option<Vec<ConnectorRuntimeSetting>>,
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
    /// A picture of the application; https.
    #[serde(rename = "logoURL")]
    pub logo_url: Option<String>,
}

/// [`DescribeConnectorConfigurationResponse`] as it is read: most of its lists may be absent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeConnectorConfigurationOnTheWire {
    is_success: bool,
    error_details: Option<ErrorDetails>,
    #[serde(default, deserialize_with = "lenient::null_as_default")]
    connector_owner: String,
    #[serde(default, deserialize_with = "lenient::null_as_default")]
    connector_name: String,
    #[serde(default, deserialize_with = "lenient::null_as_default")]
    connector_version: String,
    #[serde(default, deserialize_with = "lenient::null_as_default")]
    connector_modes: Vec<ConnectorMode>,
    authentication_config: Option<AuthenticationConfig>,
    connector_runtime_setting: Option<Vec<ConnectorRuntimeSetting>>,
    #[serde(default, deserialize_with = "lenient::null_as_default")]
    supported_api_versions: Vec<String>,
    operators_supported: Option<Vec<ConnectorOperator>>,
    trigger_frequencies_supported: Option<Vec<TriggerFrequency>>,
    supported_trigger_types: Option<Vec<TriggerType>>,
    supported_write_operations: Option<Vec<WriteOperationType>>,
    supported_data_transfer_types: Option<Vec<DataTransferType>>,
    #[serde(rename = "logoURL")]
    logo_url: Option<String>,
}

impl From<DescribeConnectorConfigurationOnTheWire> for DescribeConnectorConfigurationResponse {
    fn from(wire: DescribeConnectorConfigurationOnTheWire) -> Self {
        Self::builder()
            .is_success(wire.is_success)
            .maybe_error_details(wire.error_details)
            .connector_owner(wire.connector_owner)
            .connector_name(wire.connector_name)
            .connector_version(wire.connector_version)
            .connector_modes(wire.connector_modes)
            .maybe_authentication_config(wire.authentication_config)
            .maybe_connector_runtime_setting(wire.connector_runtime_setting)
            .supported_api_versions(wire.supported_api_versions)
            .maybe_operators_supported(wire.operators_supported)
            .maybe_trigger_frequencies_supported(wire.trigger_frequencies_supported)
            .maybe_supported_trigger_types(wire.supported_trigger_types)
            .maybe_supported_write_operations(wire.supported_write_operations)
            .maybe_supported_data_transfer_types(wire.supported_data_transfer_types)
            .maybe_logo_url(wire.logo_url)
            .build()
    }
}

/// Whether a user's settings are good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValidateConnectorRuntimeSettingsResponse {
    /// Whether they are.
    pub is_success: bool,
    /// What went wrong.
    pub error_details: Option<ErrorDetails>,
    /// What is wrong with each bad setting, by its key.
    #[serde(default, deserialize_with = "lenient::optional_string_map")]
    pub errors_by_input_field: Option<StringMap>,
}

/// Whether a connection's credentials are good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValidateCredentialsResponse {
    /// Whether they are.
    pub is_success: bool,
    /// What went wrong.
    pub error_details: Option<ErrorDetails>,
}

/// A page of the entities on one level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListEntitiesResponse {
    /// Whether the operation went well.
    pub is_success: bool,
    /// What went wrong.
    pub error_details: Option<ErrorDetails>,
    /// The entities.
    pub entities: Option<Vec<Entity>>,
    /// The token for the next page; absent on the last.
    pub next_token: Option<String>,
    /// How long AppFlow may keep the list.
    pub cache_control: Option<CacheControl>,
}

/// An entity and its fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeEntityResponse {
    /// Whether the operation went well.
    pub is_success: bool,
    /// What went wrong.
    pub error_details: Option<ErrorDetails>,
    /// The entity.
    pub entity_definition: Option<EntityDefinition>,
    /// How long AppFlow may keep it.
    pub cache_control: Option<CacheControl>,
}

/// A page of records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryDataResponse {
    /// Whether the operation went well.
    pub is_success: bool,
    /// What went wrong.
    pub error_details: Option<ErrorDetails>,
    /// The records.
    pub records: Option<Vec<Record>>,
    /// The token for the next page: `\S+`, at most 2,048 characters; absent on the last.
    pub next_token: Option<String>,
}

/// The records with the ids that were asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetrieveDataResponse {
    /// Whether the operation went well.
    pub is_success: bool,
    /// What went wrong.
    pub error_details: Option<ErrorDetails>,
    /// The records.
    pub records: Option<Vec<Record>>,
}

/// What became of each record of a write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteDataResponse {
    /// Whether every record was written.
    pub is_success: bool,
    /// What went wrong; PartialWriteFailure when some records failed.
    pub error_details: Option<ErrorDetails>,
    /// One result per record, in the order of the request.
    pub write_record_results: Option<Vec<WriteRecordResult>>,
}

/// What became of one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteRecordResult {
    /// Whether it was written.
    pub is_success: bool,
    /// The application's id of the record.
    pub record_id: Option<String>,
    /// What went wrong.
    pub error_message: Option<String>,
}
