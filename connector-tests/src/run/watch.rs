//! Watches every call of a run for what AppFlow expects of all calls.

use std::collections::BTreeMap;
use std::time::Duration;

use appflow_connector_client::{Envelope, InvocationFailure};
use appflow_connector_model::ErrorCode;
use appflow_connector_model::limits::{MAX_MESSAGE_CHARS, MAX_RESPONSE_BYTES};
use serde_json::Value;

use super::exchange::Exchange;
use crate::finding::{Finding, Findings};
use crate::secrets::Secrets;

/// What calls are watched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Watched {
    Deadline,
    Size,
    SuccessWithoutError,
    ErrorDetails,
    Secrets,
}

/// What was seen in the calls so far.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    findings: BTreeMap<Watched, Findings>,
    pub(crate) calls: usize,
    pub(crate) errors: usize,
    pub(crate) saw_logs: bool,
    pub(crate) slowest: Duration,
    pub(crate) largest: usize,
}

impl Watch {
    /// Returns the findings of one kind.
    pub(crate) fn findings(&self, watched: Watched) -> Findings {
        self.findings.get(&watched).cloned().unwrap_or_default()
    }

    pub(super) fn look(&mut self, exchange: &Exchange, secrets: &Secrets) {
        self.calls += 1;
        self.slowest = self.slowest.max(exchange.reply.duration);
        let bytes = exchange.reply.result.as_ref().map_or(0, Vec::len);
        self.largest = self.largest.max(bytes);
        self.saw_logs |= exchange.reply.log.is_some();
        let seen = [
            (Watched::Deadline, deadline(exchange)),
            (Watched::Size, size(exchange)),
            (Watched::Secrets, leak(exchange, secrets)),
        ];
        for (watched, finding) in seen {
            self.add(watched, finding);
        }
        if let Ok(envelope) = exchange.envelope() {
            self.errors += usize::from(envelope.is_success == Some(false));
            let finding = success_without_error(exchange, &envelope);
            self.add(Watched::SuccessWithoutError, finding);
            self.add(Watched::ErrorDetails, error_details(exchange, &envelope));
        }
    }

    fn add(&mut self, watched: Watched, finding: Option<Finding>) {
        if let Some(finding) = finding {
            self.findings.entry(watched).or_default().add(finding);
        }
    }
}

fn deadline(exchange: &Exchange) -> Option<Finding> {
    let limit = exchange.time_limit;
    let timed_out = matches!(
        &exchange.reply.result,
        Err(failure) if failure.error_type == InvocationFailure::TIMED_OUT
    );
    (timed_out || exchange.reply.duration > limit).then(|| {
        exchange.finding(
            format!(
                "the call took {:.1} s",
                exchange.reply.duration.as_secs_f64()
            ),
            format!(
                "a response within {:.1} s, for example the error RequestTimeout: AppFlow does not wait longer",
                limit.as_secs_f64()
            ),
        )
    })
}

fn size(exchange: &Exchange) -> Option<Finding> {
    let problem = match &exchange.reply.result {
        Ok(response) if response.len() > MAX_RESPONSE_BYTES => {
            format!("the response has {} bytes", response.len())
        }
        Err(failure) if failure.error_type == InvocationFailure::RESPONSE_TOO_LARGE => {
            failure.to_string()
        }
        _ => return None,
    };
    Some(exchange.finding(
        problem,
        format!(
            "at most {MAX_RESPONSE_BYTES} bytes, the limit of AWS Lambda: fewer records and a nextToken"
        ),
    ))
}

fn leak(exchange: &Exchange, secrets: &Secrets) -> Option<Finding> {
    let failure = exchange
        .reply
        .result
        .as_ref()
        .err()
        .map(ToString::to_string);
    let places = [
        ("response", Some(exchange.response_text())),
        ("error", failure),
        ("log", exchange.reply.log.clone()),
    ];
    let (place, text) = places
        .into_iter()
        .find_map(|(place, text)| Some((place, text.filter(|text| secrets.appear_in(text))?)))?;
    Some(
        Finding::new(
            format!("the {place} contains the connection's secret"),
            "no secret in responses and logs: both are stored and read by others",
        )
        .with_request(&exchange.request)
        .with_response(&secrets.around_first(&text)),
    )
}

fn success_without_error(exchange: &Exchange, envelope: &Envelope) -> Option<Finding> {
    if envelope.is_success == Some(true) && envelope.error_details.is_some() {
        return Some(exchange.finding(
            "the response has both `isSuccess: true` and `errorDetails`",
            "only one of them",
        ));
    }
    None
}

fn error_details(exchange: &Exchange, envelope: &Envelope) -> Option<Finding> {
    let finding = |problem: String| {
        let expected = "`errorDetails` with one of AppFlow's error codes and a message of 1 to 1,024 characters";
        Some(exchange.finding(problem, expected))
    };
    if envelope.is_success == Some(true) {
        return None;
    }
    let Some(details) = &envelope.error_details else {
        return finding("a response without `isSuccess: true` has no `errorDetails`".to_owned());
    };
    let code = &details["errorCode"];
    let Ok(code) = serde_json::from_value::<ErrorCode>(code.clone()) else {
        return finding(format!("{code} is not a valid errorCode"));
    };
    let is_write = exchange.request["type"] == "WriteDataRequest";
    if code == ErrorCode::PartialWriteFailure && !is_write {
        return finding(
            "PartialWriteFailure is returned for a request that is not a write".to_owned(),
        );
    }
    match &details["errorMessage"] {
        Value::String(message) if message.trim().is_empty() => {
            finding("the errorMessage is empty".to_owned())
        }
        Value::String(message) if message.chars().count() > MAX_MESSAGE_CHARS => finding(format!(
            "the errorMessage has {} characters",
            message.chars().count()
        )),
        Value::String(_) => None,
        other => finding(format!("{other} is not a valid errorMessage")),
    }
}
