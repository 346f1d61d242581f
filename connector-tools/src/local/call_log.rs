//! A line for each call of a function, as it ends, and what the function wrote to its log.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use lambda_process_host::{Error, Invoke, InvokeFuture, Outcome, function_name};
use serde::Deserialize;

use crate::output;

/// A function whose calls are printed to standard error.
pub struct Logged {
    function: Arc<dyn Invoke>,
}

impl Logged {
    pub fn new(function: Arc<dyn Invoke>) -> Self {
        Self { function }
    }

    async fn call(&self, request_id: String, payload: Bytes) -> Result<Outcome, Error> {
        let function = Arc::clone(&self.function);
        // A task of its own: a caller that gives up does not take the line with it.
        let call = tokio::spawn(async move {
            let request = Request::of(&payload);
            let sent = payload.len();
            let called = function.invoke_as(request_id, payload).await;
            let arn = function.arn();
            output::note(line(function_name(&arn), &request, sent, &called));
            called
        });
        call.await
            .unwrap_or_else(|ended| Err(Error::Host(io::Error::other(ended))))
    }
}

impl Invoke for Logged {
    fn arn(&self) -> String {
        self.function.arn()
    }

    fn invoke_as(&self, request_id: String, payload: Bytes) -> InvokeFuture<'_> {
        Box::pin(self.call(request_id, payload))
    }
}

/// What the line says about a request of AppFlow. Everything is missing for other payloads.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Request {
    r#type: Option<String>,
    entity_identifier: Option<String>,
    connector_context: Option<Context>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Context {
    flow_name: Option<String>,
}

impl Request {
    fn of(payload: &[u8]) -> Self {
        serde_json::from_slice(payload).unwrap_or_default()
    }
}

/// A response that says why it is not the one that was asked for.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Response {
    error_details: Option<ErrorDetails>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ErrorDetails {
    error_code: Option<String>,
    error_message: Option<String>,
}

fn line(function: &str, request: &Request, sent: usize, called: &Result<Outcome, Error>) -> String {
    let mut line = format!("{} {function}", Timestamp::now().strftime("%H:%M:%S%.3f"));
    let mut add = |text: &str| {
        line.push(' ');
        line.push_str(text);
    };
    if let Some(kind) = &request.r#type {
        add(kind.trim_end_matches("Request"));
    }
    let context = request.connector_context.as_ref();
    if let Some(flow) = context.and_then(|context| context.flow_name.as_deref()) {
        add(&format!("flow={flow}"));
    }
    if let Some(entity) = &request.entity_identifier {
        add(&format!("entity={entity}"));
    }
    let outcome = match called {
        Ok(outcome) => outcome,
        Err(error) => {
            add(&format!("not called: {}", with_cause(error)));
            return line;
        }
    };
    if let Some(start) = outcome.init_duration {
        add(&format!("started in {},", milliseconds(start)));
    }
    add(&milliseconds(outcome.duration));
    match &outcome.result {
        Ok(response) => {
            add(&format!("{sent} -> {} bytes", response.len()));
            if let Some(error) = error_of(response) {
                add(&error);
            }
        }
        Err(error) => add(&format!("{sent} bytes, failed: {error}")),
    }
    for logged in outcome.log_tail.lines() {
        line.push_str("\n    | ");
        line.push_str(logged);
    }
    line
}

fn error_of(response: &[u8]) -> Option<String> {
    let response: Response = serde_json::from_slice(response).ok()?;
    let details = response.error_details?;
    Some(format!(
        "{}: {}",
        details.error_code.unwrap_or_default(),
        details.error_message.unwrap_or_default()
    ))
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1_000.0)
}

fn with_cause(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(payload: &str, response: Result<&str, (&str, &str)>) -> String {
        let result = match response {
            Ok(response) => Ok(Bytes::copy_from_slice(response.as_bytes())),
            Err((kind, message)) => Err(lambda_process_host::FunctionError::new(
                kind,
                message.to_owned(),
            )),
        };
        let outcome = Outcome::new("id".to_owned(), result, Duration::from_millis(12));
        let line = line(
            "airports",
            &Request::of(payload.as_bytes()),
            7,
            &Ok(outcome),
        );
        let (_, after_time) = line.split_once(' ').unwrap();
        after_time.to_owned()
    }

    #[test]
    fn a_line_names_the_call_its_flow_its_sizes_and_its_error() {
        let query = r#"{"type": "QueryDataRequest", "entityIdentifier": "Airport",
            "connectorContext": {"flowName": "daily"}}"#;
        assert_eq!(
            text(query, Ok(r#"{"isSuccess":true}"#)),
            "airports QueryData flow=daily entity=Airport 12.0 ms 7 -> 18 bytes"
        );
        let refused = r#"{"isSuccess":false,"errorDetails":
            {"errorCode":"InvalidCredentials","errorMessage":"expired"}}"#;
        assert!(text(query, Ok(refused)).ends_with("bytes InvalidCredentials: expired"));
        assert_eq!(
            text("1", Err(("KeyError", "'id'"))),
            "airports 12.0 ms 7 bytes, failed: KeyError: 'id'"
        );
    }
}
