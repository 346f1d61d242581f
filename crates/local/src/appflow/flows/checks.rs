//! What CreateFlow and UpdateFlow check after the constraints, in AppFlow's order: what is not
//! emulated, profile, trigger, tasks, Amazon S3, connector.

use std::sync::Arc;

use appflow_connector_model::{
    ConnectorMode, ConnectorRuntimeSettingScope, EntityDefinition, StringMap, TriggerFrequency,
    TriggerType, WriteOperationType,
};
use serde_json::Value;

use crate::appflow::caller::CallFailure;
use crate::appflow::context::AppFlow;
use crate::appflow::error;
use crate::appflow::flows::definition::FlowDefinition;
use crate::appflow::metadata::entities;
use crate::appflow::profiles::connection::Connection;
use crate::appflow::profiles::validation;
use crate::appflow::schedule;
use crate::appflow::tasks;
use crate::wire::error::ServiceError;

/// How the operation words a refusal.
#[derive(Clone, Copy)]
pub(super) enum Operation {
    Create,
    Update,
}

impl Operation {
    /// The error of a flow that is not valid for these reasons.
    pub(super) fn refuse(self, problems: &[String]) -> ServiceError {
        let problems = problems.join(", ");
        error::validation(match self {
            Self::Create => format!("Create Flow request failed: [{problems}]"),
            Self::Update => format!("Update Flow request failed due to:[{problems}]"),
        })
    }
}

/// A side of a flow that is a custom connector.
pub(super) struct CustomSide {
    pub(super) connection: Connection,
    custom_properties: StringMap,
    mode: ConnectorMode,
    entity: Result<Arc<EntityDefinition>, CallFailure>,
}

/// The custom connectors of a flow; a side without one is Amazon S3.
pub(super) struct Sides {
    pub(super) source: Option<CustomSide>,
    pub(super) destination: Option<CustomSide>,
}

/// Refuses by name what appflow-local does not emulate.
pub(super) fn check_emulated(
    request: &Value,
    definition: &FlowDefinition,
) -> Result<(), ServiceError> {
    let refuse = |what: String| Err(error::validation(what));
    let sides = [
        ("source", &definition.source_flow_config.connector_type),
        ("destination", &definition.destination().connector_type),
    ];
    for (side, connector_type) in sides {
        if !["S3", "CustomConnector"].contains(&connector_type.as_str()) {
            return refuse(format!(
                "The {side} connector type {connector_type} is not emulated. Available are S3 and \
                 CustomConnector."
            ));
        }
    }
    if definition.destination_flow_config_list.len() > 1 {
        return refuse("A flow can have one destination.".to_owned());
    }
    if definition.trigger_config.trigger_type == "Event" {
        return refuse(
            "The trigger type Event is not emulated. Available are OnDemand and Scheduled."
                .to_owned(),
        );
    }
    if request.get("metadataCatalogConfig").is_some() {
        return refuse("metadataCatalogConfig is not emulated.".to_owned());
    }
    let transfer =
        "/sourceFlowConfig/sourceConnectorProperties/CustomConnector/dataTransferApi/Type";
    if let Some("ASYNC") = request.pointer(transfer).and_then(Value::as_str) {
        return refuse("The data transfer API type ASYNC is not emulated.".to_owned());
    }
    Ok(())
}

/// Finds the connections of a flow and asks their connectors for the entities.
pub(super) async fn sides(
    appflow: &AppFlow,
    definition: &FlowDefinition,
) -> Result<Sides, ServiceError> {
    let source = &definition.source_flow_config;
    let custom = source.source_connector_properties.custom_connector.as_ref();
    let source_side = match (source.connector_type.as_str(), custom) {
        ("CustomConnector", Some(custom)) => Some(Given {
            profile: source.connector_profile_name.as_deref(),
            api_version: source.api_version.as_deref(),
            entity: &custom.entity_name,
            properties: &custom.custom_properties,
            mode: ConnectorMode::Source,
        }),
        ("CustomConnector", None) => return Err(lacking("source", "CustomConnector")),
        _ if source.source_connector_properties.s3.is_none() => {
            return Err(lacking("source", "S3"));
        }
        _ => None,
    };
    let destination = definition.destination();
    let properties = &destination.destination_connector_properties;
    let custom = properties.custom_connector.as_ref();
    let destination_side = match (destination.connector_type.as_str(), custom) {
        ("CustomConnector", Some(custom)) => Some(Given {
            profile: destination.connector_profile_name.as_deref(),
            api_version: destination.api_version.as_deref(),
            entity: &custom.entity_name,
            properties: &custom.custom_properties,
            mode: ConnectorMode::Destination,
        }),
        ("CustomConnector", None) => return Err(lacking("destination", "CustomConnector")),
        _ if properties.s3.is_none() => return Err(lacking("destination", "S3")),
        _ => None,
    };
    // Both profiles, before any connector is called.
    let source = given_connection(appflow, source_side).await?;
    let destination = given_connection(appflow, destination_side).await?;
    Ok(Sides {
        source: described(source).await,
        destination: described(destination).await,
    })
}

fn lacking(side: &str, name: &str) -> ServiceError {
    error::validation(format!(
        "{side}ConnectorProperties.{name} is required for the {side} connector type {name}."
    ))
}

struct Given<'a> {
    profile: Option<&'a str>,
    api_version: Option<&'a str>,
    entity: &'a str,
    properties: &'a StringMap,
    mode: ConnectorMode,
}

