use appflow_connector_model::{
    DescribeConnectorConfigurationResponse, DescribeEntityResponse, ErrorCode,
    ListEntitiesResponse, QueryDataResponse, RetrieveDataResponse,
    ValidateConnectorRuntimeSettingsResponse, ValidateCredentialsResponse, WriteDataResponse,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Outcome;
use crate::finding::Finding;
use crate::targets::Reply;

/// A call and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Value,
    pub(crate) reply: Reply,
}

/// What every response has, read so leniently that a wrong one can be looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Envelope {
    pub(crate) is_success: Option<bool>,
    pub(crate) error_details: Option<Value>,
}

/// A request that was refused by an answer.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: Option<ErrorCode>,
    pub(crate) exchange: Exchange,
}

/// The eight responses.
pub(crate) trait Response: DeserializeOwned {}

impl Response for DescribeConnectorConfigurationResponse {}
impl Response for ValidateConnectorRuntimeSettingsResponse {}
impl Response for ValidateCredentialsResponse {}
impl Response for ListEntitiesResponse {}
impl Response for DescribeEntityResponse {}
impl Response for QueryDataResponse {}
impl Response for RetrieveDataResponse {}
impl Response for WriteDataResponse {}

impl Exchange {
    /// The answer as text; empty when the invocation failed.
    pub(crate) fn answer(&self) -> String {
        match &self.reply.result {
            Ok(answer) => String::from_utf8_lossy(answer).into_owned(),
            Err(_) => String::new(),
        }
    }

    /// A finding about this call that shows the beginning of its answer.
    pub(crate) fn finding(
        &self,
        problem: impl Into<String>,
        expected: impl Into<String>,
    ) -> Finding {
        let shown = match &self.reply.result {
            Ok(_) => self.answer(),
            Err(failure) => failure.to_string(),
        };
        Finding::new(problem, expected)
            .with_request(&self.request)
            .with_answer(&shown)
    }

    /// The parts that every response has.
    pub(crate) fn envelope(&self) -> Result<Envelope, Finding> {
        let answer = match &self.reply.result {
            Ok(answer) => answer,
            Err(failure) => {
                return Err(self.finding(
                    format!("the invocation failed: {failure}"),
                    "an answer with `isSuccess`; AppFlow's user sees nothing of a failed invocation's reason",
                ));
            }
        };
        serde_json::from_slice(answer).map_err(|error| {
            self.finding(
                format!("the answer cannot be read: {error}"),
                "one JSON object with `isSuccess` and `errorDetails`",
            )
        })
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
        let answer = self.answer();
        let mut reader = serde_json::Deserializer::from_str(&answer);
        serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = error.path().to_string();
            self.finding(
                format!(
                    "the answer cannot be read at `{path}`: {}",
                    error.into_inner()
                ),
                "a response as AppFlow's wire has it",
            )
        })
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
