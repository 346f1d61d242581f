//! The Lambda functions that connectors are.

mod url;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use lambda_process_host::{Error, Invoke, function_name};
use tokio::time::timeout;
use uuid::Uuid;

pub use url::UrlFunction;

/// Functions by name. A clone has the same functions.
#[derive(Clone, Default)]
pub struct Functions {
    by_name: HashMap<String, Arc<dyn Invoke>>,
}

impl std::fmt::Debug for Functions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.by_name.keys()).finish()
    }
}

/// Why an invocation has no response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvokeError {
    /// There is no function of this name.
    #[error("Function not found: {0}")]
    NotFound(String),
    /// As many calls run as the function's concurrency allows.
    #[error("{0}")]
    TooManyRequests(String),
    /// The payload is larger than Lambda accepts.
    #[error("{0}")]
    PayloadTooLarge(String),
    /// The function raised an error, or its process ended.
    #[error("{error_type}: {error_message}")]
    Function {
        /// Lambda's `errorType`.
        error_type: String,
        /// Lambda's `errorMessage`.
        error_message: String,
    },
    /// There was no response before the deadline of the caller.
    #[error("no response within {:.0} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The function cannot be called at all: its process does not start, its URL does not respond.
    #[error("{0}")]
    Unreachable(String),
}

impl Functions {
    /// No functions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function, or replaces the one of the same name.
    #[must_use]
    pub fn with(mut self, function: Arc<dyn Invoke>) -> Self {
        let name = function_name(&function.arn()).to_owned();
        self.by_name.insert(name, function);
        self
    }

    /// Returns the names of all functions, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.by_name.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// Whether there is a function of this name or ARN.
    pub fn contains(&self, function: &str) -> bool {
        self.by_name.contains_key(function_name(function))
    }

    /// Invokes a function and waits for its response until the deadline, whatever the function's
    /// own time-out is. `function` is a name, or an ARN with or without a qualifier.
    ///
    /// # Errors
    /// Every [`InvokeError`].
    pub async fn invoke(
        &self,
        function: &str,
        payload: Bytes,
        deadline: Duration,
    ) -> Result<Bytes, InvokeError> {
        let invoked = self
            .by_name
            .get(function_name(function))
            .ok_or_else(|| InvokeError::NotFound(function.to_owned()))?
            .invoke_as(Uuid::new_v4().to_string(), payload);
        let outcome = timeout(deadline, invoked)
            .await
            .map_err(|_| InvokeError::TimedOut(deadline))?
            .map_err(|error| match error {
                Error::TooManyRequests { .. } => InvokeError::TooManyRequests(error.to_string()),
                Error::PayloadTooLarge { .. } => InvokeError::PayloadTooLarge(error.to_string()),
                error => InvokeError::Unreachable(error.to_string()),
            })?;
        outcome.result.map_err(|error| InvokeError::Function {
            error_type: error.error_type,
            error_message: error.error_message,
        })
    }

    /// Returns Lambda's Invoke operation over these functions.
    pub fn router(&self) -> Router {
        lambda_process_host::router(self.by_name.values().cloned())
    }
}
