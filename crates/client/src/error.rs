//! Why a call gave no successful response.

use appflow_connector_model::ConnectorError;

use crate::target::{InvocationFailure, TargetError};

/// Why a call gave no successful response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The connector cannot be called at all.
    #[error("the connector cannot be called")]
    Target(#[from] TargetError),
    /// The invocation failed: the function raised an error, exited, or exceeded its time limit.
    /// AppFlow's user does not see the reason.
    #[error("the invocation failed")]
    Invocation {
        /// What Lambda reports to the caller.
        source: InvocationFailure,
        /// What the connector wrote to its log during the call, if the target can see it.
        log: Option<String>,
    },
    /// The payload that came back is not a response of the operation.
    #[error("the response is invalid at `{path}`")]
    InvalidResponse {
        /// Where in the JSON the problem is, such as `records[2]`; `.` for the whole.
        path: String,
        /// What is wrong there.
        source: serde_json::Error,
    },
    /// The connector processed the request and returned an error.
    #[error("the connector returned an error")]
    Connector(#[source] ConnectorError),
}
