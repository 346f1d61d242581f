use std::time::{Duration, Instant};

use appflow_connector_model::ConnectorRequest;

use crate::credentials::{CredentialsReader, Secrets};

/// What belongs to one call and to no other: its id, its deadline, its flow, its credentials.
#[derive(Clone, Debug)]
pub struct Invocation {
    request_id: String,
    deadline: Instant,
    flow_name: Option<String>,
    execution_id: Option<String>,
    connector_profile_label: Option<String>,
    credentials: CredentialsReader,
}

impl Invocation {
    pub(crate) fn new(request: &ConnectorRequest, call: &Call, secrets: &Secrets) -> Self {
        let limit = Instant::now() + request.request_type().time_limit();
        let deadline = call.deadline.map_or(limit, |deadline| deadline.min(limit));
        let context = request.connector_context();
        Self {
            request_id: call.request_id.clone(),
            deadline,
            flow_name: context.and_then(|context| context.flow_name.clone()),
            execution_id: context.and_then(|context| context.execution_id.clone()),
            connector_profile_label: context
                .and_then(|context| context.connector_profile_label.clone()),
            credentials: CredentialsReader::new(
                request.credentials().cloned(),
                secrets.clone(),
                deadline,
            ),
        }
    }

    /// The id that AWS Lambda gave this call.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// When the answer must be there: the smaller of the function's own time-out less half a second and AppFlow's 10 seconds for
    /// metadata or 30 seconds for data.
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How long until [`deadline`](Self::deadline); zero when it has passed.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The flow that runs, if one does.
    pub fn flow_name(&self) -> Option<&str> {
        self.flow_name.as_deref()
    }

    /// Its execution.
    pub fn execution_id(&self) -> Option<&str> {
        self.execution_id.as_deref()
    }

    /// The name of the connection.
    pub fn connector_profile_label(&self) -> Option<&str> {
        self.connector_profile_label.as_deref()
    }

    /// The connection's credentials, read from Secrets Manager when they are asked for.
    ///
    /// ```no_run
    /// # use appflow_connector_runtime::{Invocation, Result};
    /// # async fn example(invocation: &Invocation) -> Result<()> {
    /// let token = invocation.credentials().oauth2().await?.access_token;
    /// # Ok(()) }
    /// ```
    pub const fn credentials(&self) -> &CredentialsReader {
        &self.credentials
    }
}

/// What the host of a call knows about it.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The id that AWS Lambda gave it.
    pub request_id: String,
    /// When the host ends the call. `None` leaves AppFlow's own limits.
    pub deadline: Option<Instant>,
}
