use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::lenient;
use crate::limits::MAX_SENT_MESSAGE_CHARS;
use crate::truncate;

/// What kind of failure a connector reports to AppFlow.
///
/// On [`InvalidCredentials`](Self::InvalidCredentials), AppFlow renews the token and calls once
/// more. After [`RateLimitExceeded`](Self::RateLimitExceeded),
/// [`ServiceUnavailable`](Self::ServiceUnavailable), [`RequestTimeout`](Self::RequestTimeout) and
/// [`ServerError`](Self::ServerError) a later attempt may succeed; the other codes end a flow's
/// run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ErrorCode {
    /// An invalid argument; the application's HTTP 400 or 413.
    InvalidArgument,
    /// The application refused the credentials; HTTP 401.
    InvalidCredentials,
    /// The credentials are valid but do not allow the operation; HTTP 403.
    AccessDenied,
    /// No response in time; HTTP 408 and the client's own time-outs.
    RequestTimeout,
    /// The application throttles requests; HTTP 429.
    RateLimitExceeded,
    /// The application is temporarily unavailable; HTTP 503.
    ServiceUnavailable,
    /// Any other HTTP 4xx.
    ClientError,
    /// Any other HTTP 5xx, or a failure of the connector itself.
    ServerError,
    /// No other code fits.
    UnknownError,
    /// Some records of a write failed; each has its own result.
    PartialWriteFailure,
    /// A resource that the connector needs does not exist, such as the secret behind an ARN.
    ResourceNotFoundError,
}

impl ErrorCode {
    /// Returns the code for an application's HTTP status of 400 or more. Any lower status is
    /// [`UnknownError`](Self::UnknownError).
    pub const fn from_http_status(status: u16) -> Self {
        match status {
            400 | 413 => Self::InvalidArgument,
            401 => Self::InvalidCredentials,
            403 => Self::AccessDenied,
            408 => Self::RequestTimeout,
            429 => Self::RateLimitExceeded,
            503 => Self::ServiceUnavailable,
            400..=499 => Self::ClientError,
            500..=599 => Self::ServerError,
            _ => Self::UnknownError,
        }
    }

    /// Returns the code as it is written on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArgument => "InvalidArgument",
            Self::InvalidCredentials => "InvalidCredentials",
            Self::AccessDenied => "AccessDenied",
            Self::RequestTimeout => "RequestTimeout",
            Self::RateLimitExceeded => "RateLimitExceeded",
            Self::ServiceUnavailable => "ServiceUnavailable",
            Self::ClientError => "ClientError",
            Self::ServerError => "ServerError",
            Self::UnknownError => "UnknownError",
            Self::PartialWriteFailure => "PartialWriteFailure",
            Self::ResourceNotFoundError => "ResourceNotFoundError",
        }
    }
}

/// `errorDetails` of a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDetails {
    /// The kind of failure.
    pub error_code: ErrorCode,
    /// The message that AppFlow shows to its user. With the words that AppFlow puts before it, it
    /// has at most 1,024 characters.
    #[serde(deserialize_with = "lenient::scalar")]
    pub error_message: String,
    /// Seconds after which a retry may succeed.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub retry_after_seconds: Option<u32>,
}

/// The failure of an operation, as a connector reports it: a code, a message for AppFlow's user,
/// and when to retry.
///
/// ```
/// use appflow_connector_model::{ConnectorError, ErrorCode};
/// use std::time::Duration;
///
/// let error = ConnectorError::from_http_status(429, "too many calls")
///     .with_retry_after(Duration::from_secs(30));
/// assert_eq!(error.code(), ErrorCode::RateLimitExceeded);
/// assert_eq!(error.to_string(), "RateLimitExceeded: too many calls");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", code.as_str())]
pub struct ConnectorError {
    code: ErrorCode,
    message: String,
    retry_after_seconds: Option<u32>,
    application_code: Option<Box<str>>,
}

