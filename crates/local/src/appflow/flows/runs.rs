//! The operations on runs of flows.

use serde_json::{Value, json};

use crate::appflow::call::Call;
use crate::appflow::context::AppFlow;
use crate::appflow::documents;
use crate::appflow::error;
use crate::appflow::executions::records;
use crate::appflow::flows::flow::{Flow, FlowStatus, no_flow};
use crate::appflow::flows::operations::FlowRequest;
use crate::appflow::paging::PageRequest;
use crate::wire::error::ServiceError;

pub(crate) async fn stop(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    let request: FlowRequest = call.read()?;
    let response = appflow
        .database
        .write(move |database| {
            let name = &request.flow_name;
            let Some(mut flow) = documents::get::<Flow>(database, name)? else {
                return Ok(Err(no_flow(name)));
            };
            if !flow.is_scheduled() {
                return Ok(Err(error::unsupported_operation(format!(
                    "The flow {name} runs on demand and cannot be stopped. Cancel its runs with \
                     CancelFlowExecutions."
                ))));
            }
            if flow.status == FlowStatus::Active {
                flow.status = FlowStatus::Suspended;
                documents::put(database, &flow)?;
            }
            Ok(Ok(json!({"flowArn": flow.arn, "flowStatus": flow.status})))
        })
        .await??;
    appflow.runs.flow_changed();
    Ok(response)
}

pub(crate) async fn describe_records(appflow: AppFlow, call: Call) -> Result<Value, ServiceError> {
    const LISTING: &str = "DescribeFlowExecutionRecords";
    let request: FlowRequest = call.read()?;
    let page: PageRequest = call.read()?;
    let before = match page.after(LISTING)?.as_str() {
        "" => i64::MAX,
        number => number
            .parse()
            .map_err(|_| error::validation("The nextToken value is not valid."))?,
    };
    let max = page.size() + 1;
    let found = appflow.database.read(move |database| {
        let name = &request.flow_name;
        Ok(match documents::get::<Flow>(database, name)? {
            Some(_) => Ok(records::page(database, name, before, max)?),
            None => Err(no_flow(name)),
        })
    });
    let items: Vec<(String, Value)> = found
        .await??
        .into_iter()
        .map(|(number, record)| (number.to_string(), record.view()))
        .collect();
    Ok(page.response(
        LISTING,
        "flowExecutions",
        items,
        |(number, _)| number,
        |(_, item)| item.clone(),
    ))
}
