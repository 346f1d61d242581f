//! The record of one run.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::wire::timestamp::Timestamp;

/// What executionMessage can have, in characters.
const MAX_MESSAGE: usize = 2048;
/// The message of a run that succeeded.
const SUCCESS: &str = "Successfully ran the flow";

/// The record of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ExecutionRecord {
    pub(crate) execution_id: String,
    pub(crate) flow_name: String,
    pub(crate) status: ExecutionStatus,
    pub(crate) started_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) bytes_processed: u64,
    pub(crate) bytes_written: u64,
    pub(crate) records_processed: u64,
    /// Records that the destination refused.
    pub(crate) put_failures: u64,
    /// Why the run failed, or why records were refused.
    pub(crate) message: Option<String>,
    /// The window of an incremental run.
    pub(crate) pull_start: Option<Timestamp>,
    pub(crate) pull_end: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ExecutionStatus {
    InProgress,
    Successful,
    Error,
    CancelStarted,
    Canceled,
}

impl ExecutionStatus {
    /// The status's name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Successful => "Successful",
            Self::Error => "Error",
            Self::CancelStarted => "CancelStarted",
            Self::Canceled => "Canceled",
        }
    }
}

impl ExecutionRecord {
    /// A run that starts.
    pub(crate) fn new(execution_id: String, flow_name: String, now: Timestamp) -> Self {
        Self {
            execution_id,
            flow_name,
            status: ExecutionStatus::InProgress,
            started_at: now,
            updated_at: now,
            bytes_processed: 0,
            bytes_written: 0,
            records_processed: 0,
            put_failures: 0,
            message: None,
            pull_start: None,
            pull_end: None,
        }
    }

    /// The item of DescribeFlowExecutionRecords.
    pub(crate) fn view(&self) -> Value {
        let mut result = json!({
            "bytesProcessed": self.bytes_processed,
            "bytesWritten": self.bytes_written,
            "recordsProcessed": self.records_processed,
        });
        if self.message.is_some() || self.put_failures > 0 {
            let mut info = json!({"putFailuresCount": self.put_failures});
            if let Some(message) = self.short_message() {
                info["executionMessage"] = message.into();
            }
            result["errorInfo"] = info;
        }
        let mut view = json!({
            "executionId": self.execution_id,
            "executionStatus": self.status,
            "executionResult": result,
            "startedAt": self.started_at,
            "lastUpdatedAt": self.updated_at,
        });
        if let Some(start) = self.pull_start {
            view["dataPullStartTime"] = json!(start);
        }
        if let Some(end) = self.pull_end {
            view["dataPullEndTime"] = json!(end);
        }
        view
    }

    /// The `lastRunExecutionDetails` of a flow.
    pub(crate) fn details(&self) -> Value {
        let mut details = json!({
            "mostRecentExecutionStatus": self.status,
            "mostRecentExecutionTime": self.started_at,
        });
        let message = match self.status {
            ExecutionStatus::Successful => Some(SUCCESS.to_owned()),
            _ => self.short_message(),
        };
        if let Some(message) = message {
            details["mostRecentExecutionMessage"] = message.into();
        }
        details
    }

    fn short_message(&self) -> Option<String> {
        let message = self.message.as_ref()?;
        Some(message.chars().take(MAX_MESSAGE).collect())
    }
}
