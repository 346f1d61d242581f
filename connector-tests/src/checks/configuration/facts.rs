//! The connector's configuration, and what follows from it.

use std::sync::Arc;

use appflow_connector_model::{
    ConnectorConfiguration, ConnectorContext, ConnectorMode, ConnectorRequest,
    ConnectorRuntimeSetting, DescribeConnectorConfigurationRequest,
    DescribeConnectorConfigurationResponse, EntityDefinition,
};

use crate::catalog::configuration::DESCRIBES_ITSELF;
use crate::run::{Outcome, Run};

/// The connector's configuration, for the check that is about it.
pub(super) async fn describe_configuration(
    run: &mut Run<'_>,
) -> Outcome<Arc<ConnectorConfiguration>> {
    if let Some(known) = run.facts.get(DESCRIBES_ITSELF) {
        return known;
    }
    let request = DescribeConnectorConfigurationRequest::builder().build();
    let request = ConnectorRequest::DescribeConnectorConfiguration(request);
    let outcome = run
        .ask::<DescribeConnectorConfigurationResponse>(&request)
        .await
        .map(|(response, _)| Arc::new(response.configuration));
    run.facts.keep(DESCRIBES_ITSELF, outcome.clone());
    outcome
}

/// The connector's configuration, for the checks that need it.
pub(in crate::checks) async fn configuration(
    run: &mut Run<'_>,
) -> Outcome<Arc<ConnectorConfiguration>> {
    let outcome = describe_configuration(run).await;
    outcome.map_err(|stop| stop.blocked_by(DESCRIBES_ITSELF))
}

pub(in crate::checks) async fn has_mode(run: &mut Run<'_>, mode: ConnectorMode) -> Outcome<bool> {
    Ok(configuration(run).await?.connector_modes.contains(&mode))
}

/// The settings that the connector declares.
pub(super) async fn settings(run: &mut Run<'_>) -> Outcome<Vec<ConnectorRuntimeSetting>> {
    let configuration = configuration(run).await?;
    Ok(configuration.runtime_settings.clone().unwrap_or_default())
}

/// The context of a request in the run of a flow.
pub(in crate::checks) async fn context(
    run: &mut Run<'_>,
    definition: Option<&EntityDefinition>,
) -> Outcome<ConnectorContext> {
    let api_version = if let Some(version) = run.config.api_version() {
        Some(version.to_owned())
    } else {
        let configuration = configuration(run).await?;
        configuration.supported_api_versions.first().cloned()
    };
    Ok(ConnectorContext::builder()
        .connector_runtime_settings(run.config.merged_settings())
        .credentials(run.secrets.credentials(run.config))
        .maybe_api_version(api_version)
        .flow_name("appflow-connector-tests")
        .execution_id(run.id.clone())
        .connector_profile_label("appflow-connector-tests")
        .maybe_entity_definition(definition.cloned())
        .build())
}
