//! Each response in full, from `tests/data/responses`, and after a failure: the JSON has every
//! field, `null` for an absent one.

use appflow_connector_model::{
    AuthParameter, AuthenticationConfig, CacheControl, ConnectorConfiguration, ConnectorError,
    ConnectorMode, ConnectorOperator, ConnectorRuntimeSetting, ConnectorRuntimeSettingDataType,
    ConnectorRuntimeSettingScope, CustomAuthConfig, DataTransferType,
    DescribeConnectorConfigurationResponse, DescribeEntityResponse, Entity, ErrorCode,
    ErrorDetails, FieldConstraints, FieldDataType, FieldDefinition, ListEntitiesResponse,
    OAuth2ContentType, OAuth2CustomParameter, OAuth2CustomPropertyType, OAuth2Defaults,
    OAuth2GrantType, OAuth2MethodType, QueryDataResponse, ReadOperationProperty,
    RetrieveDataResponse, TimeUnit, TriggerFrequency, TriggerType,
    ValidateConnectorRuntimeSettingsResponse, ValidateCredentialsResponse, WriteDataResponse,
    WriteOperationProperty, WriteOperationType, WriteRecordResult,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::fixtures::{definition, entity, full_field, record, string_map, strings};

#[track_caller]
fn assert_same<T>(recorded: &str, response: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    assert_eq!(serde_json::to_value(response).unwrap(), recorded);
    assert_eq!(&serde_json::from_value::<T>(recorded).unwrap(), response);
}

#[track_caller]
fn assert_same_value<T>(recorded: &Value, response: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    assert_same(&recorded.to_string(), response);
}

fn throttled() -> ErrorDetails {
    ErrorDetails {
        error_code: ErrorCode::RateLimitExceeded,
        error_message: "too many calls".into(),
        retry_after_seconds: Some(30),
    }
}

fn throttled_json() -> Value {
    json!({"errorCode": "RateLimitExceeded", "errorMessage": "too many calls", "retryAfterSeconds": 30})
}

fn parameter(key: &str, label: &str, description: &str) -> AuthParameter {
    AuthParameter::builder()
        .key(key)
        .required(true)
        .label(label)
        .description(description)
        .build()
}

fn authentication() -> AuthenticationConfig {
    let audience = OAuth2CustomParameter::builder()
        .key("audience")
        .required(true)
        .label("Audience")
        .description("Whom the token is for")
        .sensitive_field(false)
        .connector_supplied_values(strings(["test", "live"]))
        .r#type(OAuth2CustomPropertyType::TokenUrl)
        .build();
    let prompt = OAuth2CustomParameter::builder()
        .key("prompt")
        .required(false)
        .label("Prompt")
        .description("Whether to ask for consent again")
        .r#type(OAuth2CustomPropertyType::AuthUrl)
        .build();
    let oauth2 = OAuth2Defaults::builder()
        .oauth_scopes(strings(["read", "write"]))
        .token_url(strings(["https://{{SUBDOMAIN}}.example.com/token"]))
        .auth_url(strings(["https://{{SUBDOMAIN}}.example.com/authorize"]))
        .oauth2_grant_types_supported(vec![
            OAuth2GrantType::ClientCredentials,
            OAuth2GrantType::AuthorizationCode,
        ])
        .oauth2_content_type(OAuth2ContentType::ApplicationJson)
        .oauth2_method_type(OAuth2MethodType::HttpGet)
        .oauth2_custom_properties(vec![audience, prompt])
        .add_basic_auth_header(true)
        .build();
    let signed = CustomAuthConfig::builder()
        .authentication_type("signed")
        .auth_parameters(vec![
            AuthParameter {
                sensitive_field: Some(false),
                connector_supplied_values: Some(strings(["one", "two"])),
                ..parameter("keyId", "Key id", "Which key signs")
            },
            AuthParameter {
                sensitive_field: Some(true),
                ..parameter("privateKey", "Private key", "What it signs with")
            },
        ])
        .build();
    AuthenticationConfig::builder()
        .is_basic_auth_supported(true)
        .is_api_key_auth_supported(false)
        .is_oauth2_supported(true)
        .is_custom_auth_supported(true)
        .oauth2_defaults(oauth2)
        .custom_auth_config(vec![signed])
        .build()
}

#[test]
fn describe_connector_configuration() {
    let instance_url = ConnectorRuntimeSetting::builder()
        .key("instanceUrl")
        .data_type(ConnectorRuntimeSettingDataType::Url)
        .required(true)
        .label("Instance URL")
        .description("Where the application is")
        .scope(ConnectorRuntimeSettingScope::ConnectorProfile)
        .build();
    let page_size = ConnectorRuntimeSetting::builder()
        .key("pageSize")
        .data_type(ConnectorRuntimeSettingDataType::Integer)
        .required(false)
        .label("Page size")
        .description("How many records the application sends at once")
        .scope(ConnectorRuntimeSettingScope::Source)
        .connector_supplied_value_options(strings(["200", "2000"]))
        .build();
    assert_same(
        include_str!("../data/responses/describe_connector_configuration.json"),
        &DescribeConnectorConfigurationResponse {
            is_success: true,
            error_details: None,
            configuration: ConnectorConfiguration::builder()
                .connector_owner("Example Corp")
                .connector_name("Air")
                .connector_version("1.0")
                .connector_modes(vec![ConnectorMode::Source, ConnectorMode::Destination])
                .authentication_config(authentication())
                .runtime_settings(vec![instance_url, page_size])
                .supported_api_versions(strings(["v1", "v2"]))
                .operators_supported(vec![
                    ConnectorOperator::Projection,
                    ConnectorOperator::EqualTo,
                    ConnectorOperator::NoOp,
                ])
                .trigger_frequencies_supported(vec![
                    TriggerFrequency::ByMinute,
                    TriggerFrequency::Once,
                ])
                .supported_trigger_types(vec![TriggerType::OnDemand])
                .supported_write_operations(vec![WriteOperationType::Insert])
                .supported_data_transfer_types(vec![
                    DataTransferType::Record,
                    DataTransferType::File,
                ])
                .logo_url("https://air.example.com/logo.png")
                .build(),
        },
    );
}

#[test]
fn describe_connector_configuration_failed() {
    let response = DescribeConnectorConfigurationResponse {
        is_success: false,
        error_details: Some(throttled()),
        configuration: ConnectorConfiguration {
            connector_owner: "Example Corp".into(),
            connector_name: "Air".into(),
            connector_version: "1.0".into(),
            connector_modes: vec![],
            authentication_config: None,
            runtime_settings: None,
            supported_api_versions: vec![],
            operators_supported: vec![],
            trigger_frequencies_supported: vec![],
            supported_trigger_types: vec![],
            supported_write_operations: vec![],
            supported_data_transfer_types: vec![],
            logo_url: None,
        },
    };
    assert_same_value(
        &json!({
            "isSuccess": false, "errorDetails": throttled_json(),
            "connectorOwner": "Example Corp", "connectorName": "Air", "connectorVersion": "1.0",
            "connectorModes": [], "authenticationConfig": null, "connectorRuntimeSetting": null,
            "supportedApiVersions": [], "operatorsSupported": [], "triggerFrequenciesSupported": [],
            "supportedTriggerTypes": [], "supportedWriteOperations": [], "supportedDataTransferTypes": [],
            "logoURL": null,
        }),
        &response,
    );
}

#[test]
fn an_empty_authentication_config_is_written_with_all_its_fields() {
    assert_same_value(
        &json!({
            "isBasicAuthSupported": null, "isApiKeyAuthSupported": null, "isOAuth2Supported": null,
            "isCustomAuthSupported": null, "oAuth2Defaults": null, "customAuthConfig": null,
        }),
        &AuthenticationConfig::default(),
    );
}

#[test]
fn validate_connector_runtime_settings() {
    assert_same(
        include_str!("../data/responses/validate_connector_runtime_settings.json"),
        &ValidateConnectorRuntimeSettingsResponse {
            is_success: false,
            error_details: Some(ConnectorError::invalid_argument("1 setting is wrong").into()),
            errors_by_input_field: Some(string_map([("pageSize", "not a number")])),
        },
    );
    assert_same_value(
        &json!({"isSuccess": true, "errorDetails": null, "errorsByInputField": null}),
        &ValidateConnectorRuntimeSettingsResponse {
            is_success: true,
            error_details: None,
            errors_by_input_field: None,
        },
    );
}

#[test]
fn validate_credentials() {
    assert_same(
        include_str!("../data/responses/validate_credentials.json"),
        &ValidateCredentialsResponse {
            is_success: true,
            error_details: None,
        },
    );
    assert_same_value(
        &json!({"isSuccess": false, "errorDetails": throttled_json()}),
        &ValidateCredentialsResponse {
            is_success: false,
            error_details: Some(throttled()),
        },
    );
}

#[test]
fn list_entities() {
    let archive = Entity::builder()
        .entity_identifier("archive")
        .has_nested_entities(true)
        .is_writable(false)
        .build();
    assert_same(
        include_str!("../data/responses/list_entities.json"),
        &ListEntitiesResponse {
            is_success: true,
            error_details: None,
            entities: Some(vec![entity(), archive]),
            next_token: Some("page-2".into()),
            cache_control: Some(CacheControl {
                time_to_live: 600,
                time_to_live_unit: Some(TimeUnit::Seconds),
            }),
        },
    );
    assert_same_value(
        &json!({
            "isSuccess": false, "errorDetails": throttled_json(),
            "entities": null, "nextToken": null, "cacheControl": null,
        }),
        &ListEntitiesResponse {
            is_success: false,
            error_details: Some(throttled()),
            entities: None,
            next_token: None,
            cache_control: None,
        },
    );
}

#[test]
fn describe_entity() {
    let state = FieldDefinition::builder()
        .field_name("state")
        .data_type(FieldDataType::String)
        .constraints(FieldConstraints::default())
        .read_properties(ReadOperationProperty::default())
        .write_properties(WriteOperationProperty::default())
        .build();
    let elevation = FieldDefinition::builder()
        .field_name("elevation")
        .data_type(FieldDataType::Double)
        .build();
    assert_same(
        include_str!("../data/responses/describe_entity.json"),
        &DescribeEntityResponse {
            is_success: true,
            error_details: None,
            entity_definition: Some(definition(vec![full_field(), state, elevation])),
            cache_control: Some(CacheControl {
                time_to_live: 2,
                time_to_live_unit: None,
            }),
        },
    );
    assert_same_value(
        &json!({
            "isSuccess": false, "errorDetails": throttled_json(), "entityDefinition": null, "cacheControl": null,
        }),
        &DescribeEntityResponse {
            is_success: false,
            error_details: Some(throttled()),
            entity_definition: None,
            cache_control: None,
        },
    );
}

#[test]
fn query_data() {
    assert_same(
        include_str!("../data/responses/query_data.json"),
        &QueryDataResponse {
            is_success: true,
            error_details: None,
            records: Some(vec![
                record(r#"{"iata":"AUS","elevation":542.0}"#),
                record(r#"{"iata":"DFW","elevation":null}"#),
            ]),
            next_token: Some("page-2".into()),
        },
    );
    assert_same_value(
        &json!({"isSuccess": false, "errorDetails": throttled_json(), "records": null, "nextToken": null}),
        &QueryDataResponse {
            is_success: false,
            error_details: Some(throttled()),
            records: None,
            next_token: None,
        },
    );
}

#[test]
fn retrieve_data() {
    assert_same(
        include_str!("../data/responses/retrieve_data.json"),
        &RetrieveDataResponse {
            is_success: true,
            error_details: None,
            records: Some(vec![
                record(r#"{"iata":"AUS","elevation":542.0}"#),
                record(r#"{"iata":"DFW","elevation":null}"#),
            ]),
        },
    );
    assert_same_value(
        &json!({"isSuccess": false, "errorDetails": throttled_json(), "records": null}),
        &RetrieveDataResponse {
            is_success: false,
            error_details: Some(throttled()),
            records: None,
        },
    );
}

#[test]
fn write_data() {
    assert_same(
        include_str!("../data/responses/write_data.json"),
        &WriteDataResponse {
            is_success: false,
            error_details: Some(
                ConnectorError::partial_write_failure("1 of 2 records failed").into(),
            ),
            write_record_results: Some(vec![
                WriteRecordResult {
                    is_success: true,
                    record_id: Some("AUS".into()),
                    error_message: None,
                },
                WriteRecordResult {
                    is_success: false,
                    record_id: None,
                    error_message: Some("no such airport".into()),
                },
            ]),
        },
    );
    assert_same_value(
        &json!({"isSuccess": false, "errorDetails": throttled_json(), "writeRecordResults": null}),
        &WriteDataResponse {
            is_success: false,
            error_details: Some(throttled()),
            write_record_results: None,
        },
    );
}
