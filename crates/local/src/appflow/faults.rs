//! Errors that are provoked: the next calls of an operation return one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::wire::error::ServiceError;

/// The next calls of one AppFlow operation return this error, whatever they ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Fault {
    /// The operation's name, such as `CreateFlow`.
    pub operation: String,
    /// The error's name, such as `ThrottlingException`.
    pub error: String,
    /// What the error says. Default: that it is provoked.
    #[serde(default)]
    pub message: Option<String>,
    /// How many calls. Default: 1.
    #[serde(default = "once")]
    pub count: u32,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// The next `count` calls of this operation return this error.
    pub fn new(operation: impl Into<String>, error: impl Into<String>, count: u32) -> Self {
        Self {
            operation: operation.into(),
            error: error.into(),
            message: None,
            count,
        }
    }

    /// Replaces the error's message.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }
}

/// The errors of the model, with their statuses.
const ERRORS: [(&str, StatusCode); 10] = [
    ("AccessDeniedException", StatusCode::FORBIDDEN),
    ("ConflictException", StatusCode::CONFLICT),
    ("ConnectorAuthenticationException", StatusCode::UNAUTHORIZED),
    ("ConnectorServerException", StatusCode::BAD_REQUEST),
    ("InternalServerException", StatusCode::INTERNAL_SERVER_ERROR),
    ("ResourceNotFoundException", StatusCode::NOT_FOUND),
    (
        "ServiceQuotaExceededException",
        StatusCode::PAYMENT_REQUIRED,
    ),
    ("ThrottlingException", StatusCode::TOO_MANY_REQUESTS),
    ("UnsupportedOperationException", StatusCode::BAD_REQUEST),
    ("ValidationException", StatusCode::BAD_REQUEST),
];

/// The provoked errors that are still to come. A clone is the same list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    /// Adds a fault after those that are there. Returns why it is not valid.
    pub(crate) fn add(&self, fault: Fault, operations: &[&str]) -> Result<(), String> {
        if !operations.contains(&fault.operation.as_str()) {
            return Err(format!(
                "{:?} is not an operation of AppFlow, such as CreateFlow",
                fault.operation
            ));
        }
        if !ERRORS.iter().any(|(name, _)| *name == fault.error) {
            let names: Vec<&str> = ERRORS.iter().map(|(name, _)| *name).collect();
            return Err(format!(
                "{:?} is not an error of AppFlow; its errors are {}",
                fault.error,
                names.join(", ")
            ));
        }
        self.lock().push(fault);
        Ok(())
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// Returns the error that this call of an operation must return.
    pub(crate) fn take(&self, operation: &str) -> Option<ServiceError> {
        let mut faults = self.lock();
        let index = faults
            .iter()
            .position(|fault| fault.operation == operation && fault.count > 0)?;
        let fault = &mut faults[index];
        fault.count -= 1;
        let fault = fault.clone();
        faults.retain(|fault| fault.count > 0);
        let (code, status) = *ERRORS.iter().find(|(name, _)| *name == fault.error)?;
        let message = fault
            .message
            .unwrap_or_else(|| format!("This error was provoked: a fault is set for {operation}."));
        Some(ServiceError {
            status,
            code,
            message,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
