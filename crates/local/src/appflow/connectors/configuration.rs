//! A connector as DescribeConnector and ListConnectors show it.

use appflow_connector_model::{
    AuthParameter, AuthenticationConfig, ConnectorMode, ConnectorRuntimeSetting, CustomAuthConfig,
    DataTransferType, OAuth2CustomParameter, OAuth2Defaults, TriggerType,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::appflow::connectors::connector::Connector;

/// The type of custom connectors in these two operations; `CustomConnector` everywhere else.
const SHOWN_TYPE: &str = "CUSTOMCONNECTOR";

/// The item of ListConnectors.
pub(super) fn detail(connector: &Connector) -> Value {
    let configuration = connector.configuration();
    json!({
        "connectorDescription": description(connector),
        "connectorName": configuration.connector_name,
        "connectorOwner": configuration.connector_owner,
        "connectorVersion": configuration.connector_version,
        "applicationType": configuration.connector_name,
        "connectorType": SHOWN_TYPE,
        "connectorLabel": connector.label,
        "registeredAt": connector.registered_at,
        "registeredBy": "CUSTOM",
        "connectorProvisioningType": "LAMBDA",
        "connectorModes": configuration.connector_modes,
        "supportedDataTransferTypes": data_transfer_types(connector),
    })
}

/// The `connectorConfiguration` of DescribeConnector.
pub(super) fn configuration(connector: &Connector) -> Value {
    let configuration = connector.configuration();
    let has_mode = |mode| configuration.connector_modes.contains(&mode);
    let settings = configuration.runtime_settings.iter().flatten();
    let mut view = json!({
        "canUseAsSource": has_mode(ConnectorMode::Source),
        "canUseAsDestination": has_mode(ConnectorMode::Destination),
        "supportedDestinationConnectors": ["S3", "CustomConnector", "Salesforce"],
        "supportedSchedulingFrequencies": configuration.trigger_frequencies_supported,
        "isPrivateLinkEnabled": false,
        "isPrivateLinkEndpointUrlRequired": false,
        "supportedTriggerTypes": trigger_types(&configuration.supported_trigger_types),
        "connectorType": SHOWN_TYPE,
        "connectorLabel": connector.label,
        "connectorDescription": description(connector),
        "connectorOwner": configuration.connector_owner,
        "connectorName": configuration.connector_name,
        "connectorVersion": configuration.connector_version,
        "connectorArn": connector.arn,
        "connectorModes": configuration.connector_modes,
        "authenticationConfig": authentication(
            &configuration.authentication_config.clone().unwrap_or_default()
        ),
        "connectorRuntimeSettings": settings.map(runtime_setting).collect::<Vec<_>>(),
        "supportedApiVersions": configuration.supported_api_versions,
        "supportedOperators": configuration.operators_supported,
        "supportedWriteOperations": configuration.supported_write_operations,
        "supportedDataTransferTypes": data_transfer_types(connector),
        "connectorProvisioningType": "LAMBDA",
        "connectorProvisioningConfig": {"lambda": {"lambdaArn": connector.function}},
        "registeredAt": connector.registered_at,
        "registeredBy": "CUSTOM",
    });
    insert(&mut view, "logoURL", configuration.logo_url.as_ref());
    view
}

/// Amazon S3, the one built-in connector, as DescribeConnectors shows it.
pub(super) fn s3() -> Value {
    json!({
        "canUseAsSource": true,
        "canUseAsDestination": true,
        "supportedDestinationConnectors": ["S3", "CustomConnector", "Salesforce"],
        "supportedSchedulingFrequencies": [
            "BYMINUTE", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "ONCE"
        ],
        "isPrivateLinkEnabled": false,
        "isPrivateLinkEndpointUrlRequired": false,
        "supportedTriggerTypes": ["OnDemand", "Scheduled"],
        "connectorMetadata": {"S3": {}},
        "connectorType": "S3",
    })
}

/// The description of the registration; the connector's name without one.
fn description(connector: &Connector) -> &str {
    connector
        .description
        .as_deref()
        .unwrap_or(&connector.configuration().connector_name)
}

fn data_transfer_types(connector: &Connector) -> Vec<DataTransferType> {
    let types = &connector.configuration().supported_data_transfer_types;
    if types.is_empty() {
        vec![DataTransferType::Record]
    } else {
        types.clone()
    }
}

fn trigger_types(types: &[TriggerType]) -> Vec<&'static str> {
    [
        (TriggerType::OnDemand, "OnDemand"),
        (TriggerType::Scheduled, "Scheduled"),
    ]
    .into_iter()
    .filter(|(trigger, _)| types.contains(trigger))
    .map(|(_, name)| name)
    .collect()
}

