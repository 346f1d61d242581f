//! What is tested: a connector behind one of four doors.

mod command;
mod endpoint;
#[cfg(feature = "in-process")]
mod in_process;
#[cfg(feature = "aws")]
mod lambda;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

pub use command::CommandTarget;
pub use endpoint::Endpoint;
#[cfg(feature = "in-process")]
pub use in_process::InProcess;
#[cfg(feature = "aws")]
pub use lambda::DeployedFunction;

/// What a [`Target`]'s methods answer with.
pub type TargetFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A connector that can be called. Implement it to test one behind another door, or to change answers on their way.
pub trait Target: Send + Sync {
    /// What reports call it.
    fn name(&self) -> String;

    /// Makes one call, with the bytes of a request. `time_limit` is how long AppFlow would wait.
    ///
    /// # Errors
    /// When no call can be made. That ends the run. A call that was made and failed is a [`Reply`].
    fn invoke(
        &self,
        payload: Vec<u8>,
        time_limit: Duration,
    ) -> TargetFuture<'_, Result<Reply, TargetError>>;

    /// All that the connector has written to its log so far, or as much as the target keeps. `None` where it cannot be seen.
    fn log(&self) -> Option<String> {
        None
    }

    /// Kills the connector's process, so that the next call starts a new one. `false` where there is no process to kill.
    fn kill(&self) -> TargetFuture<'_, bool> {
        Box::pin(async { false })
    }
}

/// What came of a call.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reply {
    /// The answer's bytes, or what the invocation failed with.
    pub result: Result<Vec<u8>, InvocationFailure>,
    /// How long the call took, without the start of a process.
    pub duration: Duration,
    /// What the connector wrote to its log during the call. `None` where the target cannot see it.
    pub log: Option<String>,
    /// The most memory that the connector's process had so far. `None` where the target cannot see it.
    pub peak_memory_bytes: Option<u64>,
}

impl Reply {
    /// A reply of which nothing but the result is known.
    pub const fn new(result: Result<Vec<u8>, InvocationFailure>, duration: Duration) -> Self {
        Self {
            result,
            duration,
            log: None,
            peak_memory_bytes: None,
        }
    }
}

/// A Lambda invocation that failed: the function answered with an error, ended, or took too long.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error_type}: {error_message}")]
pub struct InvocationFailure {
    /// Lambda's `errorType`.
    pub error_type: String,
    /// Lambda's `errorMessage`.
    pub error_message: String,
}

impl InvocationFailure {
    pub(crate) const TIMED_OUT: &'static str = "Sandbox.Timedout";
    pub(crate) const TOO_LARGE: &'static str = "Function.ResponseSizeTooLarge";
    pub(crate) const EXITED: &'static str = "Runtime.ExitError";

    pub(crate) fn timed_out(limit: Duration) -> Self {
        Self {
            error_type: Self::TIMED_OUT.to_owned(),
            error_message: format!("no answer within {:.1} seconds", limit.as_secs_f64()),
        }
    }
}

/// Why no call can be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The connector's process cannot be started.
    #[error(transparent)]
    Process(#[from] lambda_process_host::Error),
    /// Secrets Manager or a port of this machine cannot be opened.
    #[error("cannot listen on this machine")]
    Listen(#[source] std::io::Error),
    /// The URL cannot be reached, or does not answer as the Invoke API does.
    #[error("{url}: {problem}")]
    Endpoint {
        /// The URL.
        url: String,
        /// What went wrong.
        problem: String,
    },
    /// The deployed function cannot be invoked.
    #[error("the function {function} cannot be invoked: {problem}")]
    Lambda {
        /// Its name or ARN.
        function: String,
        /// What went wrong.
        problem: String,
    },
}
