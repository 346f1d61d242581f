use std::time::{Duration, Instant};

use reqwest::{Client, Url};
use serde::Deserialize;

use super::{InvocationFailure, Reply, Target, TargetError, TargetFuture};
use crate::http;

/// Where the Runtime Interface Emulator listens for calls.
const INVOKE_PATH: &str = "/2015-03-31/functions/function/invocations";
/// More than Lambda would let through, so that too large an answer is seen as such.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;
/// How long a call may take beyond AppFlow's limit.
const GRACE: Duration = Duration::from_secs(5);

/// A connector behind a URL that takes calls as AWS's Runtime Interface Emulator does: a POST with the request.
#[derive(Debug)]
pub struct Endpoint {
    client: Client,
    url: Url,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorObject {
    error_type: Option<String>,
    error_message: String,
}

impl Endpoint {
    /// Takes the emulator's address, such as `http://localhost:9000`, or the whole URL of the function.
    ///
    /// # Errors
    /// When it is no http or https URL.
    pub fn new(url: &str) -> Result<Self, TargetError> {
        let failure = |problem: String| TargetError::Endpoint {
            url: url.to_owned(),
            problem,
        };
        let mut parsed: Url = url.parse().map_err(|error| failure(format!("{error}")))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(failure("must begin with http:// or https://".to_owned()));
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
        let failure = |problem: String| TargetError::Endpoint {
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
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) if error.is_timeout() && !error.is_connect() => {
                let timed_out = InvocationFailure::timed_out(limit + GRACE);
                return Ok(Reply::new(Err(timed_out), started.elapsed()));
            }
            Err(error) => return Err(failure(error.without_url().to_string())),
        };
        let status = answer.status();
        let is_function_error = answer.headers().contains_key("x-amz-function-error");
        let body = http::read_body(answer, MAX_ANSWER_BYTES)
            .await
            .map_err(|error| failure(error.without_url().to_string()))?;
        if status.is_client_error() {
            return Err(failure(format!("it answered {status}")));
        }
        Ok(Reply::new(
            read_result(body, is_function_error),
            started.elapsed(),
        ))
    }
}

/// Tells an error from an answer. The emulator marks errors by no header: a failed function's error object is the body, a time-out is
/// plain text, the end of the process an empty body.
fn read_result(body: Vec<u8>, is_marked: bool) -> Result<Vec<u8>, InvocationFailure> {
    let failure = |error_type: &str, error_message: String| InvocationFailure {
        error_type: error_type.to_owned(),
        error_message,
    };
    if body.is_empty() {
        return Err(failure(
            InvocationFailure::EXITED,
            "the answer is empty: the process ended".to_owned(),
        ));
    }
    if body.starts_with(b"Task timed out") {
        let text = String::from_utf8_lossy(&body).into_owned();
        return Err(failure(InvocationFailure::TIMED_OUT, text));
    }
    // A response of a connector has no `errorMessage` at its top.
    match serde_json::from_slice::<ErrorObject>(&body) {
        Ok(error) => Err(failure(
            error.error_type.as_deref().unwrap_or("Unhandled"),
            error.error_message,
        )),
        Err(_) if is_marked => Err(failure(
            "Unhandled",
            String::from_utf8_lossy(&body).into_owned(),
        )),
        Err(_) => Ok(body),
    }
}

impl Target for Endpoint {
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
    fn errors_of_the_emulator_are_told_from_answers() {
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
    fn an_address_gets_the_emulators_path_and_a_whole_url_keeps_its_own() {
        let url = |text: &str| Endpoint::new(text).unwrap().name();
        assert_eq!(
            url("http://localhost:9000"),
            "http://localhost:9000/2015-03-31/functions/function/invocations"
        );
        assert_eq!(
            url("https://example.com/connector"),
            "https://example.com/connector"
        );
        assert!(Endpoint::new("ftp://localhost").is_err());
    }
}
