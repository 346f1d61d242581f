//! What holds for every call, and for the process behind them.

use std::future::ready;
use std::time::{Duration, Instant};

use appflow_connector_client::{InvocationFailure, to_json};
use appflow_connector_model::{
    DescribeConnectorConfigurationResponse, ErrorCode, QueryDataResponse,
};
use serde_json::{Value, json};

use super::Check;
use crate::finding::{Finding, Findings};
use crate::reading::{Query, Row};
use crate::run::{Exchange, Outcome, Run, Stop, Watched};

/// Calls before memory is looked at for the first time, and until it is looked at again.
const WARM_UP_CALLS: usize = 30;
const REPEATED_CALLS: usize = 150;
/// How long each of the two series may take.
const MOST_TIME_FOR_CALLS: Duration = Duration::from_secs(30);
/// What memory may grow by between the two, in bytes: an allocator's own unrest stays below.
const MAX_GROWTH: u64 = 4 * 1024 * 1024;

pub(super) static CHECKS: &[Check] = &[
    Check::new(
        "behaviour.unknown-type-refused",
        "A request of a type that the connector does not know must not be answered as if it were known.",
        |run| Box::pin(unknown_type_refused(run)),
    ),
    Check::new(
        "behaviour.malformed-request-refused",
        "What is no request must end in an error, not in the end of the process.",
        |run| Box::pin(malformed_request_refused(run)),
    ),
    Check::new(
        "behaviour.missing-field-answered",
        "AppFlow's user sees the reason only if a wrong request is answered, with InvalidArgument.",
        |run| Box::pin(missing_field_answered(run)),
    ),
    Check::new(
        "behaviour.unknown-key-ignored",
        "AppFlow adds keys to its requests over the years.",
        |run| Box::pin(unknown_key_ignored(run)),
    ),
    Check::new(
        "behaviour.recovers-after-kill",
        "AWS ends processes at any time: the next one goes on with the page that is due.",
        |run| Box::pin(recovers_after_kill(run)),
    ),
    Check::new(
        "behaviour.memory-flat",
        "A process serves many calls: memory that grows with each ends it.",
        |run| Box::pin(memory_flat(run)),
    ),
    Check::new(
        "behaviour.deadline-respected",
        "AppFlow waits 10 seconds for metadata and 30 for data, and shows no reason after that.",
        |run| Box::pin(ready(deadline_respected(run))),
    ),
    Check::new(
        "behaviour.answers-fit",
        "AWS Lambda takes no answer over 6,291,456 bytes.",
        |run| Box::pin(ready(answers_fit(run))),
    ),
    Check::new(
        "behaviour.success-without-error",
        "An answer that says both success and error is read as success: the error is lost.",
        |run| Box::pin(ready(success_without_error(run))),
    ),
    Check::new(
        "behaviour.errors-explained",
        "AppFlow acts by an error's code and shows its message to the user.",
        |run| Box::pin(ready(errors_explained(run))),
    ),
    Check::new(
        "behaviour.secrets-kept",
        "Answers and logs are kept and read by others: none may hold a secret.",
        |run| Box::pin(ready(secrets_kept(run))),
    ),
];

async fn unknown_type_refused(run: &mut Run<'_>) -> Outcome {
    let request = json!({"type": "NoSuchRequest", "connectorContext": {}});
    refused_somehow(&run.send(request).await?)
}

async fn malformed_request_refused(run: &mut Run<'_>) -> Outcome {
    let mut findings = Findings::default();
    for request in [json!([]), json!({}), json!({"type": 7})] {
        let exchange = run.send(request).await?;
        findings.absorb(refused_somehow(&exchange))?;
    }
    findings.outcome()
}

/// An error of the invocation is as good as an answer that refuses, unless it was the end of the process.
fn refused_somehow(exchange: &Exchange) -> Outcome {
    let expected = "an error of the invocation, or `isSuccess: false` with the reason";
    let problem = match &exchange.reply.result {
        Err(failure) if failure.error_type == InvocationFailure::EXITED => {
            "the connector's process ended"
        }
        Err(failure) if failure.error_type == InvocationFailure::TIMED_OUT => {
            "the connector did not answer"
        }
        Err(_) => return Ok(()),
        Ok(_) if exchange.envelope()?.is_success == Some(false) => return Ok(()),
        Ok(_) => "the connector answered as if it knew the request",
    };
    Err(exchange.finding(problem, expected).into())
}

async fn missing_field_answered(run: &mut Run<'_>) -> Outcome {
    let context = serde_json::to_value(run.context(None).await?).unwrap_or_default();
    let request = json!({"type": "DescribeEntityRequest", "connectorContext": context});
    let refusal = run.send(request).await?.refusal()?;
    if refusal.code == Some(ErrorCode::InvalidArgument) {
        return Ok(());
    }
    let problem = format!(
        "a request without `entityIdentifier` is refused with {}",
        refusal.code_name()
    );
    Err(refusal.exchange.finding(problem, "InvalidArgument").into())
}

