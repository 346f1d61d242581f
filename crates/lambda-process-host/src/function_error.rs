use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::limits::MAX_RESPONSE_BYTES;

/// The error that ended a call: reported by the function, or detected by the host and worded as
/// Lambda does.
///
/// The error types of the host are `Sandbox.Timedout`, `Runtime.ExitError` (the process exited) and
/// `Function.ResponseSizeTooLarge`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error_type}: {error_message}")]
#[non_exhaustive]
pub struct FunctionError {
    /// `errorType`. `Unhandled` if the function reported none.
    pub error_type: String,
    /// `errorMessage`. Empty if the function reported none.
    pub error_message: String,
    /// `stackTrace` (`trace` in Node.js), one entry per frame. Empty if the function reported none.
    pub stack_trace: Vec<String>,
    /// The error object that Lambda returns to its caller: JSON with these fields and any others
    /// that the function reported.
    pub payload: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    error_type: Option<String>,
    error_message: Option<String>,
    #[serde(alias = "trace")]
    stack_trace: Option<Vec<Value>>,
}

impl FunctionError {
    /// Makes an error object of these two members.
    pub fn new(error_type: &str, error_message: String) -> Self {
        let payload = json!({"errorType": error_type, "errorMessage": error_message})
            .to_string()
            .into();
        Self {
            error_type: error_type.to_owned(),
            error_message,
            stack_trace: Vec::new(),
            payload,
        }
    }

    /// Reads a process's report. If the report is not an error object, its text becomes the
    /// message.
    pub(crate) fn from_report(payload: Bytes, type_header: Option<&str>) -> Self {
        let fallback_type = type_header.unwrap_or("Unhandled");
        let Ok(report) = serde_json::from_slice::<Report>(&payload) else {
            return Self::new(
                fallback_type,
                String::from_utf8_lossy(&payload).into_owned(),
            );
        };
        let frame = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Self {
            error_type: report
                .error_type
                .unwrap_or_else(|| fallback_type.to_owned()),
            error_message: report.error_message.unwrap_or_default(),
            stack_trace: report
                .stack_trace
                .unwrap_or_default()
                .into_iter()
                .map(frame)
                .collect(),
            payload,
        }
    }

    pub(crate) fn timed_out(request_id: &str, timeout: Duration) -> Self {
        let (now, seconds) = (Timestamp::now(), timeout.as_secs_f64());
        Self::new(
            "Sandbox.Timedout",
            format!("{now:.3} {request_id} Task timed out after {seconds:.2} seconds"),
        )
    }

    pub(crate) fn init_timed_out(request_id: &str, timeout: Duration) -> Self {
        let seconds = timeout.as_secs_f64();
        let message = format!(
            "RequestId: {request_id} Error: the process did not request an invocation within {seconds:.2} seconds of its start"
        );
        Self::new("Sandbox.Timedout", message)
    }

    pub(crate) fn exited(request_id: &str, status: ExitStatus) -> Self {
        let message = if status.success() {
            "Runtime exited without providing a reason".to_owned()
        } else {
            format!("Runtime exited with error: {}", exit_reason(status))
        };
        Self::new(
            "Runtime.ExitError",
            format!("RequestId: {request_id} Error: {message}"),
        )
    }

    pub(crate) fn not_started(request_id: &str, reason: &str) -> Self {
        Self::new(
            "Runtime.InvalidEntrypoint",
            format!("RequestId: {request_id} Error: {reason}"),
        )
    }

    pub(crate) fn response_too_large() -> Self {
        let message = format!(
            "Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
        );
        Self::new("Function.ResponseSizeTooLarge", message)
    }
}

/// Worded as in Go's standard library, because Lambda does so.
fn exit_reason(status: ExitStatus) -> String {
    let Some(signal) = status.signal() else {
        return format!("exit status {}", status.code().unwrap_or_default());
    };
    // These numbers are the same on all Unix systems.
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        6 => "aborted",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        15 => "terminated",
        _ => return format!("signal: signal {signal}"),
    };
    let core = if status.core_dumped() {
        " (core dumped)"
    } else {
        ""
    };
    format!("signal: {name}{core}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_and_its_payload_is_unchanged() {
        let body = r#"{"errorMessage":"no","errorType":"KeyError","requestId":"1","stackTrace":["a.py",{"line":3}]}"#;
        let error = FunctionError::from_report(body.into(), Some("Function.Header"));
        assert_eq!(error.to_string(), "KeyError: no");
        assert_eq!(error.stack_trace, ["a.py", r#"{"line":3}"#]);
        assert_eq!(error.payload, body);
    }

    #[test]
    fn the_stack_trace_of_node_is_read_from_trace() {
        let error =
            FunctionError::from_report(r#"{"trace":["at f"]}"#.into(), Some("Function.Header"));
        assert_eq!(
            (error.error_type.as_str(), error.error_message.as_str()),
            ("Function.Header", "")
        );
        assert_eq!(error.stack_trace, ["at f"]);
    }

    #[test]
    fn a_report_that_is_not_an_error_object_becomes_the_message() {
        for body in [
            "it broke",
            "[1]",
            "",
            r#"{"errorType": 5}"#,
            &"[".repeat(100_000),
        ] {
            let error = FunctionError::from_report(body.to_owned().into(), None);
            let payload: Value = serde_json::from_slice(&error.payload).unwrap();
            assert_eq!(
                payload,
                json!({"errorType": "Unhandled", "errorMessage": body})
            );
        }
    }

    #[test]
    fn an_exit_is_worded_as_on_lambda() {
        let message = |raw| FunctionError::exited("1-2", ExitStatus::from_raw(raw)).error_message;
        assert_eq!(
            message(9),
            "RequestId: 1-2 Error: Runtime exited with error: signal: killed"
        );
        assert_eq!(
            message(11),
            "RequestId: 1-2 Error: Runtime exited with error: signal: segmentation fault"
        );
        assert_eq!(
            message(40),
            "RequestId: 1-2 Error: Runtime exited with error: signal: signal 40"
        );
        assert_eq!(
            message(1 << 8),
            "RequestId: 1-2 Error: Runtime exited with error: exit status 1"
        );
        assert_eq!(
            message(0),
            "RequestId: 1-2 Error: Runtime exited without providing a reason"
        );
    }
}
