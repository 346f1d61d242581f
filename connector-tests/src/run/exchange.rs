use std::ops::Deref;

use appflow_connector_client::{CallError, Envelope};
use appflow_connector_model::{ErrorCode, Response};
use serde_json::Value;

use super::outcome::Outcome;
use crate::finding::Finding;

/// A call, which findings can be made about.
#[derive(Clone, Debug)]
pub(crate) struct Exchange(appflow_connector_client::Exchange);

/// A response that refuses a request.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: Option<ErrorCode>,
    pub(crate) exchange: Exchange,
}

impl From<appflow_connector_client::Exchange> for Exchange {
    fn from(exchange: appflow_connector_client::Exchange) -> Self {
        Self(exchange)
    }
}

impl Deref for Exchange {
    type Target = appflow_connector_client::Exchange;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Exchange {
    /// A finding about this call that shows the start of its response.
    pub(crate) fn finding(
        &self,
        problem: impl Into<String>,
        expected: impl Into<String>,
    ) -> Finding {
        let shown = match &self.reply.result {
            Ok(_) => self.response_text(),
            Err(failure) => failure.to_string(),
        };
        Finding::new(problem, expected)
            .with_request(&self.request)
            .with_response(&shown)
    }

    /// Reads the keys that every response has.
    pub(crate) fn envelope(&self) -> Result<Envelope, Finding> {
        let expected = "one JSON object with `isSuccess` and `errorDetails`";
        let envelope = self.0.envelope();
        envelope.map_err(|error| self.unreadable(&error, expected))
    }

    fn unreadable(&self, error: &CallError, expected: &str) -> Finding {
        match error {
            CallError::Invocation { source, .. } => self.finding(
                format!("the invocation failed: {source}"),
                "a response with `isSuccess`; AppFlow does not show its user why an invocation failed",
            ),
            CallError::InvalidResponse { path, source } => self.finding(
                format!("the response cannot be read at `{path}`: {source}"),
                expected,
            ),
            other => self.finding(other.to_string(), expected),
        }
    }

    /// Reads a response that must have `isSuccess: true` and the structure of its type.
    pub(crate) fn success<T: Response>(&self) -> Result<T, Finding> {
        let envelope = self.envelope()?;
        if envelope.is_success != Some(true) {
            return Err(match envelope.error_details {
                Some(details) => {
                    let problem =
                        format!("the connector returned an error: {}", describe(&details));
                    let mut finding = self.finding(problem, "`isSuccess: true`");
                    let code = details["errorCode"].clone();
                    finding.origin.code = serde_json::from_value(code).ok();
                    finding
                }
                None => self.finding(
                    "the response does not have `isSuccess: true`",
                    "`isSuccess: true`",
                ),
            });
        }
        self.read()
    }

    /// Reads a response that has the structure of its type, whether it is a success or an error.
    pub(crate) fn read<T: Response>(&self) -> Result<T, Finding> {
        let expected = "a response as AppFlow's protocol defines it";
        let response = self.response();
        response.map_err(|error| self.unreadable(&error, expected))
    }

    /// Reads a response that must have `isSuccess: false` and the reason.
    pub(crate) fn refusal(self) -> Result<Refusal, Finding> {
        let envelope = self.envelope()?;
        if envelope.is_success != Some(false) {
            return Err(self.finding(
                "the connector did not refuse the request",
                "`isSuccess: false`, with the reason in `errorDetails`",
            ));
        }
        let details = envelope.error_details.unwrap_or_default();
        Ok(Refusal {
            code: serde_json::from_value(details["errorCode"].clone()).ok(),
            exchange: self,
        })
    }
}

/// Whether a code says that the request was wrong, not the connector or the application.
const fn blames_the_request(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::InvalidArgument
            | ErrorCode::ClientError
            | ErrorCode::ResourceNotFoundError
            | ErrorCode::AccessDenied
    )
}

impl Refusal {
    /// Whether the code says that the request was wrong, not the connector or the application.
    fn blames_the_request(&self) -> bool {
        self.code.is_some_and(blames_the_request)
    }

    /// Passes if the code says that the request was wrong, as `what` in it was.
    pub(crate) fn must_blame_the_request(self, what: &str) -> Outcome {
        if self.blames_the_request() {
            return Ok(());
        }
        let problem = format!("{what} is refused with {}", self.code_name());
        let expected = "InvalidArgument, or another code that says that the request was wrong";
        Err(self.exchange.finding(problem, expected).into())
    }

    /// The code as findings show it.
    pub(crate) fn code_name(&self) -> &'static str {
        self.code.map_or("an unknown code", ErrorCode::as_str)
    }
}

fn describe(details: &Value) -> String {
    let text = |key: &str| details[key].as_str().unwrap_or("?").to_owned();
    format!("{}: {}", text("errorCode"), text("errorMessage"))
}