async fn unknown_key_ignored(run: &mut Run<'_>) -> Outcome {
    let request = json!({
        "type": "DescribeConnectorConfigurationRequest",
        "locale": "en-US",
        "aKeyOfTomorrow": {"list": [1, 2, 3]},
    });
    let exchange = run.send(request).await?;
    exchange.good_answer::<DescribeConnectorConfigurationResponse>()?;
    Ok(())
}

/// Asks for the first of two pages, kills the process, and asks for the second.
async fn recovers_after_kill(run: &mut Run<'_>) -> Outcome {
    if !run.client.target().kill().await {
        return Err(Stop::not_applicable(
            "the target has no process that could be killed",
        ));
    }
    let (source, all) = match run.dataset().await {
        Ok(dataset) => dataset,
        // No pages to go on with; that it answers again can be seen all the same.
        Err(Stop::NotApplicable(_)) => {
            let request = json!({"type": "DescribeConnectorConfigurationRequest"});
            run.send(request)
                .await?
                .good_answer::<DescribeConnectorConfigurationResponse>()?;
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
        let problem = "the page after the kill holds records of the page before it";
        return Err(exchange.finding(problem, "the page that is due").into());
    }
    run.note("with the page that was due");
    Ok(())
}

async fn memory_flat(run: &mut Run<'_>) -> Outcome {
    // What the process had at its peak in earlier checks would hide what follows.
    if !run.client.target().kill().await {
        return Err(Stop::not_applicable("the target's memory cannot be seen"));
    }
    let request = repeated_request(run).await?;
    let before = peak_after(run, &request, WARM_UP_CALLS).await?;
    let after = peak_after(run, &request, REPEATED_CALLS).await?;
    let (Some(before), Some(after)) = (before, after) else {
        return Err(Stop::not_applicable("the target's memory cannot be seen"));
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
    let problem = format!(
        "equal calls, {REPEATED_CALLS} at the most, have raised the peak of memory: {grown}"
    );
    Err(Finding::new(problem, "about as much as before")
        .with_request(&request)
        .into())
}

/// A small query, or where there is nothing to query the connector's configuration.
async fn repeated_request(run: &mut Run<'_>) -> Outcome<Value> {
    match run.dataset().await {
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

/// Makes equal calls, fewer if they are slow, and answers the peak of memory after them.
async fn peak_after(run: &mut Run<'_>, request: &Value, calls: usize) -> Outcome<Option<u64>> {
    let started = Instant::now();
    let mut peak = None;
    for _ in 0..calls {
        let exchange = run.send(request.clone()).await?;
        exchange.envelope()?;
        peak = exchange.reply.peak_memory_bytes;
        if started.elapsed() > MOST_TIME_FOR_CALLS {
            break;
        }
    }
    Ok(peak)
}

fn deadline_respected(run: &mut Run<'_>) -> Outcome {
    let slowest = run.watch.slowest.as_secs_f64() * 1_000.0;
    run.note(format!(
        "{} calls, the slowest {slowest:.0} ms",
        run.watch.calls
    ));
    watched(run, Watched::Deadline)
}

fn answers_fit(run: &mut Run<'_>) -> Outcome {
    run.note(format!("the largest {} bytes", run.watch.largest));
    watched(run, Watched::Size)
}

fn success_without_error(run: &mut Run<'_>) -> Outcome {
    watched(run, Watched::SuccessWithoutError)
}

fn errors_explained(run: &mut Run<'_>) -> Outcome {
    if run.watch.errors == 0 {
        return Err(Stop::not_applicable("no call was answered with an error"));
    }
    run.note(format!("{} errors", run.watch.errors));
    watched(run, Watched::ErrorDetails)
}

fn secrets_kept(run: &mut Run<'_>) -> Outcome {
    if !run.secrets.are_known() {
        let reason = "the secret's content is not known: give it as `harness.secret`";
        return Err(Stop::not_applicable(reason));
    }
    run.note(if run.watch.saw_logs {
        "answers and logs"
    } else {
        "answers only, the target's log cannot be seen"
    });
    watched(run, Watched::Secrets)?;
    // What a call's own part of the log was too short for.
    let log = run.client.target().log().unwrap_or_default();
    if run.secrets.appear_in(&log) {
        let finding = Finding::new(
            "the connection's secret stands in the log",
            "no log line holds a secret",
        );
        return Err(finding
            .with_answer(run.secrets.around_first(&log).as_str())
            .into());
    }
    Ok(())
}

fn watched(run: &mut Run<'_>, watched: Watched) -> Outcome {
    run.watch.findings(watched).outcome()
}