fn authentication(config: &AuthenticationConfig) -> Value {
    let mut view = json!({
        "isBasicAuthSupported": config.is_basic_auth_supported.unwrap_or_default(),
        "isApiKeyAuthSupported": config.is_api_key_auth_supported.unwrap_or_default(),
        "isOAuth2Supported": config.is_oauth2_supported.unwrap_or_default(),
        "isCustomAuthSupported": config.is_custom_auth_supported.unwrap_or_default(),
    });
    let defaults = config.oauth2_defaults.as_ref().map(oauth2_defaults);
    insert(&mut view, "oAuth2Defaults", defaults);
    let custom = config.custom_auth_config.as_ref();
    let custom = custom.map(|configs| configs.iter().map(custom_auth).collect::<Vec<_>>());
    insert(&mut view, "customAuthConfigs", custom);
    view
}

/// Content type, method and basic header are not shown.
fn oauth2_defaults(defaults: &OAuth2Defaults) -> Value {
    let mut view = json!({
        "tokenUrls": defaults.token_url,
        "oauth2GrantTypesSupported": defaults.oauth2_grant_types_supported,
    });
    insert(&mut view, "oauthScopes", defaults.oauth_scopes.as_ref());
    insert(&mut view, "authCodeUrls", defaults.auth_url.as_ref());
    let parameters = defaults.oauth2_custom_properties.as_ref();
    let parameters =
        parameters.map(|parameters| parameters.iter().map(oauth2_parameter).collect::<Vec<_>>());
    insert(&mut view, "oauth2CustomProperties", parameters);
    view
}

fn oauth2_parameter(parameter: &OAuth2CustomParameter) -> Value {
    let mut view = json!({
        "key": parameter.key,
        "isRequired": parameter.required,
        "label": parameter.label,
        "description": parameter.description,
        "isSensitiveField": parameter.sensitive_field.unwrap_or_default(),
        "type": parameter.r#type,
    });
    let values = parameter.connector_supplied_values.as_ref();
    insert(&mut view, "connectorSuppliedValues", values);
    view
}

fn custom_auth(config: &CustomAuthConfig) -> Value {
    let parameters: Vec<Value> = config.auth_parameters.iter().map(auth_parameter).collect();
    json!({
        "customAuthenticationType": config.authentication_type,
        "authParameters": parameters,
    })
}

fn auth_parameter(parameter: &AuthParameter) -> Value {
    let mut view = json!({
        "key": parameter.key,
        "isRequired": parameter.required,
        "label": parameter.label,
        "description": parameter.description,
        "isSensitiveField": parameter.sensitive_field.unwrap_or_default(),
    });
    let values = parameter.connector_supplied_values.as_ref();
    insert(&mut view, "connectorSuppliedValues", values);
    view
}

fn runtime_setting(setting: &ConnectorRuntimeSetting) -> Value {
    let mut view = json!({
        "key": setting.key,
        "dataType": setting.data_type,
        "isRequired": setting.required,
        "label": setting.label,
        "description": setting.description,
        "scope": setting.scope,
    });
    let options = setting.connector_supplied_value_options.as_ref();
    insert(&mut view, "connectorSuppliedValueOptions", options);
    view
}

fn insert(view: &mut Value, key: &str, value: Option<impl Serialize>) {
    if let Some(value) = value {
        view[key] = json!(value);
    }
}
