//! Shows the runs of flows.

use std::process::ExitCode;

use clap::Args;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use jiff::Timestamp;
use miette::Result;
use serde_json::{Value, json};

use super::admin::Endpoint;
use crate::api::{Api, ApiError};
use crate::output;

/// Show the runs of a flow, or the newest run of every flow of a running `cargo appflow local`.
#[derive(Args)]
#[command(after_help = "Example: cargo appflow local runs my-flow")]
pub struct Runs {
    #[command(flatten)]
    endpoint: Endpoint,

    /// The flow. Default: all flows, the newest run of each.
    flow: Option<String>,
}

impl Runs {
    pub async fn run(self) -> Result<ExitCode> {
        let api = Api::new(&self.endpoint.url)?;
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_header([
            "flow",
            "run",
            "status",
            "started",
            "records",
            "bytes out",
            "failed",
            "message",
        ]);
        for column in table.column_iter_mut().skip(4).take(3) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        if let Some(flow) = &self.flow {
            for record in records(&api, flow).await? {
                table.add_row(row(flow, &record));
            }
        } else {
            for flow in all(&api, "list-flows", json!({}), "flows").await? {
                let name = flow["flowName"].as_str().unwrap_or_default();
                if let Some(record) = records(&api, name).await?.first() {
                    table.add_row(row(name, record));
                }
            }
        }
        output::line(table)?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn records(api: &Api, flow: &str) -> Result<Vec<Value>, ApiError> {
    let path = "describe-flow-execution-records";
    all(api, path, json!({"flowName": flow}), "flowExecutions").await
}

/// Reads all pages of a listing.
async fn all(
    api: &Api,
    path: &str,
    mut input: Value,
    member: &str,
) -> Result<Vec<Value>, ApiError> {
    let mut items = Vec::new();
    loop {
        let mut page = api.call(path, &input).await?;
        if let Value::Array(found) = page[member].take() {
            items.extend(found);
        }
        match page["nextToken"].take() {
            Value::Null => return Ok(items),
            token => input["nextToken"] = token,
        }
    }
}

fn row(flow: &str, record: &Value) -> [String; 8] {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let result = &record["executionResult"];
    let number = |value: &Value| value.as_u64().unwrap_or_default().to_string();
    let failures = &result["errorInfo"]["putFailuresCount"];
    [
        flow.to_owned(),
        text(&record["executionId"]),
        text(&record["executionStatus"]),
        date_time(record["startedAt"].as_f64().unwrap_or_default()),
        number(&result["recordsProcessed"]),
        number(&result["bytesWritten"]),
        number(failures),
        text(&result["errorInfo"]["executionMessage"]),
    ]
}

/// Writes a point in time that AppFlow's API gives in seconds.
pub(super) fn date_time(seconds: f64) -> String {
    let duration = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).map_or_else(|_| String::new(), |moment| moment.to_string())
}
