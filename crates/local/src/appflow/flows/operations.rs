//! The operations on flows, except their runs.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::appflow::call::{self, Call, remember};
use crate::appflow::context::AppFlow;
use crate::appflow::documents::{self, Document};
use crate::appflow::error;
use crate::appflow::executions::records;
use crate::appflow::flows::checks::{self, Operation, Sides};
use crate::appflow::flows::definition::FlowDefinition;
use crate::appflow::flows::flow::{Flow, FlowStatus, no_flow};
use crate::appflow::flows::objects;
use crate::appflow::flows::view::{self, Labels};
use crate::appflow::paging::PageRequest;
use crate::appflow::profiles::profile::Profile;
use crate::appflow::quotas;
use crate::appflow::tags;
use crate::appflow::tasks;
use crate::wire::error::ServiceError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FlowRequest {
    pub(super) flow_name: String,
    #[serde(default)]
    force_delete: bool,
}

pub(crate) async fn create(appflow: AppFlow, mut call: Call) -> Result<Value, ServiceError> {
    let tags = take_tags(&mut call.input)?;
    let definition: FlowDefinition = read_definition(&call.input)?;
    checks::check_emulated(&call.input, &definition)?;
    tags::check_number(&tags)?;
    let (name, has_quotas) = (definition.flow_name.clone(), appflow.has_quotas);
    appflow
        .database
        .read(move |database| may_add(database, &name, has_quotas))
        .await??;
    check(&appflow, Operation::Create, &definition).await?;

    let now = appflow.clock.now();
    let is_scheduled = definition.trigger_config.trigger_type == "Scheduled";
    let arn = format!("flow/{}", definition.flow_name);
    let flow = Flow {
        request: members(call.input),
        arn: appflow.account.arn("appflow", &arn),
        status: if is_scheduled {
            FlowStatus::Draft
        } else {
            FlowStatus::Active
        },
        status_message: None,
        created_at: now,
        updated_at: now,
        schema_version: 1,
        tags,
        activated_at: None,
        consecutive_failures: 0,
        read_until: None,
        last_scheduled: None,
    };
    let response = json!({"flowArn": flow.arn, "flowStatus": flow.status});
    let clock = appflow.clock.clone();
    appflow
        .database
        .write(move |database| {
            if let Err(error) = may_add(database, flow.name(), has_quotas)? {
                return Ok(Err(error));
            }
            documents::put(database, &flow)?;
            remember(call.token.as_ref(), database, &clock, &response)?;
            Ok(Ok(response))
        })
        .await?
}

fn take_tags(input: &mut Value) -> Result<BTreeMap<String, String>, ServiceError> {
    let tags = input
        .as_object_mut()
        .and_then(|members| members.remove("tags"));
    tags.map_or_else(|| Ok(BTreeMap::new()), |tags| call::read(&tags))
}

/// Without a destination there is nothing to check.
fn read_definition(input: &Value) -> Result<FlowDefinition, ServiceError> {
    let definition: FlowDefinition = call::read(input)?;
    if definition.destination_flow_config_list.is_empty() {
        return Err(error::validation("A flow must have one destination."));
    }
    Ok(definition)
}

