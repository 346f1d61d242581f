//! The eight responses as they are on the wire.
//!
//! Field by field, so that tools can read whatever a connector returns, right or wrong. A
//! connector's author never makes one: handlers return a result or a
//! [`ConnectorError`](crate::ConnectorError), and the runtime makes the response.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{
    AuthenticationConfig, CacheControl, ConnectorConfiguration, ConnectorError, ConnectorMode,
    ConnectorOperator, ConnectorRuntimeSetting, DataTransferType, Entity, EntityDefinition,
    ErrorCode, ErrorDetails, Record, StringMap, TriggerFrequency, TriggerType, WriteOperationType,
    lenient,
};

/// One of the eight responses.
pub trait Response: Default + Serialize + DeserializeOwned {
    /// Returns the response of an operation that failed. Its content is empty.
    fn failure(error: ConnectorError) -> Self;

    /// Returns the response if the operation succeeded.
    ///
    /// A write of which some records failed is not an error: it is returned with `is_success` false
    /// and the result of each record.
    ///
    /// # Errors
    /// The error that the connector reports in `errorDetails`.
    /// [`ErrorCode::UnknownError`](crate::ErrorCode::UnknownError) if it reports a failure without
    /// `errorDetails`.
    fn into_result(self) -> Result<Self, ConnectorError>;
}

/// The error of a response, if it is a failure.
fn check(is_success: bool, details: Option<&ErrorDetails>) -> Result<(), ConnectorError> {
    match details {
        _ if is_success => Ok(()),
        Some(details) => Err(details.clone().into()),
        None => Err(ConnectorError::unknown_error(
            "the connector reports a failure (`isSuccess` is false) without `errorDetails`",
        )),
    }
}

/// The connector's configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "ConfigurationOnTheWire")]
pub struct DescribeConnectorConfigurationResponse {
    /// Whether the operation succeeded.
    pub is_success: bool,
    /// Why it failed.
    pub error_details: Option<ErrorDetails>,
    /// The configuration; on the wire, its fields are the response's own. After a failure they may
    /// have no meaning.
    #[serde(flatten)]
    pub configuration: ConnectorConfiguration,
}

/// [`DescribeConnectorConfigurationResponse`] as it is read: every field of the configuration may
/// be absent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigurationOnTheWire {
    #[serde(deserialize_with = "lenient::scalar")]
    is_success: bool,
    error_details: Option<ErrorDetails>,
    #[serde(default, deserialize_with = "lenient::optional")]
    connector_owner: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    connector_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    connector_version: Option<String>,
    connector_modes: Option<Vec<ConnectorMode>>,
    authentication_config: Option<AuthenticationConfig>,
    connector_runtime_setting: Option<Vec<ConnectorRuntimeSetting>>,
    #[serde(default, deserialize_with = "lenient::optional_strings")]
    supported_api_versions: Option<Vec<String>>,
    operators_supported: Option<Vec<ConnectorOperator>>,
    trigger_frequencies_supported: Option<Vec<TriggerFrequency>>,
    supported_trigger_types: Option<Vec<TriggerType>>,
    supported_write_operations: Option<Vec<WriteOperationType>>,
    supported_data_transfer_types: Option<Vec<DataTransferType>>,
    #[serde(rename = "logoURL")]
    #[serde(default, deserialize_with = "lenient::optional")]
    logo_url: Option<String>,
}

impl From<ConfigurationOnTheWire> for DescribeConnectorConfigurationResponse {
    fn from(wire: ConfigurationOnTheWire) -> Self {
        let mut configuration = ConnectorConfiguration::builder()
            .connector_owner(wire.connector_owner.unwrap_or_default())
            .connector_name(wire.connector_name.unwrap_or_default())
            .connector_version(wire.connector_version.unwrap_or_default())
            .connector_modes(wire.connector_modes.unwrap_or_default())
            .maybe_authentication_config(wire.authentication_config)
            .supported_api_versions(wire.supported_api_versions.unwrap_or_default())
            .maybe_operators_supported(wire.operators_supported)
            .maybe_trigger_frequencies_supported(wire.trigger_frequencies_supported)
            .maybe_supported_trigger_types(wire.supported_trigger_types)
            .maybe_supported_write_operations(wire.supported_write_operations)
            .maybe_supported_data_transfer_types(wire.supported_data_transfer_types)
            .maybe_logo_url(wire.logo_url)
            .build();
        configuration.runtime_settings = wire.connector_runtime_setting;
        Self {
            is_success: wire.is_success,
            error_details: wire.error_details,
            configuration,
        }
    }
}

