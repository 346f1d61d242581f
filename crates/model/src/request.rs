use std::fmt;
use std::time::Duration;

use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::limits::{DATA_TIMEOUT, DEFAULT_PAGE_SIZE, METADATA_TIMEOUT};
use crate::{
    AuthenticationType, ConnectorContext, ConnectorRuntimeSettingScope, Credentials, Record,
    StringMap, WriteOperationType, lenient,
};

/// A request that AppFlow sends to a connector.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type")]
#[expect(
    missing_docs,
    reason = "each variant is documented by the request it holds"
)]
pub enum ConnectorRequest {
    #[serde(rename = "DescribeConnectorConfigurationRequest")]
    DescribeConnectorConfiguration(DescribeConnectorConfigurationRequest),
    #[serde(rename = "ValidateConnectorRuntimeSettingsRequest")]
    ValidateConnectorRuntimeSettings(ValidateConnectorRuntimeSettingsRequest),
    #[serde(rename = "ValidateCredentialsRequest")]
    ValidateCredentials(ValidateCredentialsRequest),
    #[serde(rename = "ListEntitiesRequest")]
    ListEntities(ListEntitiesRequest),
    #[serde(rename = "DescribeEntityRequest")]
    DescribeEntity(DescribeEntityRequest),
    #[serde(rename = "QueryDataRequest")]
    QueryData(QueryDataRequest),
    #[serde(rename = "RetrieveDataRequest")]
    RetrieveData(RetrieveDataRequest),
    #[serde(rename = "WriteDataRequest")]
    WriteData(WriteDataRequest),
}

/// The operations, by the `type` of their requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is documented by its request")]
pub enum RequestType {
    DescribeConnectorConfiguration,
    ValidateConnectorRuntimeSettings,
    ValidateCredentials,
    ListEntities,
    DescribeEntity,
    QueryData,
    RetrieveData,
    WriteData,
}

impl RequestType {
    /// Every operation.
    pub const ALL: [Self; 8] = [
        Self::DescribeConnectorConfiguration,
        Self::ValidateConnectorRuntimeSettings,
        Self::ValidateCredentials,
        Self::ListEntities,
        Self::DescribeEntity,
        Self::QueryData,
        Self::RetrieveData,
        Self::WriteData,
    ];

    /// The request's `type` on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DescribeConnectorConfiguration => "DescribeConnectorConfigurationRequest",
            Self::ValidateConnectorRuntimeSettings => "ValidateConnectorRuntimeSettingsRequest",
            Self::ValidateCredentials => "ValidateCredentialsRequest",
            Self::ListEntities => "ListEntitiesRequest",
            Self::DescribeEntity => "DescribeEntityRequest",
            Self::QueryData => "QueryDataRequest",
            Self::RetrieveData => "RetrieveDataRequest",
            Self::WriteData => "WriteDataRequest",
        }
    }

    /// How long AppFlow waits for the response: 30 s if records are read or written, 10 s
    /// otherwise.
    pub const fn time_limit(self) -> Duration {
        match self {
            Self::QueryData | Self::RetrieveData | Self::WriteData => DATA_TIMEOUT,
            Self::DescribeConnectorConfiguration
            | Self::ValidateConnectorRuntimeSettings
            | Self::ValidateCredentials
            | Self::ListEntities
            | Self::DescribeEntity => METADATA_TIMEOUT,
        }
    }
}

impl fmt::Display for RequestType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl ConnectorRequest {
    /// The operation.
    pub const fn request_type(&self) -> RequestType {
        match self {
            Self::DescribeConnectorConfiguration(_) => RequestType::DescribeConnectorConfiguration,
            Self::ValidateConnectorRuntimeSettings(_) => {
                RequestType::ValidateConnectorRuntimeSettings
            }
            Self::ValidateCredentials(_) => RequestType::ValidateCredentials,
            Self::ListEntities(_) => RequestType::ListEntities,
            Self::DescribeEntity(_) => RequestType::DescribeEntity,
            Self::QueryData(_) => RequestType::QueryData,
            Self::RetrieveData(_) => RequestType::RetrieveData,
            Self::WriteData(_) => RequestType::WriteData,
        }
    }

    /// Returns the `connectorContext` of a metadata or data request; configuration requests have
    /// none.
    pub const fn connector_context(&self) -> Option<&ConnectorContext> {
        match self {
            Self::DescribeConnectorConfiguration(_)
            | Self::ValidateConnectorRuntimeSettings(_)
            | Self::ValidateCredentials(_) => None,
            Self::ListEntities(request) => Some(&request.connector_context),
            Self::DescribeEntity(request) => Some(&request.connector_context),
            Self::QueryData(request) => Some(&request.connector_context),
            Self::RetrieveData(request) => Some(&request.connector_context),
            Self::WriteData(request) => Some(&request.connector_context),
        }
    }

