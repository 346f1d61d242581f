//! StartFlow and CancelFlowExecutions.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::appflow::call::{Call, remember};
use crate::appflow::context::AppFlow;
use crate::appflow::documents;
use crate::appflow::executions::lifecycle;
use crate::appflow::executions::record::ExecutionStatus;
use crate::appflow::executions::records;
use crate::appflow::flows::flow::{Flow, FlowStatus, no_flow};
use crate::wire::error::ServiceError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartRequest {
    flow_name: String,
}

/// Runs a flow on demand, or activates a scheduled one.
pub(crate) async fn start(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: StartRequest = call.read()?;
    let shared = appflow.clone();
    let started = appflow.database.write(move |database| {
        let name = &request.flow_name;
        let Some(mut flow) = documents::get::<Flow>(database, name)? else {
            return Ok(Err(no_flow(name)));
        };
        let (response, run) = if flow.is_scheduled() {
            activate(&shared, &mut flow);
            documents::put(database, &flow)?;
            (
                json!({"flowArn": flow.arn, "flowStatus": flow.status}),
                None,
            )
        } else {
            let record = match lifecycle::begin(database, &shared, &mut flow, None)? {
                Ok(record) => record,
                Err(error) => return Ok(Err(error)),
            };
            let response = json!({
                "flowArn": flow.arn, "flowStatus": flow.status,
                "executionId": record.execution_id,
            });
            (response, Some((flow, record)))
        };
        remember(call.token.as_ref(), database, &shared.clock, &response)?;
        Ok(Ok((response, run)))
    });
    let (response, run) = started.await??;
    match run {
        Some((flow, record)) => lifecycle::spawn(&appflow, flow, record, None),
        None => appflow.runs.flow_changed(),
    }
    Ok(response)
}

fn activate(appflow: &AppFlow, flow: &mut Flow) {
    if flow.status != FlowStatus::Active {
        flow.status = FlowStatus::Active;
        flow.status_message = None;
        flow.consecutive_failures = 0;
        flow.activated_at = Some(appflow.clock.now());
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CancelRequest {
    flow_name: String,
    #[serde(default)]
    execution_ids: Vec<String>,
}

/// Cancels runs of a flow: those with the given ids, or all.
pub(crate) async fn cancel(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: CancelRequest = call.read()?;
    let marked = appflow.database.write(move |database| {
        let name = &request.flow_name;
        if documents::get::<Flow>(database, name)?.is_none() {
            return Ok(Err(no_flow(name)));
        }
        let mut active = records::active(database, Some(name))?;
        let mut invalid = request.execution_ids.clone();
        invalid.retain(|id| active.iter().all(|record| record.execution_id != *id));
        if !request.execution_ids.is_empty() {
            active.retain(|record| request.execution_ids.contains(&record.execution_id));
        }
        for record in &mut active {
            record.status = ExecutionStatus::CancelStarted;
            records::update(database, record)?;
        }
        let ids: Vec<String> = active
            .into_iter()
            .map(|record| record.execution_id)
            .collect();
        Ok(Ok((ids, invalid)))
    });
    let (ids, invalid) = marked.await??;
    for id in ids {
        appflow.runs.cancel(&id);
    }
    Ok(json!({"invalidExecutions": invalid}))
}
