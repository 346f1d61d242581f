//! From an application's errors to AppFlow's.

use std::time::Duration;

use appflow_connector_model::{ConnectorError, ErrorCode, truncate};
use serde::Deserialize;

use crate::auth::Auth;
use crate::response::Response;

/// How much of the application's message is passed on, in characters.
const MAX_MESSAGE_CHARS: usize = 500;

/// Reads an application's error responses. A plain function is an error reader.
///
/// ```
/// use appflow_connector_http::{HttpClient, Problem, Response};
/// use appflow_connector_model::ErrorCode;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Fault {
///     kind: String,
///     text: String,
/// }
///
/// fn read_error(response: &Response) -> Option<Problem> {
///     let fault: Fault = response.json().ok()?;
///     let problem = Problem::new(fault.text);
///     Some(match fault.kind.as_str() {
///         "session_expired" => problem.with_code(ErrorCode::InvalidCredentials),
///         "row_locked" => problem.with_code(ErrorCode::ServiceUnavailable).retryable(),
///         _ => problem,
///     })
/// }
///
/// let problem = read_error(&Response::new(
///     400,
///     r#"{"kind": "row_locked", "text": "row 7 is locked"}"#,
/// ));
/// assert!(problem.unwrap().is_retryable());
///
/// let http = HttpClient::builder()
///     .application("Example")
///     .error_reader(read_error)
///     .build();
/// ```
pub trait ErrorReader: Send + Sync {
    /// Returns what a response with a status of 400 or more means. With `None` the status gives the
    /// code and the body the message.
    fn read_error(&self, response: &Response) -> Option<Problem>;

    /// Returns the error in a response with a lower status, for applications that return errors
    /// with status 200. Default: `None`, no error.
    fn read_success(&self, response: &Response) -> Option<Problem> {
        let _ = response;
        None
    }
}

impl<F: Fn(&Response) -> Option<Problem> + Send + Sync> ErrorReader for F {
    fn read_error(&self, response: &Response) -> Option<Problem> {
        self(response)
    }
}

/// An error in the application's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    message: String,
    code: Option<ErrorCode>,
    application_code: Option<String>,
    is_retryable: bool,
    retry_after: Option<Duration>,
}

impl Problem {
    /// Makes a problem with the application's message, of which at most 500 characters reach
    /// AppFlow.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// Sets the code for AppFlow. Default: by the status.
    #[must_use]
    pub const fn with_code(mut self, code: ErrorCode) -> Self {
        self.code = Some(code);
        self
    }

    /// Sets the application's own code, by which the connector recognizes the error:
    /// [`ConnectorError::application_code`]. It is not sent to AppFlow.
    #[must_use]
    pub fn with_application_code(mut self, code: impl Into<String>) -> Self {
        self.application_code = Some(code.into());
        self
    }

    /// Marks that the application did nothing and that a later attempt may succeed. Such requests
    /// are retried, also under [`Repeat::IfRefused`](crate::Repeat::IfRefused).
    #[must_use]
    pub const fn retryable(mut self) -> Self {
        self.is_retryable = true;
        self
    }

    /// Sets how long to wait, for applications that do not use the header `Retry-After`.
    #[must_use]
    pub const fn with_retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Whether it was marked as [retryable](Self::retryable).
    pub const fn is_retryable(&self) -> bool {
        self.is_retryable
    }

    /// The code, if one was set.
    pub const fn code(&self) -> Option<ErrorCode> {
        self.code
    }

    /// The application's own code, if one was set.
    pub fn application_code(&self) -> Option<&str> {
        self.application_code.as_deref()
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The wait, if one was set.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Reads an OAuth 2.0 error (RFC 6749 section 5.2, RFC 6750 section 3.1), such as
    /// `{"error": "invalid_token", "error_description": "expired"}`. Its `error` is the application's
    /// own code. Returns `None` if the response has another form.
    pub fn from_oauth2(response: &Response) -> Option<Self> {
        let OAuth2Error {
            error,
            error_description,
        } = response.json().ok()?;
        let code = match error.as_str() {
            "invalid_token" | "invalid_grant" | "invalid_client" => {
                Some(ErrorCode::InvalidCredentials)
            }
            "insufficient_scope" => Some(ErrorCode::AccessDenied),
            _ => None,
        };
        let message = match error_description {
            Some(description) => format!("{error}: {description}"),
            None => error.clone(),
        };
        Some(Self {
            code,
            application_code: Some(error),
            ..Self::new(message)
        })
    }

    /// The problem of a response that the reader does not recognise: its body, unless that is HTML.
    pub(crate) fn from_body(response: &Response) -> Self {
        let content_type = response.header("content-type").unwrap_or_default();
        let body = String::from_utf8_lossy(&response.body);
        if content_type.contains("html") || body.trim_start().starts_with('<') {
            return Self::default();
        }
        Self::new(body)
    }

    /// The error for AppFlow:
    /// `Salesforce returned 400 for GET /query: MALFORMED_QUERY: unexpected token`.
    pub(crate) fn error(
        &self,
        application: &str,
        status: u16,
        call: &str,
        auth: &Auth,
    ) -> ConnectorError {
        let mut message = format!("{application} returned {status} for {call}");
        let text = one_line(&auth.redact(self.message.clone()));
        if !text.is_empty() {
            message.push_str(": ");
            message.push_str(&text);
        }
        let code = match self.code {
            Some(code) => code,
            None if status < 400 => ErrorCode::ServerError,
            None => ErrorCode::from_http_status(status),
        };
        let error = ConnectorError::new(code, message);
        match &self.application_code {
            Some(code) => error.with_application_code(code.as_str()),
            None => error,
        }
    }
}

#[derive(Deserialize)]
struct OAuth2Error {
    error: String,
    error_description: Option<String>,
}

/// Returns the text as one line of at most 500 characters.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if !line.is_empty() && !word.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.chars().nth(MAX_MESSAGE_CHARS).is_some() {
            break;
        }
    }
    truncate(&line, MAX_MESSAGE_CHARS).into_owned()
}

