//! One measurement of one connector in a new process: its start and a number of calls.

use std::time::Duration;

use bytes::Bytes;
use lambda_process_host::{Function, Outcome};
use serde_json::Value;

use crate::connector::Connector;
use crate::median::median;
use crate::program::Result;
use crate::servers::{RECORDS, Servers, id};

/// The number of query calls after the first one.
pub(crate) const WARM_CALLS: usize = 100;

const DESCRIBE: &str = r#"{"type": "DescribeConnectorConfigurationRequest"}"#;

/// The measurements of one process.
pub(crate) struct Round {
    /// From the start of the process to its first response.
    pub(crate) start: Duration,
    pub(crate) first_query: Duration,
    /// The median of the [`WARM_CALLS`] calls after the first.
    pub(crate) warm_query: Duration,
    /// After all calls. `None` if the system does not report it.
    pub(crate) peak_memory_bytes: Option<u64>,
}

pub(crate) async fn measure(connector: &Connector, servers: &Servers) -> Result<Round> {
    let function = connector.function(servers)?;
    let (described, _) = call(&function, DESCRIBE.into()).await?;
    let init = described.init_duration.ok_or("the process was not new")?;
    let query = Bytes::from(servers.query());
    let first_query = query_call(&function, &query).await?.duration;
    let mut times = Vec::new();
    let mut peak_memory_bytes = None;
    for _ in 0..WARM_CALLS {
        let outcome = query_call(&function, &query).await?;
        times.push(outcome.duration);
        peak_memory_bytes = outcome.peak_memory_bytes;
    }
    function.stop().await;
    Ok(Round {
        start: init + described.duration,
        first_query,
        warm_query: median(times),
        peak_memory_bytes,
    })
}

/// Makes one query call and checks that it returns every record of the page, so that a fast failure
/// is not taken for speed.
async fn query_call(function: &Function, query: &Bytes) -> Result<Outcome> {
    let (outcome, response) = call(function, query.clone()).await?;
    if !has_the_page(&response) {
        return Err("the response does not contain the page's records".into());
    }
    Ok(outcome)
}

fn has_the_page(response: &Value) -> bool {
    let records = response["records"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let is_record = |(number, record): (usize, &Value)| {
        let text = record.as_str().unwrap_or_default();
        serde_json::from_str::<Value>(text).is_ok_and(|record| record["Id"] == id(number))
    };
    records.len() == RECORDS && records.iter().enumerate().all(is_record)
}

async fn call(function: &Function, request: Bytes) -> Result<(Outcome, Value)> {
    let outcome = function.invoke(request).await?;
    let response: Value = match &outcome.result {
        Ok(response) => serde_json::from_slice(response)?,
        Err(error) => return Err(format!("{error}\n{}", outcome.log_tail).into()),
    };
    if response["isSuccess"] != true {
        return Err(format!(
            "the connector returned an error: {}",
            response["errorDetails"]
        )
        .into());
    }
    Ok((outcome, response))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_response_has_all_records_as_text_in_the_order_of_the_page() {
        let record = |number| json!({"Id": id(number)}).to_string();
        let mut records: Vec<String> = (0..RECORDS).map(record).collect();
        assert!(has_the_page(&json!({"records": records})));
        records.swap(0, 1);
        assert!(!has_the_page(&json!({"records": records})));
        records.swap(0, 1);
        records.pop();
        assert!(!has_the_page(&json!({"records": records})));
        assert!(!has_the_page(&json!({"isSuccess": true})));
    }
}
