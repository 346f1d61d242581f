//! Failures without a complete response, or with one that cannot be read.

use std::error::Error;
use std::time::Duration;

use appflow_connector_model::{ConnectorError, ErrorCode};

use super::attempt::Call;
use super::body::BodyError;
use crate::client::ForbiddenAddress;
use crate::retry::{Effect, Failure};

impl Call<'_> {
    pub(super) fn unreadable(&self, error: &BodyError) -> Failure {
        let (application, limit) = (&self.client.application, self.client.max_body_bytes);
        match error {
            BodyError::Broken(error) => self.broken(error),
            BodyError::TooLarge(_) => ConnectorError::server_error(format!(
                "{application}'s response has more than {limit} bytes: ask for fewer records or fields"
            ))
            .into(),
            BodyError::Malformed => unclear(ConnectorError::server_error(format!(
                "{application}'s response does not match its Content-Encoding"
            ))),
        }
    }

    pub(crate) fn timed_out(&self) -> Failure {
        let application = &self.client.application;
        unclear(ConnectorError::request_timeout(format!(
            "{application} did not respond in time at {}",
            self.origin()
        )))
    }

    /// No connection within the attempt's time: no byte of the request was sent.
    pub(crate) fn unconnected(&self) -> Failure {
        let application = &self.client.application;
        let origin = self.origin();
        Failure {
            error: ConnectorError::request_timeout(format!(
                "{application} cannot be reached at {origin}: no connection was accepted in time; check that this is {application}'s host and that the function's network (VPC, security group, firewall) leads to it"
            )),
            effect: Effect::Refused,
            retry_after: None,
            response: None,
        }
    }

    /// A request without a response, or with half of one. The error's text contains the URL and
    /// with it the query; its innermost cause does not.
    pub(super) fn broken(&self, error: &reqwest::Error) -> Failure {
        let (application, origin) = (&self.client.application, self.origin());
        let cause = std::iter::successors(error.source(), |error| (*error).source()).last();
        let is_forbidden = cause.is_some_and(<dyn Error>::is::<ForbiddenAddress>);
        let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
        let (code, effect, text) = if is_forbidden {
            let text = format!("{application} cannot be called{cause}");
            (ErrorCode::InvalidArgument, Effect::Final, text)
        } else if error.is_builder() {
            let text = format!("the request to {application} is not valid");
            (ErrorCode::InvalidArgument, Effect::Final, text)
        } else if error.is_connect() && error.is_timeout() {
            return self.unconnected();
        } else if error.is_connect() {
            let text = format!("{application} cannot be reached at {origin}{cause}");
            (ErrorCode::ServiceUnavailable, Effect::Refused, text)
        } else {
            let text = format!("the connection to {application} at {origin} broke{cause}");
            (ErrorCode::ServiceUnavailable, Effect::Unclear, text)
        };
        Failure {
            error: ConnectorError::new(code, self.auth.redact(text)),
            effect,
            retry_after: None,
            response: None,
        }
    }
}

/// A complete response that the caller cannot read.
pub(crate) fn unread(error: ConnectorError) -> Failure {
    let effect = match error.code() {
        ErrorCode::ServerError
        | ErrorCode::ServiceUnavailable
        | ErrorCode::RateLimitExceeded
        | ErrorCode::RequestTimeout => Effect::Unclear,
        _ => Effect::Final,
    };
    let retry_after = error.retry_after_seconds();
    Failure {
        retry_after: retry_after.map(|seconds| Duration::from_secs(seconds.into())),
        error,
        effect,
        response: None,
    }
}

const fn unclear(error: ConnectorError) -> Failure {
    Failure {
        error,
        effect: Effect::Unclear,
        retry_after: None,
        response: None,
    }
}
