//! The process behind the calls.

use std::time::{Duration, Instant};

use appflow_connector_client::to_json;
use appflow_connector_model::{DescribeConnectorConfigurationResponse, QueryDataResponse};
use serde_json::{Value, json};

use crate::checks::data::facts::dataset;
use crate::finding::Finding;
use crate::reading::{Query, Row};
use crate::run::{Outcome, Run, Stop};

/// The number of calls before memory is measured for the first time, and between the two
/// measurements.
const WARM_UP_CALLS: usize = 30;
const REPEATED_CALLS: usize = 150;
/// The maximum duration of each of the two series.
const MAX_SERIES_TIME: Duration = Duration::from_secs(30);
/// The maximum growth between the two, in bytes. The allocator's own variation stays below.
const MAX_GROWTH: u64 = 4 * 1024 * 1024;

/// Requests the first of two pages, kills the process, and requests the second.
pub(super) async fn recovers_after_kill(run: &mut Run<'_>) -> Outcome {
    if !run.client.target().kill().await {
        return Err(Stop::not_applicable("the target has no process to kill"));
    }
    let (source, all) = match dataset(run).await {
        Ok(dataset) => dataset,
        // Without pages, it is enough that a new process responds.
        Err(Stop::NotApplicable(_)) => {
            let request = json!({"type": "DescribeConnectorConfigurationRequest"});
            run.send(request)
                .await?
                .success::<DescribeConnectorConfigurationResponse>()?;
            return Ok(());
        }
        Err(stop) => return Err(stop),
    };
    let key = source.key();
    let query = Query {
        fields: source.selection(&[]),
        page_size: u32::try_from(all.rows.len().div_ceil(2)).ok(),
        ..Query::default()
    };
    let (first, _): (QueryDataResponse, _) = run.ask(&source.request(&query, None)).await?;
    run.client.target().kill().await;
    let Some(token) = first.next_token.clone() else {
        return Ok(());
    };
    let (second, exchange): (QueryDataResponse, _) =
        run.ask(&source.request(&query, Some(token))).await?;
    let keys = |page: QueryDataResponse| -> Vec<String> {
        let records = page.records.unwrap_or_default();
        let rows = records.iter().filter_map(|record| Row::read(record).ok());
        rows.map(|row| row.key(&key)).collect()
    };
    let before = keys(first);
    if !key.is_empty() && keys(second).iter().any(|key| before.contains(key)) {
        let problem = "the page after the kill contains records of the page before it";
        return Err(exchange.finding(problem, "the next page").into());
    }
    run.note("with the next page");
    Ok(())
}

pub(super) async fn memory_flat(run: &mut Run<'_>) -> Outcome {
    // The peak of earlier checks would hide the growth.
    if !run.client.target().kill().await {
        return Err(Stop::not_applicable("the target's memory is not visible"));
    }
    let request = repeated_request(run).await?;
    let before = peak_after(run, &request, WARM_UP_CALLS).await?;
    let after = peak_after(run, &request, REPEATED_CALLS).await?;
    let (Some(before), Some(after)) = (before, after) else {
        return Err(Stop::not_applicable("the target's memory is not visible"));
    };
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    let megabytes = |bytes: u64| bytes as f64 / 1_048_576.0;
    let grown = format!(
        "{:.1} MB, then {:.1} MB",
        megabytes(before),
        megabytes(after)
    );
    if after.saturating_sub(before) <= MAX_GROWTH {
        run.note(grown);
        return Ok(());
    }
    let problem =
        format!("the peak of memory grew in at most {REPEATED_CALLS} equal calls: {grown}");
    Err(Finding::new(problem, "about the same peak as before")
        .with_request(&request)
        .into())
}

/// A small query, or without records a request for the configuration.
async fn repeated_request(run: &mut Run<'_>) -> Outcome<Value> {
    match dataset(run).await {
        Ok((source, _)) => {
            let query = Query {
                fields: source.selection(&[]),
                page_size: Some(10),
                ..Query::default()
            };
            Ok(to_json(&source.request(&query, None)))
        }
        Err(Stop::NotApplicable(_)) => Ok(json!({"type": "DescribeConnectorConfigurationRequest"})),
        Err(stop) => Err(stop),
    }
}

/// Makes equal calls, fewer if they are slow, and returns the peak of memory after them.
async fn peak_after(run: &mut Run<'_>, request: &Value, calls: usize) -> Outcome<Option<u64>> {
    let started = Instant::now();
    let mut peak = None;
    for _ in 0..calls {
        let exchange = run.send(request.clone()).await?;
        exchange.envelope()?;
        peak = exchange.reply.peak_memory_bytes;
        if started.elapsed() > MAX_SERIES_TIME {
            break;
        }
    }
    Ok(peak)
}