fn members(input: Value) -> Map<String, Value> {
    match input {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn may_add(
    database: &rusqlite::Connection,
    name: &str,
    has_quotas: bool,
) -> rusqlite::Result<Result<(), ServiceError>> {
    let max = has_quotas.then_some(quotas::MAX_FLOWS);
    documents::may_add::<Flow>(database, name, "flow", max)
}

async fn check(
    appflow: &AppFlow,
    operation: Operation,
    definition: &FlowDefinition,
) -> Result<(), ServiceError> {
    let sides = checks::sides(appflow, definition).await?;
    sides.check_definition(operation, definition)?;
    objects::check(appflow, operation, definition).await?;
    sides.check_connectors(operation, definition).await
}

pub(crate) async fn update(appflow: AppFlow, mut call: Call) -> Result<Value, ServiceError> {
    let definition = read_definition(&call.input)?;
    let name = definition.flow_name.clone();
    let old = find(&appflow, &name).await?;
    // Neither can be changed by this operation; the description is kept if none is given.
    for member in ["kmsArn", "description"] {
        if let (Some(value), None) = (old.request.get(member), call.input.get(member)) {
            call.input[member] = value.clone();
        }
    }
    checks::check_emulated(&call.input, &definition)?;
    let sides = checks::sides(&appflow, &definition).await?;
    check_unchanged(&appflow, &old, &call.input, &sides).await?;
    sides.check_definition(Operation::Update, &definition)?;
    objects::check(&appflow, Operation::Update, &definition).await?;
    sides
        .check_connectors(Operation::Update, &definition)
        .await?;

    let is_scheduled = definition.trigger_config.trigger_type == "Scheduled";
    let changes_schema = tasks::changes_schema(&old.definition()?, &definition);
    let clock = appflow.clock.clone();
    let status = appflow
        .database
        .write(move |database| {
            let Some(mut flow) = documents::get::<Flow>(database, &name)? else {
                return Ok(Err(no_flow(&name)));
            };
            flow.status = match (flow.is_scheduled(), is_scheduled) {
                (_, false) => FlowStatus::Active,
                (false, true) => FlowStatus::Draft,
                (true, true) => flow.status,
            };
            flow.request = members(call.input);
            flow.schema_version += u32::from(changes_schema);
            flow.updated_at = clock.now();
            documents::put(database, &flow)?;
            let response = json!({"flowStatus": flow.status});
            remember(call.token.as_ref(), database, &clock, &response)?;
            Ok(Ok(response))
        })
        .await??;
    appflow.runs.flow_changed();
    Ok(status)
}

/// Source and destination stay what they are: connector, entity, bucket and prefix.
async fn check_unchanged(
    appflow: &AppFlow,
    old: &Flow,
    new: &Value,
    sides: &Sides,
) -> Result<(), ServiceError> {
    let unchanged = [
        ("source", "Source", "/sourceFlowConfig", &sides.source),
        (
            "destination",
            "Destination",
            "/destinationFlowConfigList/0",
            &sides.destination,
        ),
    ];
    for (name, title, side, custom) in unchanged {
        let properties = format!("{side}/{name}ConnectorProperties");
        let pointers = [
            format!("{side}/connectorType"),
            format!("{properties}/CustomConnector/entityName"),
            format!("{properties}/S3/bucketName"),
            format!("{properties}/S3/bucketPrefix"),
        ];
        let is_same = pointers
            .iter()
            .all(|pointer| old.text(pointer) == new.pointer(pointer).and_then(Value::as_str));
        let profile = old.text(&format!("{side}/connectorProfileName"));
        let old_label = match (profile, custom) {
            (Some(profile), Some(_)) => label(appflow, profile).await?,
            _ => None,
        };
        let new_label = custom.as_ref().map(|side| &side.connection.connector.label);
        let has_same_label = old_label.is_none() || old_label.as_ref() == new_label;
        if !is_same || !has_same_label {
            return Err(Operation::Update.refuse(&[format!(
                "{title} object for the {name} connector can not be updated"
            )]));
        }
    }
    Ok(())
}

async fn label(appflow: &AppFlow, profile: &str) -> Result<Option<String>, ServiceError> {
    let profile = profile.to_owned();
    let found = appflow
        .database
        .read(move |database| documents::get::<Profile>(database, &profile));
    Ok(found.await?.map(|profile| profile.label))
}

/// Returns a flow.
///
/// # Errors
/// ResourceNotFoundException.
pub(super) async fn find(appflow: &AppFlow, name: &str) -> Result<Flow, ServiceError> {
    let name = name.to_owned();
    let found = appflow.database.read(move |database| {
        Ok(documents::get::<Flow>(database, &name)?.ok_or_else(|| no_flow(&name)))
    });
    found.await?
}

pub(crate) async fn describe(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: FlowRequest = call.read()?;
    let found = appflow.database.read(move |database| {
        let name = &request.flow_name;
        Ok(match documents::get::<Flow>(database, name)? {
            Some(flow) => Ok((flow, records::last(database, name)?)),
            None => Err(no_flow(name)),
        })
    });
    let (flow, last_run) = found.await??;
    Ok(view::description(
        &appflow.account,
        &flow,
        last_run.as_ref(),
    ))
}

pub(crate) async fn list(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    const LISTING: &str = "ListFlows";
    let page: PageRequest = call.read()?;
    let (after, max) = (page.after(LISTING)?, page.size() + 1);
    let account = appflow.account.clone();
    let items = appflow
        .database
        .read(move |database| {
            documents::page::<Flow>(database, &after, max)?
                .into_iter()
                .map(|flow| {
                    let labels = Labels {
                        source: label_of(database, &flow, "/sourceFlowConfig")?,
                        destination: label_of(database, &flow, "/destinationFlowConfigList/0")?,
                    };
                    let last_run = records::last(database, flow.name())?;
                    let item = view::item(&account, &flow, &labels, last_run.as_ref());
                    Ok((flow.name().to_owned(), item))
                })
                .collect::<rusqlite::Result<Vec<(String, Value)>>>()
        })
        .await?;
    Ok(page.response(
        LISTING,
        "flows",
        items,
        |(name, _)| name,
        |(_, item)| item.clone(),
    ))
}

fn label_of(
    database: &rusqlite::Connection,
    flow: &Flow,
    side: &str,
) -> rusqlite::Result<Option<String>> {
    let profile = flow.text(&format!("{side}/connectorProfileName"));
    let is_custom = flow.text(&format!("{side}/connectorType")) == Some("CustomConnector");
    match profile.filter(|_| is_custom) {
        Some(profile) => {
            let profile = documents::get::<Profile>(database, profile)?;
            Ok(profile.map(|profile| profile.label))
        }
        None => Ok(None),
    }
}

pub(crate) async fn delete(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: FlowRequest = call.read()?;
    let deleted = request.flow_name.clone();
    let response = appflow
        .database
        .write(move |database| {
            let name = &request.flow_name;
            let Some(flow) = documents::get::<Flow>(database, name)? else {
                return Ok(Err(no_flow(name)));
            };
            if !request.force_delete
                && let Some(reason) = in_use(database, &flow)?
            {
                return Ok(Err(error::conflict(format!(
                    "The flow {name} {reason}, or set forceDelete."
                ))));
            }
            documents::remove::<Flow>(database, name)?;
            records::forget(database, name)?;
            Ok(Ok(json!({})))
        })
        .await??;
    appflow.runs.cancel_all_of(&deleted);
    Ok(response)
}

fn in_use(database: &rusqlite::Connection, flow: &Flow) -> rusqlite::Result<Option<&'static str>> {
    if flow.is_scheduled() && flow.status == FlowStatus::Active {
        return Ok(Some("is active on its schedule. Stop it first"));
    }
    let active = records::active(database, Some(flow.name()))?;
    Ok((!active.is_empty()).then_some("is running. Wait for the end of its run, or cancel it"))
}