async fn given_connection<'a>(
    appflow: &AppFlow,
    given: Option<Given<'a>>,
) -> Result<Option<(Given<'a>, Connection)>, ServiceError> {
    let Some(given) = given else {
        return Ok(None);
    };
    let Some(profile) = given.profile else {
        return Err(error::validation(
            "connectorProfileName is required for the connector type CustomConnector.",
        ));
    };
    let connection = Connection::load(appflow, profile).await?;
    Ok(Some((given, connection)))
}

async fn described(side: Option<(Given<'_>, Connection)>) -> Option<CustomSide> {
    let (given, connection) = side?;
    let entity = entities::describe(&connection, given.api_version, given.entity).await;
    Some(CustomSide {
        custom_properties: given.properties.clone(),
        mode: given.mode,
        connection,
        entity,
    })
}

impl Sides {
    /// Checks trigger and tasks.
    pub(super) fn check_definition(
        &self,
        operation: Operation,
        definition: &FlowDefinition,
    ) -> Result<(), ServiceError> {
        schedule::check(&definition.trigger_config)
            .map_err(|problem| operation.refuse(&[problem]))?;
        let entity = |side: &Option<CustomSide>| match side {
            None => Some(None),
            Some(side) => side.entity.as_ref().ok().cloned().map(Some),
        };
        // Without an entity the tasks can't be judged; the connector's error comes later.
        let (Some(source), Some(destination)) = (entity(&self.source), entity(&self.destination))
        else {
            return Ok(());
        };
        let problems = tasks::check(definition, source.as_deref(), destination.as_deref());
        if problems.is_empty() {
            Ok(())
        } else {
            Err(operation.refuse(&problems))
        }
    }

    /// Checks both sides with their connectors.
    pub(super) async fn check_connectors(
        self,
        operation: Operation,
        definition: &FlowDefinition,
    ) -> Result<(), ServiceError> {
        for side in [self.source, self.destination].into_iter().flatten() {
            side.check(operation, definition).await?;
        }
        Ok(())
    }
}

impl CustomSide {
    async fn check(
        self,
        operation: Operation,
        definition: &FlowDefinition,
    ) -> Result<(), ServiceError> {
        if let Err(failure) = self.entity {
            return Err(failure.into_error());
        }
        let configuration = self.connection.connector.configuration();
        let (scope, name) = match self.mode {
            ConnectorMode::Source => (ConnectorRuntimeSettingScope::Source, "source"),
            ConnectorMode::Destination => {
                (ConnectorRuntimeSettingScope::Destination, "destination")
            }
        };
        let label = &self.connection.connector.label;
        if !configuration.connector_modes.contains(&self.mode) {
            return Err(
                operation.refuse(&[format!("The connector {label} cannot be used as a {name}")])
            );
        }
        validation::check_required(
            configuration,
            &[scope, ConnectorRuntimeSettingScope::SourceAndDestination],
            &self.custom_properties,
            "customProperties",
        )?;
        let credentials = self.connection.profile.credentials.as_ref();
        validation::validate_settings(
            &self.connection.appflow.functions,
            &self.connection.connector.function,
            scope,
            &self.custom_properties,
            credentials.map(|credentials| credentials.authentication_type),
        )
        .await?;
        let problem = match self.mode {
            ConnectorMode::Source => check_trigger(
                definition,
                &configuration.supported_trigger_types,
                &configuration.trigger_frequencies_supported,
            ),
            ConnectorMode::Destination => {
                check_write(definition, &configuration.supported_write_operations)
            }
        };
        problem.map_or(Ok(()), |problem| Err(operation.refuse(&[problem])))
    }
}

fn check_write(definition: &FlowDefinition, supported: &[WriteOperationType]) -> Option<String> {
    let properties = &definition.destination().destination_connector_properties;
    let custom = properties.custom_connector.as_ref()?;
    let name = custom.write_operation_type.as_deref().unwrap_or("INSERT");
    let operation = match name {
        "UPDATE" => WriteOperationType::Update,
        "UPSERT" => WriteOperationType::Upsert,
        "DELETE" => WriteOperationType::Delete,
        _ => WriteOperationType::Insert,
    };
    (!supported.contains(&operation))
        .then(|| format!("The connector does not support the write operation {name}"))
}

fn check_trigger(
    definition: &FlowDefinition,
    triggers: &[TriggerType],
    frequencies: &[TriggerFrequency],
) -> Option<String> {
    let trigger = &definition.trigger_config;
    let kind = match trigger.trigger_type.as_str() {
        "Scheduled" => TriggerType::Scheduled,
        _ => TriggerType::OnDemand,
    };
    if !triggers.contains(&kind) {
        return Some(format!(
            "The connector does not support the trigger type {}",
            trigger.trigger_type
        ));
    }
    let scheduled = trigger.trigger_properties.as_ref()?.scheduled.as_ref()?;
    let frequency = frequency(&scheduled.schedule_expression)?;
    (kind == TriggerType::Scheduled && !frequencies.contains(&frequency)).then(|| {
        format!(
            "The connector does not support the frequency of {}",
            scheduled.schedule_expression
        )
    })
}

/// The frequency of a `rate(…)`; a `cron(…)` can be of any.
fn frequency(expression: &str) -> Option<TriggerFrequency> {
    let rate = expression
        .trim()
        .strip_prefix("rate(")?
        .trim_end_matches(')');
    let unit = rate.trim_start_matches(|c: char| c.is_ascii_digit() || c.is_whitespace());
    Some(match unit.trim().trim_end_matches('s') {
        "minute" => TriggerFrequency::ByMinute,
        "hour" => TriggerFrequency::Hourly,
        "day" => TriggerFrequency::Daily,
        "week" => TriggerFrequency::Weekly,
        "month" => TriggerFrequency::Monthly,
        _ => return None,
    })
}