    /// Returns where the credentials of this request are, if it has any.
    pub const fn credentials(&self) -> Option<&Credentials> {
        match self {
            Self::ValidateCredentials(request) => Some(&request.credentials),
            _ => match self.connector_context() {
                Some(context) => context.credentials.as_ref(),
                None => None,
            },
        }
    }
}

/// Asks for the connector's own configuration: what it can do, how to authenticate, which settings
/// it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct DescribeConnectorConfigurationRequest {
    /// The language for labels and descriptions. Default `en-US`.
    #[serde(default = "default_locale", deserialize_with = "locale")]
    #[builder(default = default_locale())]
    pub locale: String,
    /// The label under which the connector is registered.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub connector_label: Option<String>,
}

fn default_locale() -> String {
    "en-US".to_owned()
}

fn locale<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(lenient::optional(deserializer)?.unwrap_or_else(default_locale))
}

/// Asks whether the settings that a user entered are valid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
pub struct ValidateConnectorRuntimeSettingsRequest {
    /// Where the user entered them.
    pub scope: ConnectorRuntimeSettingScope,
    /// The settings, by key.
    #[serde(deserialize_with = "lenient::required_string_map")]
    pub connector_runtime_settings: StringMap,
    /// The kind of credentials that the connection has.
    pub authentication_type: Option<AuthenticationType>,
}

/// Asks whether the credentials of a connection are valid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
pub struct ValidateCredentialsRequest {
    /// Where they are.
    pub credentials: Credentials,
    /// The settings of scope CONNECTOR_PROFILE, by key.
    #[serde(default, deserialize_with = "lenient::string_map")]
    #[builder(default)]
    pub connector_runtime_settings: StringMap,
}

/// Asks for the entities of one level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct ListEntitiesRequest {
    /// Settings, credentials and flow.
    pub connector_context: ConnectorContext,
    /// The identifier of the parent entity; absent for the top level. At most 256 characters.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub entities_path: Option<String>,
    /// How many entities a page may hold; `maxResult`, singular, on the wire. Default 1,000.
    #[serde(
        default = "lenient::default_page_size",
        deserialize_with = "lenient::page_size"
    )]
    #[builder(default = DEFAULT_PAGE_SIZE)]
    pub max_result: u32,
    /// The token of the previous page; absent for the first.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub next_token: Option<String>,
}

/// Asks for the fields of an entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct DescribeEntityRequest {
    /// The entity.
    #[serde(deserialize_with = "lenient::scalar")]
    pub entity_identifier: String,
    /// Settings, credentials and flow.
    pub connector_context: ConnectorContext,
}

/// Asks for one page of the records that a filter selects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct QueryDataRequest {
    /// The entity.
    #[serde(deserialize_with = "lenient::scalar")]
    pub entity_identifier: String,
    /// Settings, credentials, flow and the entity's definition.
    pub connector_context: ConnectorContext,
    /// The fields to return; absent means all.
    #[serde(default, deserialize_with = "lenient::optional_strings")]
    pub selected_field_names: Option<Vec<String>>,
    /// A filter in AppFlow's filter language; absent means every record.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub filter_expression: Option<String>,
    /// The token of the previous page: `\S+`, at most 2,048 characters.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub next_token: Option<String>,
    /// How many records a page may hold. Default 1,000.
    #[serde(
        default = "lenient::default_page_size",
        deserialize_with = "lenient::page_size"
    )]
    #[builder(default = DEFAULT_PAGE_SIZE)]
    pub max_results: u32,
}

/// Asks for records by the values of a field that identifies them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct RetrieveDataRequest {
    /// The entity.
    #[serde(deserialize_with = "lenient::scalar")]
    pub entity_identifier: String,
    /// Settings, credentials, flow and the entity's definition.
    pub connector_context: ConnectorContext,
    /// The fields to return; absent means all.
    #[serde(default, deserialize_with = "lenient::optional_strings")]
    pub selected_field_names: Option<Vec<String>>,
    /// The field that `ids` are values of.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub id_field_name: Option<String>,
    /// The values.
    #[serde(default, deserialize_with = "lenient::optional_strings")]
    pub ids: Option<Vec<String>>,
}

/// Asks to write records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct WriteDataRequest {
    /// The entity.
    #[serde(deserialize_with = "lenient::scalar")]
    pub entity_identifier: String,
    /// Settings, credentials, flow and the entity's definition.
    pub connector_context: ConnectorContext,
    /// What to do with the records. Required in the Java SDK, optional in Python's.
    pub operation: Option<WriteOperationType>,
    /// The fields that identify a record, for UPDATE, UPSERT and DELETE.
    #[serde(default, deserialize_with = "lenient::optional_strings")]
    pub id_field_names: Option<Vec<String>>,
    /// The records; absent means none.
    #[serde(default, deserialize_with = "lenient::records")]
    #[builder(default)]
    pub records: Vec<Record>,
    /// Whether all records must be written or none.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub all_or_none: Option<bool>,
}
