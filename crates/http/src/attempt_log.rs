//! The log of calls to an application: one line per attempt.

use std::time::Duration;

use appflow_connector_model::ErrorCode;
use tracing::{debug, warn};

use crate::call::Call;

/// What the log says about an attempt: nothing of a query, a header or a body, which have secrets
/// and records.
pub(crate) struct AttemptLog<'a> {
    call: &'a Call<'a>,
    attempt: u32,
    duration_ms: u64,
    /// The status and the size of the body. `None` if no response came.
    pub(crate) response: Option<(u16, usize)>,
}

impl<'a> AttemptLog<'a> {
    pub(crate) fn new(call: &'a Call<'a>, attempt: u32, duration: Duration) -> Self {
        Self {
            call,
            attempt,
            duration_ms: milliseconds(duration),
            response: None,
        }
    }

    pub(crate) fn succeeded(&self) {
        debug!(
            method = %self.call.method(),
            path = self.call.path(),
            status = self.status(),
            duration_ms = self.duration_ms,
            bytes = self.bytes(),
            attempt = self.attempt,
            "application call"
        );
    }

    pub(crate) fn failed(&self, code: ErrorCode) {
        debug!(
            method = %self.call.method(),
            path = self.call.path(),
            status = self.status(),
            duration_ms = self.duration_ms,
            bytes = self.bytes(),
            attempt = self.attempt,
            error_code = code.as_str(),
            "application call failed"
        );
    }

    pub(crate) fn is_retried(&self, code: ErrorCode, wait: Duration) {
        warn!(
            method = %self.call.method(),
            path = self.call.path(),
            status = self.status(),
            duration_ms = self.duration_ms,
            bytes = self.bytes(),
            attempt = self.attempt,
            error_code = code.as_str(),
            retry_in_ms = milliseconds(wait),
            "application call failed and is retried"
        );
    }

    fn status(&self) -> Option<u16> {
        self.response.map(|(status, _)| status)
    }

    fn bytes(&self) -> Option<usize> {
        self.response.map(|(_, bytes)| bytes)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
