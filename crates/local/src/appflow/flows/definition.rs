//! What a flow does: the members of CreateFlow that a run reads, with the wire's names in snake
//! case. Enumerations are texts, because the model has checked them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::wire::timestamp::Timestamp;

/// Source, destination, tasks and trigger of a flow.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FlowDefinition {
    pub(crate) flow_name: String,
    pub(crate) trigger_config: TriggerConfig,
    pub(crate) source_flow_config: SourceFlowConfig,
    /// One, as CreateFlow checks.
    pub(crate) destination_flow_config_list: Vec<DestinationFlowConfig>,
    pub(crate) tasks: Vec<Task>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TriggerConfig {
    /// `OnDemand` or `Scheduled`.
    pub(crate) trigger_type: String,
    pub(crate) trigger_properties: Option<TriggerProperties>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct TriggerProperties {
    #[serde(rename = "Scheduled")]
    pub(crate) scheduled: Option<ScheduledTriggerProperties>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScheduledTriggerProperties {
    pub(crate) schedule_expression: String,
    /// `Incremental` or `Complete`.
    pub(crate) data_pull_mode: Option<String>,
    pub(crate) schedule_start_time: Option<Timestamp>,
    pub(crate) schedule_end_time: Option<Timestamp>,
    pub(crate) timezone: Option<String>,
    /// In seconds.
    pub(crate) schedule_offset: Option<u64>,
    pub(crate) first_execution_from: Option<Timestamp>,
    pub(crate) flow_error_deactivation_threshold: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceFlowConfig {
    /// `CustomConnector` or `S3`.
    pub(crate) connector_type: String,
    pub(crate) api_version: Option<String>,
    pub(crate) connector_profile_name: Option<String>,
    pub(crate) source_connector_properties: SourceConnectorProperties,
    pub(crate) incremental_pull_config: Option<IncrementalPullConfig>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IncrementalPullConfig {
    pub(crate) datetime_type_field_name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct SourceConnectorProperties {
    #[serde(rename = "CustomConnector")]
    pub(crate) custom_connector: Option<CustomConnectorSource>,
    #[serde(rename = "S3")]
    pub(crate) s3: Option<S3Source>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomConnectorSource {
    pub(crate) entity_name: String,
    #[serde(default)]
    pub(crate) custom_properties: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct S3Source {
    pub(crate) bucket_name: String,
    pub(crate) bucket_prefix: Option<String>,
    pub(crate) s3_input_format_config: Option<S3InputFormatConfig>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct S3InputFormatConfig {
    /// `CSV` or `JSON`.
    pub(crate) s3_input_file_type: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DestinationFlowConfig {
    /// `CustomConnector` or `S3`.
    pub(crate) connector_type: String,
    pub(crate) api_version: Option<String>,
    pub(crate) connector_profile_name: Option<String>,
    pub(crate) destination_connector_properties: DestinationConnectorProperties,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct DestinationConnectorProperties {
    #[serde(rename = "CustomConnector")]
    pub(crate) custom_connector: Option<CustomConnectorDestination>,
    #[serde(rename = "S3")]
    pub(crate) s3: Option<S3Destination>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomConnectorDestination {
    pub(crate) entity_name: String,
    pub(crate) error_handling_config: Option<ErrorHandlingConfig>,
    /// `INSERT`, `UPDATE`, `UPSERT` or `DELETE`.
    pub(crate) write_operation_type: Option<String>,
    pub(crate) id_field_names: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) custom_properties: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorHandlingConfig {
    pub(crate) fail_on_first_destination_error: Option<bool>,
    pub(crate) bucket_prefix: Option<String>,
    pub(crate) bucket_name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct S3Destination {
    pub(crate) bucket_name: String,
    pub(crate) bucket_prefix: Option<String>,
    pub(crate) s3_output_format_config: Option<S3OutputFormatConfig>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct S3OutputFormatConfig {
    /// `CSV`, `JSON` or `PARQUET`.
    pub(crate) file_type: Option<String>,
    pub(crate) prefix_config: Option<PrefixConfig>,
    pub(crate) aggregation_config: Option<AggregationConfig>,
    pub(crate) preserve_source_data_typing: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PrefixConfig {
    /// `FILENAME`, `PATH` or `PATH_AND_FILENAME`.
    pub(crate) prefix_type: Option<String>,
    /// `YEAR`, `MONTH`, `DAY`, `HOUR` or `MINUTE`.
    pub(crate) prefix_format: Option<String>,
    /// Of `EXECUTION_ID` and `SCHEMA_VERSION`.
    pub(crate) path_prefix_hierarchy: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AggregationConfig {
    /// `None` or `SingleFile`.
    pub(crate) aggregation_type: Option<String>,
    /// In MB.
    pub(crate) target_file_size: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the wire's")]
pub(crate) struct Task {
    pub(crate) source_fields: Vec<String>,
    /// One key, the connector's name in the model, with the operator.
    #[serde(default)]
    pub(crate) connector_operator: BTreeMap<String, String>,
    pub(crate) destination_field: Option<String>,
    pub(crate) task_type: String,
    #[serde(default)]
    pub(crate) task_properties: BTreeMap<String, String>,
}

impl Task {
    /// Returns the operator, whatever connector it is given for; `NO_OP` without one.
    pub(crate) fn operator(&self) -> &str {
        let first = self.connector_operator.values().next();
        first.map_or("NO_OP", String::as_str)
    }

    /// Returns one of the task's properties.
    pub(crate) fn property(&self, key: &str) -> Option<&str> {
        self.task_properties.get(key).map(String::as_str)
    }
}

impl FlowDefinition {
    /// Returns the flow's destination.
    pub(crate) fn destination(&self) -> &DestinationFlowConfig {
        &self.destination_flow_config_list[0]
    }
}
