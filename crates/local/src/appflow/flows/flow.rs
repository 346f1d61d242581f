//! A flow as it is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::appflow::call;
use crate::appflow::documents::Document;
use crate::appflow::error;
use crate::appflow::flows::definition::FlowDefinition;
use crate::wire::error::ServiceError;
use crate::wire::timestamp::Timestamp;

/// A flow.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Flow {
    /// The members of CreateFlow or UpdateFlow as they were given, without tags and client token.
    pub(crate) request: Map<String, Value>,
    pub(crate) arn: String,
    pub(crate) status: FlowStatus,
    pub(crate) status_message: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) schema_version: u32,
    pub(crate) tags: BTreeMap<String, String>,
    /// When StartFlow last made a scheduled flow active: the beginning of its schedule if that has
    /// no start time.
    pub(crate) activated_at: Option<Timestamp>,
    /// Failed runs since the last successful one.
    pub(crate) consecutive_failures: u32,
    /// The time up to which the last successful run has read: its scheduled time, or the start of a
    /// run on demand.
    pub(crate) read_until: Option<Timestamp>,
    /// The scheduled time of the last run, whatever became of it.
    #[serde(default)]
    pub(crate) last_scheduled: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FlowStatus {
    Active,
    /// A scheduled flow that was never started.
    Draft,
    /// A scheduled flow that was stopped, or deactivated after failed runs.
    Suspended,
}

impl Document for Flow {
    const KIND: &'static str = "flow";

    fn name(&self) -> &str {
        self.request
            .get("flowName")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

impl Flow {
    /// Reads source, destination, tasks and trigger.
    ///
    /// # Errors
    /// ValidationException if a number is out of the range of its type. CreateFlow and UpdateFlow
    /// refuse such a flow.
    pub(crate) fn definition(&self) -> Result<FlowDefinition, ServiceError> {
        call::read(&Value::Object(self.request.clone()))
    }

    /// Returns a member of the trigger, source or destination, such as `/triggerConfig/triggerType`.
    pub(crate) fn text(&self, pointer: &str) -> Option<&str> {
        let (first, rest) = pointer.trim_start_matches('/').split_once('/')?;
        self.request
            .get(first)?
            .pointer(&format!("/{rest}"))?
            .as_str()
    }

    /// Whether the flow runs on a schedule.
    pub(crate) fn is_scheduled(&self) -> bool {
        self.text("/triggerConfig/triggerType") == Some("Scheduled")
    }

    /// Whether the source or the destination uses a connection. A profile that is named on a side of
    /// Amazon S3 is ignored.
    pub(crate) fn uses_profile(&self, name: &str) -> bool {
        ["/sourceFlowConfig", "/destinationFlowConfigList/0"]
            .iter()
            .any(|side| {
                self.text(&format!("{side}/connectorType")) == Some("CustomConnector")
                    && self.text(&format!("{side}/connectorProfileName")) == Some(name)
            })
    }
}

/// The error for a name that no flow has.
pub(crate) fn no_flow(name: &str) -> ServiceError {
    error::not_found(format!("Flow with name {name} does not exist."))
}
