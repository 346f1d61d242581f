//! The checks of CreateFlow and UpdateFlow on tasks.

use appflow_connector_model::{EntityDefinition, FieldDataType, FieldDefinition};

use super::plan::Plan;
use crate::appflow::flows::definition::{CustomConnectorDestination, FlowDefinition, Task};

/// Checks a flow's tasks against its source and destination. A side without an entity is Amazon S3.
///
/// Returns what is wrong, as it stands between the brackets of `Create Flow request failed: […]`;
/// nothing if the tasks are valid.
pub(crate) fn check(
    flow: &FlowDefinition,
    source: Option<&EntityDefinition>,
    destination: Option<&EntityDefinition>,
) -> Vec<String> {
    let mut problems = match Plan::new(flow, source, destination, None) {
        Ok(plan) => {
            let config = flow
                .destination()
                .destination_connector_properties
                .custom_connector
                .as_ref();
            match (config, destination) {
                (Some(config), Some(entity)) => check_destination(config, entity, &plan),
                _ => Vec::new(),
            }
        }
        Err(problems) => problems,
    };
    if let Some(source) = source
        && let Err(problem) = pull_field(flow, source)
    {
        problems.push(problem);
    }
    problems
}

/// Returns the field by which an incremental run of the flow selects records; `None` if the flow
/// reads all of them.
///
/// # Errors
///
/// If the flow is incremental and the field it names is not a date or date-time, or it names none
/// and the entity has not exactly one timestamp field.
pub(crate) fn pull_field<'e>(
    flow: &FlowDefinition,
    source: &'e EntityDefinition,
) -> Result<Option<&'e FieldDefinition>, String> {
    if !is_incremental(flow) {
        return Ok(None);
    }
    let entity = &source.entity.entity_identifier;
    let config = flow.source_flow_config.incremental_pull_config.as_ref();
    let named = config.and_then(|config| config.datetime_type_field_name.as_deref());
    if let Some(name) = named.filter(|name| !name.is_empty()) {
        let field = source
            .field(name)
            .ok_or_else(|| format!("The source {entity} has no field {name}"))?;
        return match field.data_type {
            FieldDataType::Date | FieldDataType::DateTime => Ok(Some(field)),
            other => Err(format!(
                "The field {name} of an incremental flow must be a Date or DateTime, not {}",
                other.as_str()
            )),
        };
    }
    let mut timestamps = source.fields.iter().filter(|field| field.is_timestamp());
    match (timestamps.next(), timestamps.next()) {
        (Some(field), None) => Ok(Some(field)),
        _ => Err(format!(
            "An incremental flow needs datetimeTypeFieldName, because {entity} has not exactly one \
             timestamp field"
        )),
    }
}

/// Returns whether the flow's scheduled runs read only what changed.
pub(crate) fn is_incremental(flow: &FlowDefinition) -> bool {
    let trigger = &flow.trigger_config;
    let scheduled = trigger
        .trigger_properties
        .as_ref()
        .and_then(|properties| properties.scheduled.as_ref());
    trigger.trigger_type == "Scheduled"
        && scheduled
            .is_some_and(|scheduled| scheduled.data_pull_mode.as_deref() == Some("Incremental"))
}

/// Returns whether an update changes mappings, data types or partition keys, so that the flow gets
/// another schema version.
pub(crate) fn changes_schema(old: &FlowDefinition, new: &FlowDefinition) -> bool {
    let mappings = |flow: &FlowDefinition| {
        let tasks = flow.tasks.iter().filter(|task| is_mapping(task));
        // The order of tasks has no meaning.
        let mut texts: Vec<String> = tasks.map(|task| format!("{task:?}")).collect();
        texts.sort_unstable();
        texts
    };
    mappings(old) != mappings(new)
}

fn is_mapping(task: &Task) -> bool {
    matches!(
        task.task_type.as_str(),
        "Map" | "Map_all" | "Merge" | "Arithmetic" | "Passthrough" | "Partition"
    )
}

fn check_destination(
    config: &CustomConnectorDestination,
    entity: &EntityDefinition,
    plan: &Plan,
) -> Vec<String> {
    let operation = config.write_operation_type.as_deref().unwrap_or("INSERT");
    let ids = config.id_field_names.as_deref().unwrap_or_default();
    let mut problems = Vec::new();
    if operation != "INSERT" && ids.is_empty() {
        problems.push(format!(
            "The write operation {operation} needs idFieldNames"
        ));
    }
    for id in ids {
        let is_mapped = plan.has_output(id);
        if entity.field(id).is_none() {
            let entity = &entity.entity.entity_identifier;
            problems.push(format!("The destination {entity} has no field {id}"));
        } else if operation != "INSERT" && !is_mapped {
            problems.push(format!("No task maps the id field {id}"));
        }
    }
    for name in plan.output_names() {
        let Some(field) = entity.field(name) else {
            continue;
        };
        let is_writable = match operation {
            "INSERT" => field.is_creatable(),
            "UPDATE" => field.is_updatable(),
            "UPSERT" => field.is_upsertable() || field.is_creatable() || field.is_updatable(),
            _ => true,
        };
        // A record's id names it, and is not written.
        if !is_writable && !ids.iter().any(|id| id == name) {
            problems.push(format!(
                "The destination field {name} cannot be written by {operation}"
            ));
        }
    }
    problems
}
