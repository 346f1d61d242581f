//! A flow as DescribeFlow and ListFlows show it.

use serde_json::{Value, json};

use crate::account::Account;
use crate::appflow::documents::Document;
use crate::appflow::executions::record::ExecutionRecord;
use crate::appflow::flows::flow::Flow;

/// The response of DescribeFlow: everything as it was given, and what came after.
pub(super) fn description(
    account: &Account,
    flow: &Flow,
    last_run: Option<&ExecutionRecord>,
) -> Value {
    let mut view = Value::Object(flow.request.clone());
    // Clients expect it of every flow, without looking.
    if view["triggerConfig"].get("triggerProperties").is_none() {
        view["triggerConfig"]["triggerProperties"] = json!({});
    }
    let creator = account.root_arn();
    view["flowArn"] = flow.arn.clone().into();
    view["flowStatus"] = json!(flow.status);
    view["createdAt"] = json!(flow.created_at);
    view["lastUpdatedAt"] = json!(flow.updated_at);
    view["createdBy"] = creator.clone().into();
    view["lastUpdatedBy"] = creator.into();
    view["tags"] = json!(flow.tags);
    view["schemaVersion"] = flow.schema_version.into();
    if let Some(message) = &flow.status_message {
        view["flowStatusMessage"] = message.clone().into();
    }
    if let Some(last_run) = last_run {
        view["lastRunExecutionDetails"] = last_run.details();
    }
    view
}

/// The labels of the connectors of source and destination, of custom connectors only.
pub(super) struct Labels {
    pub(super) source: Option<String>,
    pub(super) destination: Option<String>,
}

/// The item of ListFlows.
pub(super) fn item(
    account: &Account,
    flow: &Flow,
    labels: &Labels,
    last_run: Option<&ExecutionRecord>,
) -> Value {
    let creator = account.root_arn();
    let mut view = json!({
        "flowArn": flow.arn,
        "flowName": flow.name(),
        "flowStatus": flow.status,
        "createdAt": flow.created_at,
        "createdBy": creator,
        "lastUpdatedAt": flow.updated_at,
        "lastUpdatedBy": creator,
        "tags": flow.tags,
    });
    let optional = [
        (
            "sourceConnectorType",
            flow.text("/sourceFlowConfig/connectorType"),
        ),
        (
            "destinationConnectorType",
            flow.text("/destinationFlowConfigList/0/connectorType"),
        ),
        ("triggerType", flow.text("/triggerConfig/triggerType")),
        (
            "description",
            flow.request.get("description").and_then(Value::as_str),
        ),
        ("sourceConnectorLabel", labels.source.as_deref()),
        ("destinationConnectorLabel", labels.destination.as_deref()),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            view[key] = value.into();
        }
    }
    if let Some(last_run) = last_run {
        view["lastRunExecutionDetails"] = last_run.details();
    }
    view
}
