use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::lenient;

/// A setting that the connector needs and AppFlow asks its user for, such as `instanceUrl`.
///
/// The values come back in `connectorRuntimeSettings` of every request, as strings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct ConnectorRuntimeSetting {
    /// Its name: `[\w]+`, at most 128 characters.
    #[serde(deserialize_with = "lenient::scalar")]
    pub key: String,
    /// The type of its value.
    pub data_type: ConnectorRuntimeSettingDataType,
    /// Whether a user must give it.
    #[serde(deserialize_with = "lenient::scalar")]
    pub required: bool,
    /// What the console shows beside the input.
    #[serde(deserialize_with = "lenient::scalar")]
    pub label: String,
    /// The longer explanation.
    #[serde(deserialize_with = "lenient::scalar")]
    pub description: String,
    /// Where a user is asked for it.
    pub scope: ConnectorRuntimeSettingScope,
    /// The values to choose from, if not free.
    #[serde(default, deserialize_with = "lenient::optional_strings")]
    pub connector_supplied_value_options: Option<Vec<String>>,
}

/// The type of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are AppFlow's and say it all")]
pub enum ConnectorRuntimeSettingDataType {
    String,
    Date,
    DateTime,
    Long,
    Integer,
    Boolean,
    Url,
}

/// Where AppFlow asks for a setting, and with which request it comes to be validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConnectorRuntimeSettingScope {
    /// With the connection.
    ConnectorProfile,
    /// With the source of a flow.
    Source,
    /// With the destination of a flow.
    Destination,
    /// With both.
    SourceAndDestination,
}
