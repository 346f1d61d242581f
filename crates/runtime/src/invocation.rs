use std::sync::Arc;
use std::time::{Duration, Instant};

use appflow_connector_model::{ConnectorContext, ConnectorRequest, EntityDefinition};

use crate::credentials::{CredentialsReader, Secrets};
use crate::settings::Settings;

/// One call of the connector: its deadline, and what AppFlow sends with every request, such as
/// settings and credentials.
///
/// ```
/// use appflow_connector_runtime::{Invocation, Result};
///
/// async fn example(invocation: &Invocation) -> Result<()> {
///     let settings = invocation.settings();
///     let region = settings.required("region")?;
///     let page_size = settings.integer("pageSize")?.unwrap_or(500);
///     let version = invocation.api_version().unwrap_or("v2");
///     let token = invocation.credentials().oauth2().await?.access_token;
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Invocation {
    request_id: String,
    deadline: Instant,
    context: Arc<ConnectorContext>,
    credentials: CredentialsReader,
}

impl Invocation {
    pub(crate) fn new(request: &ConnectorRequest, call: &Call, secrets: &Secrets) -> Self {
        let limit = Instant::now() + request.request_type().time_limit();
        let deadline = call.deadline.map_or(limit, |deadline| deadline.min(limit));
        Self {
            request_id: call.request_id.clone(),
            deadline,
            context: Arc::new(context(request)),
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

    /// When the response is due: the earlier of the function's time-out less half a second, and
    /// AppFlow's limit of 10 seconds for metadata or 30 seconds for data.
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How long until [`deadline`](Self::deadline); zero if it has passed.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The user's settings, by type. Empty in a request that has none.
    pub fn settings(&self) -> Settings<'_> {
        Settings::new(&self.context.connector_runtime_settings)
    }

    /// The API version that the connection chose, one of the connector's supported versions.
    pub fn api_version(&self) -> Option<&str> {
        self.context.api_version.as_deref()
    }

    /// The definition of the request's entity, as the connector described it earlier. AppFlow sends
    /// it with data requests, but not always.
    pub fn entity_definition(&self) -> Option<&EntityDefinition> {
        self.context.entity_definition.as_deref()
    }

    /// The running flow, if there is one.
    pub fn flow_name(&self) -> Option<&str> {
        self.context.flow_name.as_deref()
    }

    /// The id of the flow's execution.
    pub fn execution_id(&self) -> Option<&str> {
        self.context.execution_id.as_deref()
    }

    /// The name of the connection.
    pub fn connector_profile_label(&self) -> Option<&str> {
        self.context.connector_profile_label.as_deref()
    }

    /// The connection's credentials. They are read from Secrets Manager when they are first used.
    pub const fn credentials(&self) -> &CredentialsReader {
        &self.credentials
    }
}

/// The context of a request. A request to validate settings or credentials has only the settings.
fn context(request: &ConnectorRequest) -> ConnectorContext {
    let settings = match request {
        ConnectorRequest::ValidateConnectorRuntimeSettings(request) => {
            &request.connector_runtime_settings
        }
        ConnectorRequest::ValidateCredentials(request) => &request.connector_runtime_settings,
        _ => return request.connector_context().cloned().unwrap_or_default(),
    };
    ConnectorContext::builder()
        .connector_runtime_settings(settings.clone())
        .build()
}

/// What the host of a call knows about it.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The id that AWS Lambda gave the call.
    pub request_id: String,
    /// When the host ends the call. Default: `None`, only AppFlow's limits apply.
    pub deadline: Option<Instant>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::SecretsManager;

    fn invocation(request: &str) -> Invocation {
        let request = ConnectorRequest::from_slice(request.as_bytes()).unwrap();
        let secrets = Secrets::new(SecretsManager::default());
        Invocation::new(&request, &Call::default(), &secrets)
    }

    #[test]
    fn a_handler_finds_everything_that_a_request_has_in_its_invocation() {
        let invocation = invocation(
            r#"{
                "type": "QueryDataRequest", "entityIdentifier": "Account",
                "connectorContext": {
                    "connectorRuntimeSettings": {"region": "eu"}, "apiVersion": "v2", "flowName": "nightly",
                    "executionId": "42", "connectorProfileLabel": "production",
                    "entityDefinition": {"entity": {"entityIdentifier": "Account", "hasNestedEntities": false}, "fields": []}
                }
            }"#,
        );
        assert_eq!(invocation.settings().required("region"), Ok("eu"));
        assert_eq!(invocation.api_version(), Some("v2"));
        let entity = invocation.entity_definition().unwrap();
        assert_eq!(entity.entity.entity_identifier, "Account");
        assert_eq!(invocation.flow_name(), Some("nightly"));
        assert_eq!(invocation.execution_id(), Some("42"));
        assert_eq!(invocation.connector_profile_label(), Some("production"));
    }

    #[test]
    fn requests_without_a_context_have_settings_if_the_request_has_them() {
        for request in [
            r#"{"type": "ValidateConnectorRuntimeSettingsRequest", "scope": "SOURCE", "connectorRuntimeSettings": {"a": "1"}}"#,
            r#"{"type": "ValidateCredentialsRequest", "credentials": {}, "connectorRuntimeSettings": {"a": "1"}}"#,
        ] {
            assert_eq!(invocation(request).settings().integer("a"), Ok(Some(1)));
        }
        let invocation = invocation(r#"{"type": "DescribeConnectorConfigurationRequest"}"#);
        assert!(invocation.settings().as_map().is_empty());
        assert_eq!(invocation.api_version(), None);
        assert_eq!(invocation.entity_definition(), None);
    }
}