#[cfg(test)]
mod tests {
    use appflow_connector_model::ErrorDetails;

    use super::*;

    fn error(problem: &Problem, response: &Response) -> ConnectorError {
        let auth = Auth::bearer("t0ken".into());
        problem.error("the application", response.status(), "GET /query", &auth)
    }

    #[test]
    fn the_status_decides_unless_the_application_says_more() {
        let problem = Problem::new("no such field");
        for (status, code) in [
            (400, ErrorCode::InvalidArgument),
            (401, ErrorCode::InvalidCredentials),
            (403, ErrorCode::AccessDenied),
            (404, ErrorCode::ClientError),
            (429, ErrorCode::RateLimitExceeded),
            (500, ErrorCode::ServerError),
            (503, ErrorCode::ServiceUnavailable),
            // An error in a response with a successful status.
            (200, ErrorCode::ServerError),
        ] {
            assert_eq!(error(&problem, &Response::new(status, "")).code(), code);
        }
        let problem = problem.with_code(ErrorCode::RateLimitExceeded);
        let error = error(&problem, &Response::new(403, ""));
        assert_eq!(error.code(), ErrorCode::RateLimitExceeded);
        assert_eq!(
            error.message(),
            "the application returned 403 for GET /query: no such field"
        );
    }

    #[test]
    fn an_oauth2_error_has_a_code_and_a_description() {
        for (body, code, message) in [
            (
                r#"{"error":"invalid_token","error_description":"expired"}"#,
                Some(ErrorCode::InvalidCredentials),
                "invalid_token: expired",
            ),
            (
                r#"{"error":"insufficient_scope"}"#,
                Some(ErrorCode::AccessDenied),
                "insufficient_scope",
            ),
            (r#"{"error":"server_error"}"#, None, "server_error"),
        ] {
            let problem = Problem::from_oauth2(&Response::new(401, body)).unwrap();
            assert_eq!((problem.code(), problem.message()), (code, message));
            let own_code = message.split(':').next();
            assert_eq!(problem.application_code(), own_code);
        }
        for body in ["", "<html>", "[]", "{}", r#"{"error":{}}"#] {
            assert_eq!(Problem::from_oauth2(&Response::new(401, body)), None);
        }
    }

    #[test]
    fn the_applications_own_code_is_in_the_error_and_not_on_the_wire() {
        let problem = Problem::new("closed").with_application_code("INVALID_QUERY_LOCATOR");
        let error = error(&problem, &Response::new(400, ""));
        assert_eq!(error.application_code(), Some("INVALID_QUERY_LOCATOR"));
        let details = ErrorDetails::from(error);
        assert_eq!(
            details.error_message,
            "the application returned 400 for GET /query: closed"
        );
    }

    #[test]
    fn messages_are_one_short_line_without_secrets() {
        let response = Response::new(
            500,
            "t0ken\r\n\u{1b}[31m  is\tnot   known ".to_owned() + &"é".repeat(10_000),
        );
        let error = error(&Problem::from_body(&response), &response);
        let message = error.message();
        assert!(
            message.starts_with(
                "the application returned 500 for GET /query: [secret] [31m is not known éé"
            ),
            "{message}"
        );
        assert!(message.chars().count() < 600);
    }

    #[test]
    fn html_is_left_out() {
        for response in [
            Response::new(502, "<html>Bad Gateway</html>"),
            Response::new(502, "Bad Gateway").with_header("content-type", "text/html"),
            Response::new(502, ""),
        ] {
            let error = error(&Problem::from_body(&response), &response);
            assert_eq!(
                error.message(),
                "the application returned 502 for GET /query"
            );
        }
    }
}