impl Response for DescribeConnectorConfigurationResponse {
    fn failure(error: ConnectorError) -> Self {
        Self {
            error_details: Some(error.into()),
            ..Self::default()
        }
    }

    fn into_result(self) -> Result<Self, ConnectorError> {
        check(self.is_success, self.error_details.as_ref())?;
        Ok(self)
    }
}

/// Whether a user's settings are valid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValidateConnectorRuntimeSettingsResponse {
    /// Whether the settings are valid.
    #[serde(deserialize_with = "lenient::scalar")]
    pub is_success: bool,
    /// Why not.
    pub error_details: Option<ErrorDetails>,
    /// What is wrong with each invalid setting, by its key.
    #[serde(default, deserialize_with = "lenient::optional_string_map")]
    pub errors_by_input_field: Option<StringMap>,
}

/// A failure without `errorDetails` is an InvalidArgument that names the settings in
/// `errorsByInputField`.
impl Response for ValidateConnectorRuntimeSettingsResponse {
    fn failure(error: ConnectorError) -> Self {
        Self {
            error_details: Some(error.into()),
            ..Self::default()
        }
    }

    fn into_result(self) -> Result<Self, ConnectorError> {
        let errors = self.errors_by_input_field.as_ref();
        if let Some(errors) = errors.filter(|errors| !errors.is_empty())
            && !self.is_success
            && self.error_details.is_none()
        {
            let errors: Vec<String> = errors
                .iter()
                .map(|(key, error)| format!("{key}: {error}"))
                .collect();
            return Err(ConnectorError::invalid_argument(format!(
                "settings are not valid: {}",
                errors.join("; ")
            )));
        }
        check(self.is_success, self.error_details.as_ref())?;
        Ok(self)
    }
}

/// Whether a connection's credentials are valid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValidateCredentialsResponse {
    /// Whether the credentials are valid.
    #[serde(deserialize_with = "lenient::scalar")]
    pub is_success: bool,
    /// Why not.
    pub error_details: Option<ErrorDetails>,
}

impl Response for ValidateCredentialsResponse {
    fn failure(error: ConnectorError) -> Self {
        Self {
            error_details: Some(error.into()),
            ..Self::default()
        }
    }

    fn into_result(self) -> Result<Self, ConnectorError> {
        check(self.is_success, self.error_details.as_ref())?;
        Ok(self)
    }
}

/// A page of the entities of one level.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListEntitiesResponse {
    /// Whether the operation succeeded.
    #[serde(deserialize_with = "lenient::scalar")]
    pub is_success: bool,
    /// Why it failed.
    pub error_details: Option<ErrorDetails>,
    /// The entities.
    pub entities: Option<Vec<Entity>>,
    /// The token for the next page; absent on the last.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub next_token: Option<String>,
    /// How long AppFlow may cache the list.
    pub cache_control: Option<CacheControl>,
}

impl Response for ListEntitiesResponse {
    fn failure(error: ConnectorError) -> Self {
        Self {
            error_details: Some(error.into()),
            ..Self::default()
        }
    }

    fn into_result(self) -> Result<Self, ConnectorError> {
        check(self.is_success, self.error_details.as_ref())?;
        Ok(self)
    }
}

