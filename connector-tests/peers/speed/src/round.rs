//! One connector, from its start to the last of some calls, in a process of its own.

use std::time::Duration;

use bytes::Bytes;
use lambda_process_host::{Function, Outcome};
use serde_json::Value;

use crate::Result;
use crate::connector::Connector;
use crate::surroundings::{RECORDS, Surroundings, id};

/// Query calls after the first one.
pub(crate) const WARM_CALLS: usize = 100;

const DESCRIBE: &str = r#"{"type": "DescribeConnectorConfigurationRequest"}"#;

/// What was measured of one process.
pub(crate) struct Round {
    /// From the start of the process to its first answer.
    pub(crate) start: Duration,
    pub(crate) first_query: Duration,
    /// The median of [`WARM_CALLS`] after the first.
    pub(crate) warm_query: Duration,
    /// After all calls. `None` where the system does not tell.
    pub(crate) peak_memory_bytes: Option<u64>,
}

pub(crate) async fn measure(connector: &Connector, surroundings: &Surroundings) -> Result<Round> {
    let function = connector.function(surroundings)?;
    let (described, _) = call(&function, DESCRIBE.into()).await?;
    let init = described
        .init_duration
        .ok_or("the process was not a new one")?;
    let query = Bytes::from(surroundings.query());
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

/// One call that was answered with every record of the page. What fails fast is not to be taken for fast.
async fn query_call(function: &Function, query: &Bytes) -> Result<Outcome> {
    let (outcome, answer) = call(function, query.clone()).await?;
    if !holds_the_page(&answer) {
        return Err("the answer does not hold the page's records".into());
    }
    Ok(outcome)
}

fn holds_the_page(answer: &Value) -> bool {
    let records = answer["records"].as_array().map_or(&[][..], Vec::as_slice);
    let is_record = |(number, record): (usize, &Value)| {
        let text = record.as_str().unwrap_or_default();
        serde_json::from_str::<Value>(text).is_ok_and(|record| record["Id"] == id(number))
    };
    records.len() == RECORDS && records.iter().enumerate().all(is_record)
}

async fn call(function: &Function, request: Bytes) -> Result<(Outcome, Value)> {
    let outcome = function.invoke(request).await?;
    let answer: Value = match &outcome.result {
        Ok(answer) => serde_json::from_slice(answer)?,
        Err(error) => return Err(format!("{error}\n{}", outcome.log_tail).into()),
    };
    if answer["isSuccess"] != true {
        return Err(format!("no success: {}", answer["errorDetails"]).into());
    }
    Ok((outcome, answer))
}

/// The middle one; of an even number, the upper of the two in the middle.
///
/// # Panics
/// When there is none.
pub(crate) fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_holds_all_records_as_text_in_the_pages_order() {
        let record = |number| json!({"Id": id(number)}).to_string();
        let mut records: Vec<String> = (0..RECORDS).map(record).collect();
        assert!(holds_the_page(&json!({"records": records})));
        records.swap(0, 1);
        assert!(!holds_the_page(&json!({"records": records})));
        records.swap(0, 1);
        records.pop();
        assert!(!holds_the_page(&json!({"records": records})));
        assert!(!holds_the_page(&json!({"isSuccess": true})));
    }

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(vec![3, 100, 1]), 3);
        assert_eq!(median(vec![4, 1, 3, 2]), 3);
    }
}
