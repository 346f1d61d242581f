use std::ops::Deref;

use appflow_connector_client::{CallError, Envelope};
use appflow_connector_model::{ErrorCode, Response};
use serde_json::Value;

use super::Outcome;
use crate::finding::Finding;

/// A call, with the findings about it.
#[derive(Clone, Debug)]
pub(crate) struct Exchange(appflow_connector_client::Exchange);

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

/// A request that was refused by an answer.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: Option<ErrorCode>,
    pub(crate) exchange: Exchange,
}

impl Exchange {
    /// A finding about this call that shows the beginning of its answer.
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
            .with_answer(&shown)
    }

    /// The fields that every response has.
    pub(crate) fn envelope(&self) -> Result<Envelope, Finding> {
        self.0.envelope().map_err(|error| {
            self.unreadable(
                &error,
                "one JSON object with `isSuccess` and `errorDetails`",
            )
        })
    }

    fn unreadable(&self, error: &CallError, expected: &str) -> Finding {
        match error {
            CallError::Invocation { source, .. } => self.finding(
                format!("the invocation failed: {source}"),
                "an answer with `isSuccess`; AppFlow's user sees nothing of a failed invocation's reason",
            ),
            CallError::InvalidResponse { path, source } => {
                self.finding(format!("the answer cannot be read at `{path}`: {source}"), expected)
            }
            other => self.finding(other.to_string(), expected),
        }
    }

    /// Reads an answer that must say `isSuccess: true` and have the shape of its response.
    pub(crate) fn good_answer<T: Response>(&self) -> Result<T, Finding> {
        let envelope = self.envelope()?;
        if envelope.is_success != Some(true) {
            return Err(match envelope.error_details {
                Some(details) => self.finding(
                    format!("the connector answered an error: {}", describe(&details)),
                    "`isSuccess: true`",
                ),
                None => self.finding(
                    "the answer does not say `isSuccess: true`",
                    "`isSuccess: true`",
                ),
            });
        }
        self.read()
    }

    /// Reads an answer that has the shape of its response, whether it is good or bad.
    pub(crate) fn read<T: Response>(&self) -> Result<T, Finding> {
        self.response()
            .map_err(|error| self.unreadable(&error, "a response as AppFlow's wire has it"))
    }

    /// Reads an answer that must say `isSuccess: false` and why.
    pub(crate) fn refusal(self) -> Result<Refusal, Finding> {
        let envelope = self.envelope()?;
        if envelope.is_success != Some(false) {
            return Err(self.finding(
                "the connector did not refuse the request",
                "`isSuccess: false` and `errorDetails` that say why",
            ));
        }
        let details = envelope.error_details.unwrap_or_default();
        Ok(Refusal {
            code: serde_json::from_value(details["errorCode"].clone()).ok(),
            exchange: self,
        })
    }
}

impl Refusal {
    /// Whether the code says that the request was at fault, and not the connector or the application.
    fn blames_the_request(&self) -> bool {
        matches!(
            self.code,
            Some(
                ErrorCode::InvalidArgument
                    | ErrorCode::ClientError
                    | ErrorCode::ResourceNotFoundError
                    | ErrorCode::AccessDenied
            )
        )
    }

    /// Passes if the code blames the request, in which `what` is wrong.
    pub(crate) fn must_blame_the_request(self, what: &str) -> Outcome {
        if self.blames_the_request() {
            return Ok(());
        }
        let problem = format!("{what} is refused with {}", self.code_name());
        let expected = "InvalidArgument, or another code that says that the request was wrong";
        Err(self.exchange.finding(problem, expected).into())
    }

    /// The code as it stands in a finding.
    pub(crate) fn code_name(&self) -> &'static str {
        self.code.map_or("no known code", ErrorCode::as_str)
    }
}

fn describe(details: &Value) -> String {
    let text = |key: &str| details[key].as_str().unwrap_or("?").to_owned();
    format!("{}: {}", text("errorCode"), text("errorMessage"))
}
