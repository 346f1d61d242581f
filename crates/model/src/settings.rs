use std::ops::RangeInclusive;

use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::lenient;

/// A setting that AppFlow asks its user for, such as `instanceUrl`.
///
/// The values are in `connectorRuntimeSettings` of every request, as strings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Builder)]
#[serde(rename_all = "camelCase")]
#[builder(on(String, into))]
pub struct ConnectorRuntimeSetting {
    /// Its name: `[\w]+`, at most 128 characters.
    #[serde(deserialize_with = "lenient::scalar")]
    pub key: String,
    /// The type of its value.
    pub data_type: ConnectorRuntimeSettingDataType,
    /// Whether a user must provide it.
    #[serde(deserialize_with = "lenient::scalar")]
    pub required: bool,
    /// The name that the AppFlow console shows.
    #[serde(deserialize_with = "lenient::scalar")]
    pub label: String,
    /// The description that the console shows.
    #[serde(deserialize_with = "lenient::scalar")]
    pub description: String,
    /// Where a user is asked for it.
    pub scope: ConnectorRuntimeSettingScope,
    /// The values to choose from; absent if any value is allowed.
    #[serde(default, deserialize_with = "lenient::optional_strings")]
    pub connector_supplied_value_options: Option<Vec<String>>,
    /// The range of a whole number. It is not on the wire: the connector's own check uses it.
    #[serde(skip)]
    pub value_range: Option<RangeInclusive<i64>>,
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

/// Where AppFlow asks for a setting, and in which request it is validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConnectorRuntimeSettingScope {
    /// In the settings of the connection.
    ConnectorProfile,
    /// In the settings of a flow's source.
    Source,
    /// In the settings of a flow's destination.
    Destination,
    /// In the settings of a flow's source and its destination.
    SourceAndDestination,
}