impl ConnectorError {
    /// Returns an error with any code.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_seconds: None,
            application_code: None,
        }
    }

    /// Returns the error for an application's HTTP status of 400 or more.
    pub fn from_http_status(status: u16, message: impl Into<String>) -> Self {
        Self::new(ErrorCode::from_http_status(status), message)
    }

    /// [`ErrorCode::InvalidArgument`].
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidArgument, message)
    }

    /// [`ErrorCode::InvalidCredentials`].
    pub fn invalid_credentials(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidCredentials, message)
    }

    /// [`ErrorCode::AccessDenied`].
    pub fn access_denied(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::AccessDenied, message)
    }

    /// [`ErrorCode::RequestTimeout`].
    pub fn request_timeout(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::RequestTimeout, message)
    }

    /// [`ErrorCode::RateLimitExceeded`].
    pub fn rate_limit_exceeded(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::RateLimitExceeded, message)
    }

    /// [`ErrorCode::ServiceUnavailable`].
    pub fn service_unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::ServiceUnavailable, message)
    }

    /// [`ErrorCode::ClientError`].
    pub fn client_error(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::ClientError, message)
    }

    /// [`ErrorCode::ServerError`].
    pub fn server_error(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::ServerError, message)
    }

    /// [`ErrorCode::UnknownError`].
    pub fn unknown_error(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::UnknownError, message)
    }

    /// [`ErrorCode::PartialWriteFailure`].
    pub fn partial_write_failure(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::PartialWriteFailure, message)
    }

    /// [`ErrorCode::ResourceNotFoundError`].
    pub fn resource_not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::ResourceNotFoundError, message)
    }

    /// Sets the time after which a retry may succeed, rounded up to seconds.
    #[must_use]
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        let seconds = delay
            .as_secs()
            .saturating_add(u64::from(delay.subsec_nanos() > 0));
        self.retry_after_seconds = Some(u32::try_from(seconds).unwrap_or(u32::MAX));
        self
    }

    /// Sets the application's own code of the error, such as Salesforce's `INVALID_QUERY_LOCATOR`.
    /// It is for the connector, which recognizes errors by it, and is not sent to AppFlow.
    #[must_use]
    pub fn with_application_code(mut self, code: impl Into<Box<str>>) -> Self {
        self.application_code = Some(code.into());
        self
    }

    /// Changes the message.
    #[must_use]
    pub fn map_message(mut self, change: impl FnOnce(String) -> String) -> Self {
        self.message = change(self.message);
        self
    }

    /// The kind of failure.
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The message that AppFlow shows to its user.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Seconds after which a retry may succeed.
    pub const fn retry_after_seconds(&self) -> Option<u32> {
        self.retry_after_seconds
    }

    /// The application's own code of the error, if one was set.
    pub fn application_code(&self) -> Option<&str> {
        self.application_code.as_deref()
    }
}

/// The message is [truncated](truncate) to 800 characters, so that it fits AppFlow's 1,024 with the
/// words that AppFlow puts before it.
impl From<ConnectorError> for ErrorDetails {
    fn from(error: ConnectorError) -> Self {
        let error_message = match truncate(&error.message, MAX_SENT_MESSAGE_CHARS) {
            Cow::Borrowed(_) => error.message,
            Cow::Owned(truncated) => truncated,
        };
        Self {
            error_code: error.code,
            error_message,
            retry_after_seconds: error.retry_after_seconds,
        }
    }
}

/// Returns ServerError, for JSON of the application that cannot be read and values that cannot be
/// written as JSON. The message has the place and nothing of the content. For a record of AppFlow,
/// use [`Record::parse`](crate::Record::parse), whose error is an InvalidArgument.
impl From<serde_json::Error> for ConnectorError {
    fn from(error: serde_json::Error) -> Self {
        if error.line() == 0 {
            return Self::server_error("a value cannot be written as JSON");
        }
        Self::server_error(format!(
            "the JSON is not as expected (line {}, column {})",
            error.line(),
            error.column()
        ))
    }
}

impl From<ErrorDetails> for ConnectorError {
    fn from(details: ErrorDetails) -> Self {
        Self {
            code: details.error_code,
            message: details.error_message,
            retry_after_seconds: details.retry_after_seconds,
            application_code: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_code() {
        for (status, code) in [
            (400, ErrorCode::InvalidArgument),
            (401, ErrorCode::InvalidCredentials),
            (403, ErrorCode::AccessDenied),
            (404, ErrorCode::ClientError),
            (408, ErrorCode::RequestTimeout),
            (413, ErrorCode::InvalidArgument),
            (414, ErrorCode::ClientError),
            (429, ErrorCode::RateLimitExceeded),
            (500, ErrorCode::ServerError),
            (503, ErrorCode::ServiceUnavailable),
            (599, ErrorCode::ServerError),
            (302, ErrorCode::UnknownError),
            (700, ErrorCode::UnknownError),
        ] {
            assert_eq!(ErrorCode::from_http_status(status), code, "{status}");
        }
    }

    #[test]
    fn json_that_cannot_be_read_is_a_server_error_without_its_content() {
        let error = serde_json::from_str::<u8>(r#""secret""#).unwrap_err();
        let error = ConnectorError::from(error);
        assert_eq!(error.code(), ErrorCode::ServerError);
        assert_eq!(
            error.message(),
            "the JSON is not as expected (line 1, column 8)"
        );
    }

    #[test]
    fn a_code_reads_as_it_is_written() {
        let code = ErrorCode::ResourceNotFoundError;
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
    }

    #[test]
    fn a_wait_is_rounded_up_to_seconds() {
        let error = ConnectorError::service_unavailable("down");
        let seconds = |delay| error.clone().with_retry_after(delay).retry_after_seconds();
        assert_eq!(seconds(Duration::from_millis(1_500)), Some(2));
        assert_eq!(seconds(Duration::from_secs(2)), Some(2));
        assert_eq!(seconds(Duration::MAX), Some(u32::MAX));
    }
}
