//! How a connector is reached.

pub(crate) mod command;
#[cfg(feature = "in-process")]
pub(crate) mod in_process;
#[cfg(feature = "aws")]
pub(crate) mod lambda;
pub(crate) mod url;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::Deserialize;

/// How long a target over the network waits for a response after AppFlow's time limit.
const GRACE: Duration = Duration::from_secs(5);

/// The future that a [`Target`]'s methods return.
pub type TargetFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A connector that can be called.
///
/// Implement it to reach connectors in another way, or to change responses on their way.
pub trait Target: Send + Sync {
    /// Returns the name that reports use for the connector.
    fn name(&self) -> String;

    /// Makes one call with the bytes of a request. `time_limit` is how long AppFlow waits.
    ///
    /// # Errors
    /// If the call cannot be made. A call that was made and failed is a [`Reply`].
    fn invoke(
        &self,
        payload: Vec<u8>,
        time_limit: Duration,
    ) -> TargetFuture<'_, Result<Reply, TargetError>>;

    /// Returns everything that the connector has written to its log, or as much as the target
    /// keeps. `None` if the target cannot see the log.
    fn log(&self) -> Option<String> {
        None
    }

    /// Kills the connector's process, so that the next call starts a new one. Returns `false` if
    /// there is no process to kill.
    fn kill(&self) -> TargetFuture<'_, bool> {
        Box::pin(async { false })
    }
}

impl<T: Target + ?Sized> Target for &T {
    fn name(&self) -> String {
        (**self).name()
    }

    fn invoke(
        &self,
        payload: Vec<u8>,
        time_limit: Duration,
    ) -> TargetFuture<'_, Result<Reply, TargetError>> {
        (**self).invoke(payload, time_limit)
    }

    fn log(&self) -> Option<String> {
        (**self).log()
    }

    fn kill(&self) -> TargetFuture<'_, bool> {
        (**self).kill()
    }
}

/// The outcome of a call that was made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reply {
    /// The bytes of the response, or how the invocation failed.
    pub result: Result<Vec<u8>, InvocationFailure>,
    /// How long the call took, without the start of a process.
    pub duration: Duration,
    /// What the connector wrote to its log during the call. `None` if the target cannot see it.
    pub log: Option<String>,
    /// The peak memory of the connector's process so far, in bytes. `None` if the target cannot see
    /// it.
    pub peak_memory_bytes: Option<u64>,
}

impl Reply {
    /// Makes a reply with neither log nor memory.
    pub const fn new(result: Result<Vec<u8>, InvocationFailure>, duration: Duration) -> Self {
        Self {
            result,
            duration,
            log: None,
            peak_memory_bytes: None,
        }
    }
}

/// A Lambda invocation that failed: the function raised an error, exited, or exceeded its time
/// limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error_type}: {error_message}")]
pub struct InvocationFailure {
    /// Lambda's `errorType`.
    pub error_type: String,
    /// Lambda's `errorMessage`.
    pub error_message: String,
}

/// The error object that Lambda returns for a failed invocation.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorObject {
    error_type: Option<String>,
    error_message: String,
}

impl InvocationFailure {
    /// The `errorType` of a function that exceeded its time limit.
    pub const TIMED_OUT: &'static str = "Sandbox.Timedout";
    /// The `errorType` of a function whose response is larger than Lambda accepts.
    pub const RESPONSE_TOO_LARGE: &'static str = "Function.ResponseSizeTooLarge";
    /// The `errorType` of a function whose process exited.
    pub const EXITED: &'static str = "Runtime.ExitError";
    /// The `errorType` of a function that reported an error without one.
    pub const UNHANDLED: &'static str = "Unhandled";

    /// Makes the failure of a call that had no response after this time.
    pub fn timed_out(limit: Duration) -> Self {
        Self {
            error_type: Self::TIMED_OUT.to_owned(),
            error_message: format!("no response within {:.1} seconds", limit.as_secs_f64()),
        }
    }

    /// Reads Lambda's error object. `None` if the payload is something else: a connector's response
    /// has no `errorMessage` at its top level.
    fn from_error_object(payload: &[u8]) -> Option<Self> {
        let error: ErrorObject = serde_json::from_slice(payload).ok()?;
        Some(Self {
            error_type: error
                .error_type
                .unwrap_or_else(|| Self::UNHANDLED.to_owned()),
            error_message: error.error_message,
        })
    }
}

/// Why a connector cannot be called.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The connector's process cannot be started.
    #[error(transparent)]
    Process(#[from] lambda_process_host::Error),
    /// The URL cannot be reached, or does not respond as Lambda's Invoke API does.
    #[error("{url}: {problem}")]
    Url {
        /// The URL.
        url: String,
        /// What went wrong.
        problem: String,
    },
    /// The deployed function cannot be invoked.
    #[error("cannot invoke the Lambda function {function}: {problem}")]
    Lambda {
        /// Its name or ARN.
        function: String,
        /// What went wrong.
        problem: String,
    },
}
