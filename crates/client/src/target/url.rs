//! A connector behind a URL.

use std::time::{Duration, Instant};

use reqwest::{Client, Url};

use super::{GRACE, InvocationFailure, Reply, Target, TargetError, TargetFuture};
use crate::http;

/// Where the Runtime Interface Emulator listens for calls.
const INVOKE_PATH: &str = "/2015-03-31/functions/function/invocations";
/// More than Lambda accepts, so that a response that is too large is seen as such.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// A connector behind a URL that accepts calls as AWS's Runtime Interface Emulator does: a POST
/// with the request as its body.
#[derive(Debug)]
pub struct UrlTarget {
    client: Client,
    url: Url,
}

impl UrlTarget {
    /// Makes a target of the emulator's address, such as `http://localhost:9000`, or of the whole
    /// URL of the function. Nothing is called yet.
    ///
    /// # Errors
    /// If it is not an http or https URL.
    pub fn new(url: &str) -> Result<Self, TargetError> {
        let failure = |problem: String| TargetError::Url {
            url: url.to_owned(),
            problem,
        };
        let mut parsed: Url = url.parse().map_err(|error| failure(format!("{error}")))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(failure(
                "a URL must begin with http:// or https://".to_owned(),
            ));
        }
        if parsed.path() == "/" {
            parsed.set_path(INVOKE_PATH);
        }
        Ok(Self {
            client: http::client().map_err(|error| failure(error.to_string()))?,
            url: parsed,
        })
    }

    async fn call(&self, payload: Vec<u8>, limit: Duration) -> Result<Reply, TargetError> {
        let failure = |problem: String| TargetError::Url {
            url: self.url.to_string(),
            problem,
        };
        let started = Instant::now();
        let sent = self
            .client
            .post(self.url.clone())
            .header("Content-Type", "application/json")
            .timeout(limit + GRACE)
            .body(payload)
            .send()
            .await;
        let response = match sent {
            Ok(response) => response,
            Err(error) if error.is_timeout() && !error.is_connect() => {
                let timed_out = InvocationFailure::timed_out(limit + GRACE);
                return Ok(Reply::new(Err(timed_out), started.elapsed()));
            }
            Err(error) => return Err(failure(error.without_url().to_string())),
        };
        let status = response.status();
        let is_function_error = response.headers().contains_key("x-amz-function-error");
        let body = http::read_body(response, MAX_BODY_BYTES)
            .await
            .map_err(|error| failure(error.without_url().to_string()))?;
        if status.is_client_error() {
            return Err(failure(format!("it returned {status}")));
        }
        Ok(Reply::new(
            read_result(body, is_function_error),
            started.elapsed(),
        ))
    }
}

/// Tells a failure from a response. The emulator marks failures by no header: the body is the error
/// object of a failed function, plain text after a time-out, empty after the end of the process.
fn read_result(body: Vec<u8>, is_marked: bool) -> Result<Vec<u8>, InvocationFailure> {
    let text = || String::from_utf8_lossy(&body).into_owned();
    let failure = |error_type: &str, error_message: String| InvocationFailure {
        error_type: error_type.to_owned(),
        error_message,
    };
    if body.is_empty() {
        let message = "the body is empty: the connector's process exited".to_owned();
        return Err(failure(InvocationFailure::EXITED, message));
    }
    if body.starts_with(b"Task timed out") {
        return Err(failure(InvocationFailure::TIMED_OUT, text()));
    }
    match InvocationFailure::from_error_object(&body) {
        Some(failure) => Err(failure),
        None if is_marked => Err(failure(InvocationFailure::UNHANDLED, text())),
        None => Ok(body),
    }
}

impl Target for UrlTarget {
    fn name(&self) -> String {
        self.url.to_string()
    }

    fn invoke(
        &self,
        payload: Vec<u8>,
        time_limit: Duration,
    ) -> TargetFuture<'_, Result<Reply, TargetError>> {
        Box::pin(self.call(payload, time_limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_type(body: &str) -> Option<String> {
        let result = read_result(body.as_bytes().to_vec(), false);
        result.err().map(|failure| failure.error_type)
    }

    #[test]
    fn failures_of_the_emulator_are_told_from_responses() {
        for (body, expected) in [
            (r#"{"isSuccess":true}"#, None),
            (
                r#"{"isSuccess":false,"errorDetails":{"errorMessage":"no"}}"#,
                None,
            ),
            (
                r#"{"errorType":"RuntimeError","errorMessage":"no"}"#,
                Some("RuntimeError"),
            ),
            (r#"{"errorMessage":"no"}"#, Some("Unhandled")),
            (
                "Task timed out after 1.00 seconds",
                Some(InvocationFailure::TIMED_OUT),
            ),
            ("", Some(InvocationFailure::EXITED)),
        ] {
            assert_eq!(error_type(body).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn an_address_gets_the_emulators_path_and_a_whole_url_keeps_its_path() {
        let url = |text: &str| UrlTarget::new(text).unwrap().name();
        assert_eq!(
            url("http://localhost:9000"),
            "http://localhost:9000/2015-03-31/functions/function/invocations"
        );
        assert_eq!(
            url("https://example.com/connector"),
            "https://example.com/connector"
        );
        assert!(UrlTarget::new("ftp://localhost").is_err());
    }
}
