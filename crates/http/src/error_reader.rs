//! From an application's own errors to AppFlow's.

use std::time::Duration;

use appflow_connector_model::{ConnectorError, ErrorCode, truncate};

use crate::Answer;
use crate::auth::Auth;

/// How much of the application's own message is passed on.
const MAX_MESSAGE_CHARS: usize = 500;

/// Reads an application's own error bodies. A plain function is one too.
///
/// ```
/// use appflow_connector_http::{Answer, HttpClient, Problem};
/// use appflow_connector_model::ErrorCode;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Fault {
///     kind: String,
///     text: String,
/// }
///
/// fn read_error(answer: &Answer) -> Option<Problem> {
///     let fault: Fault = answer.json().ok()?;
///     let problem = Problem::new(fault.text);
///     Some(match fault.kind.as_str() {
///         "session_expired" => problem.with_code(ErrorCode::InvalidCredentials),
///         "row_locked" => problem.with_code(ErrorCode::ServiceUnavailable).retryable(),
///         _ => problem,
///     })
/// }
///
/// let problem = read_error(&Answer::new(400, r#"{"kind": "row_locked", "text": "row 7 is locked"}"#));
/// assert!(problem.unwrap().is_retryable());
///
/// let http = HttpClient::builder().application("Example").error_reader(read_error).build();
/// ```
pub trait ErrorReader: Send + Sync {
    /// What an answer with a status of 400 or more means. `None` leaves it to the status, and to the body as text.
    fn read_error(&self, answer: &Answer) -> Option<Problem>;

    /// What an answer with a lower status means, for applications that put errors into those. `None`, the default, means that it
    /// is none.
    fn read_success(&self, answer: &Answer) -> Option<Problem> {
        let _ = answer;
        None
    }
}

impl<F: Fn(&Answer) -> Option<Problem> + Send + Sync> ErrorReader for F {
    fn read_error(&self, answer: &Answer) -> Option<Problem> {
        self(answer)
    }
}

/// What went wrong, in the application's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    message: String,
    code: Option<ErrorCode>,
    is_retryable: bool,
    retry_after: Option<Duration>,
}

impl Problem {
    /// A problem with the application's message. At most 500 characters of it reach AppFlow.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// The code for AppFlow. Without it the status decides.
    #[must_use]
    pub const fn with_code(mut self, code: ErrorCode) -> Self {
        self.code = Some(code);
        self
    }

    /// Says that the application did nothing of what was asked, and may do it at a later try. Such calls are made again, those that
    /// are not idempotent under [`Repeat::IfRefused`](crate::Repeat::IfRefused) too.
    #[must_use]
    pub const fn retryable(mut self) -> Self {
        self.is_retryable = true;
        self
    }

    /// How long to wait, for applications that say it otherwise than with the header `Retry-After`.
    #[must_use]
    pub const fn with_retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Whether [`retryable`](Self::retryable) was said.
    pub const fn is_retryable(&self) -> bool {
        self.is_retryable
    }

    /// The code, if one was given.
    pub const fn code(&self) -> Option<ErrorCode> {
        self.code
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The wait, if one was given.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The problem of an answer that no reader knows: its body, if it is text that is not a page for people.
    pub(crate) fn from_body(answer: &Answer) -> Self {
        let content_type = answer.header("content-type").unwrap_or_default();
        let body = String::from_utf8_lossy(&answer.body);
        if content_type.contains("html") || body.trim_start().starts_with('<') {
            return Self::default();
        }
        Self::new(body)
    }

    /// The error for AppFlow: `Salesforce answered 400 to GET /query: MALFORMED_QUERY: unexpected token`.
    pub(crate) fn error(&self, answer: &Answer, call: &str, auth: &Auth) -> ConnectorError {
        let status = answer.status();
        let mut message = format!("{} answered {status} to {call}", answer.application);
        let text = short(&auth.redact(self.message.clone()));
        if !text.is_empty() {
            message.push_str(": ");
            message.push_str(&text);
        }
        let code = match self.code {
            Some(code) => code,
            None if status < 400 => ErrorCode::ServerError,
            None => ErrorCode::from_http_status(status),
        };
        ConnectorError::new(code, message)
    }
}

/// The text as one line of at most 500 characters.
fn short(text: &str) -> String {
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
    use super::*;

    fn error(problem: &Problem, answer: &Answer) -> ConnectorError {
        problem.error(answer, "GET /query", &Auth::bearer("t0ken".into()))
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
            // An error in an answer that looks good.
            (200, ErrorCode::ServerError),
        ] {
            assert_eq!(error(&problem, &Answer::new(status, "")).code(), code);
        }
        let problem = problem.with_code(ErrorCode::RateLimitExceeded);
        let error = error(&problem, &Answer::new(403, ""));
        assert_eq!(error.code(), ErrorCode::RateLimitExceeded);
        assert_eq!(
            error.message(),
            "the application answered 403 to GET /query: no such field"
        );
    }

    #[test]
    fn messages_are_one_short_line_without_secrets() {
        let answer = Answer::new(
            500,
            "t0ken\r\n\u{1b}[31m  is\tnot   known ".to_owned() + &"é".repeat(10_000),
        );
        let error = error(&Problem::from_body(&answer), &answer);
        let message = error.message();
        assert!(
            message.starts_with(
                "the application answered 500 to GET /query: [secret] [31m is not known éé"
            ),
            "{message}"
        );
        assert!(message.chars().count() < 600);
    }

    #[test]
    fn pages_for_people_are_left_out() {
        for answer in [
            Answer::new(502, "<html>Bad Gateway</html>"),
            Answer::new(502, "Bad Gateway").with_header("content-type", "text/html"),
            Answer::new(502, ""),
        ] {
            let error = error(&Problem::from_body(&answer), &answer);
            assert_eq!(
                error.message(),
                "the application answered 502 to GET /query"
            );
        }
    }
}
