//! The client: sends requests to a target, within AppFlow's time limits.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use appflow_connector_model::limits::{DATA_TIMEOUT, METADATA_TIMEOUT};
use appflow_connector_model::{ConnectorRequest, remove_nulls};
use serde_json::{Value, json};

use crate::error::CallError;
use crate::exchange::Exchange;
use crate::operation::Request;
use crate::target::{InvocationFailure, Reply, Target, TargetError};

/// How long a call may exceed its time limit before the client abandons it.
const GRACE: Duration = Duration::from_secs(10);

/// Calls one connector.
///
/// A call that exceeds its time limit is waited for another 10 seconds, so that a caller can see
/// how late the response is. After that it is abandoned and reported as
/// [`InvocationFailure::TIMED_OUT`].
#[derive(Debug)]
pub struct Client<T> {
    target: T,
    time_limits: TimeLimits,
    calls: AtomicUsize,
}

/// How long AppFlow waits for a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimits {
    /// For a request about configuration, credentials or metadata. Default: 10 seconds.
    pub metadata: Duration,
    /// For a request about records. Default: 30 seconds.
    pub data: Duration,
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self {
            metadata: METADATA_TIMEOUT,
            data: DATA_TIMEOUT,
        }
    }
}

impl<T: Target> Client<T> {
    /// Makes a client with AppFlow's time limits. Nothing is called yet.
    pub fn new(target: T) -> Self {
        Self {
            target,
            time_limits: TimeLimits::default(),
            calls: AtomicUsize::new(0),
        }
    }

    /// Replaces AppFlow's time limits.
    #[must_use]
    pub fn with_time_limits(mut self, time_limits: TimeLimits) -> Self {
        self.time_limits = time_limits;
        self
    }

    /// Returns the connector that this client calls.
    pub const fn target(&self) -> &T {
        &self.target
    }

    /// Returns the number of calls made so far, successful or not.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Sends a request and returns the response of its operation, if it succeeded. A write that
    /// failed for some records is returned as well, with the result of each record; see
    /// [`Response::into_result`](appflow_connector_model::Response::into_result).
    ///
    /// # Errors
    /// Every [`CallError`].
    pub async fn call<R: Request>(&self, request: R) -> Result<R::Response, CallError> {
        let exchange = self.exchange(&request.into_request()).await?;
        exchange.success()
    }

    /// Sends a request and returns everything that is known about the call.
    ///
    /// # Errors
    /// If the connector cannot be called.
    pub async fn exchange(&self, request: &ConnectorRequest) -> Result<Exchange, TargetError> {
        self.send(to_json(request)).await
    }

    /// Sends any JSON value, a valid request or not, and returns everything that is known about
    /// the call.
    ///
    /// # Errors
    /// If the connector cannot be called.
    pub async fn send(&self, request: Value) -> Result<Exchange, TargetError> {
        let time_limit = self.time_limit(&request);
        let payload = request.to_string().into_bytes();
        self.calls.fetch_add(1, Ordering::Relaxed);
        let invocation = self.target.invoke(payload, time_limit);
        let longest = time_limit + GRACE;
        let reply = if let Ok(reply) = tokio::time::timeout(longest, invocation).await {
            reply?
        } else {
            Reply::new(Err(InvocationFailure::timed_out(longest)), longest)
        };
        Ok(Exchange {
            request,
            time_limit,
            reply,
        })
    }

    fn time_limit(&self, request: &Value) -> Duration {
        match request["type"].as_str() {
            Some("QueryDataRequest" | "RetrieveDataRequest" | "WriteDataRequest") => {
                self.time_limits.data
            }
            _ => self.time_limits.metadata,
        }
    }
}

/// Returns a request as it is sent: without the keys that have no value.
pub fn to_json(request: &ConnectorRequest) -> Value {
    // Writing these types cannot fail. If it did, the connector would reject the empty request.
    let mut request = serde_json::to_value(request).unwrap_or_else(|_| json!({}));
    remove_nulls(&mut request);
    request
}