/// An entity and its fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeEntityResponse {
    /// Whether the operation succeeded.
    #[serde(deserialize_with = "lenient::scalar")]
    pub is_success: bool,
    /// Why it failed.
    pub error_details: Option<ErrorDetails>,
    /// The entity.
    pub entity_definition: Option<EntityDefinition>,
    /// How long AppFlow may cache it.
    pub cache_control: Option<CacheControl>,
}

impl Response for DescribeEntityResponse {
    fn failure(error: ConnectorError) -> Self {
        Self {
            error_details: Some(error.into()),
            ..Self::default()
        }
    }

    fn into_result(self) -> Result<Self, ConnectorError> {
        check(self.is_success, self.error_details.as_ref())?;
        Ok(self)
    }
}

/// A page of records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryDataResponse {
    /// Whether the operation succeeded.
    #[serde(deserialize_with = "lenient::scalar")]
    pub is_success: bool,
    /// Why it failed.
    pub error_details: Option<ErrorDetails>,
    /// The records.
    pub records: Option<Vec<Record>>,
    /// The token for the next page: `\S+`, at most 2,048 characters; absent on the last.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub next_token: Option<String>,
}

impl Response for QueryDataResponse {
    fn failure(error: ConnectorError) -> Self {
        Self {
            error_details: Some(error.into()),
            ..Self::default()
        }
    }

    fn into_result(self) -> Result<Self, ConnectorError> {
        check(self.is_success, self.error_details.as_ref())?;
        Ok(self)
    }
}

/// The records with the requested ids.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetrieveDataResponse {
    /// Whether the operation succeeded.
    #[serde(deserialize_with = "lenient::scalar")]
    pub is_success: bool,
    /// Why it failed.
    pub error_details: Option<ErrorDetails>,
    /// The records.
    pub records: Option<Vec<Record>>,
}

impl Response for RetrieveDataResponse {
    fn failure(error: ConnectorError) -> Self {
        Self {
            error_details: Some(error.into()),
            ..Self::default()
        }
    }

    fn into_result(self) -> Result<Self, ConnectorError> {
        check(self.is_success, self.error_details.as_ref())?;
        Ok(self)
    }
}

/// The result of each record of a write.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteDataResponse {
    /// Whether every record was written.
    #[serde(deserialize_with = "lenient::scalar")]
    pub is_success: bool,
    /// Why the write failed; PartialWriteFailure if some records failed.
    pub error_details: Option<ErrorDetails>,
    /// One result per record, in the order of the request.
    pub write_record_results: Option<Vec<WriteRecordResult>>,
}

/// A write that failed for some records is returned, because its results say which: `errorDetails`
/// has the code PartialWriteFailure, or is absent, and there are results.
impl Response for WriteDataResponse {
    fn failure(error: ConnectorError) -> Self {
        Self {
            error_details: Some(error.into()),
            ..Self::default()
        }
    }

    fn into_result(self) -> Result<Self, ConnectorError> {
        let code = self
            .error_details
            .as_ref()
            .map(|details| details.error_code);
        let has_results = self
            .write_record_results
            .as_ref()
            .is_some_and(|results| !results.is_empty());
        if !(has_results && code.is_none_or(|code| code == ErrorCode::PartialWriteFailure)) {
            check(self.is_success, self.error_details.as_ref())?;
        }
        Ok(self)
    }
}

/// The result of one record of a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteRecordResult {
    /// Whether the record was written.
    #[serde(deserialize_with = "lenient::scalar")]
    pub is_success: bool,
    /// The application's id of the record.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub record_id: Option<String>,
    /// Why it was not written.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub error_message: Option<String>,
}

impl WriteRecordResult {
    /// Returns the result of a record that was written, with the application's id of it.
    pub fn written(record_id: impl Into<String>) -> Self {
        Self {
            is_success: true,
            record_id: Some(record_id.into()),
            error_message: None,
        }
    }

    /// Returns the result of a record that was not written, with the reason.
    pub fn failed(message: impl Into<String>) -> Self {
        Self {
            is_success: false,
            record_id: None,
            error_message: Some(message.into()),
        }
    }
}
