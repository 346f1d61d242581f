//! What an absent field means, that `null` means the same, and what else is read leniently.

use appflow_connector_model::{
    ConnectorConfiguration, ConnectorOperator, ConnectorRequest, DataTransferType,
    DescribeConnectorConfigurationResponse, DescribeEntityResponse, Entity, FieldDataType,
    FieldDefinition, ListEntitiesResponse, OAuth2ContentType, OAuth2Defaults, OAuth2MethodType,
    QueryDataResponse, RetrieveDataResponse, TriggerFrequency, TriggerType,
    ValidateConnectorRuntimeSettingsResponse, ValidateCredentialsResponse, WriteDataResponse,
    WriteOperationType,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::fixtures::string_map;

/// JSON pointers to every member of every object.
pub fn members(value: &Value) -> Vec<String> {
    let (children, in_object): (Vec<(String, &Value)>, bool) = match value {
        Value::Object(object) => (
            object
                .iter()
                .map(|(key, child)| (key.clone(), child))
                .collect(),
            true,
        ),
        Value::Array(items) => (
            items
                .iter()
                .enumerate()
                .map(|(index, child)| (index.to_string(), child))
                .collect(),
            false,
        ),
        _ => return vec![],
    };
    let mut found = vec![];
    for (name, child) in children {
        if in_object {
            found.push(format!("/{name}"));
        }
        found.extend(
            members(child)
                .into_iter()
                .map(|rest| format!("/{name}{rest}")),
        );
    }
    found
}

pub fn with_null(value: &Value, member: &str) -> Value {
    let mut changed = value.clone();
    *changed.pointer_mut(member).unwrap() = Value::Null;
    changed
}

pub fn without(value: &Value, member: &str) -> Value {
    let mut changed = value.clone();
    let (parent, name) = member.rsplit_once('/').unwrap();
    changed
        .pointer_mut(parent)
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove(name)
        .unwrap();
    changed
}

/// Fails unless exactly the `required` members cannot be left out, and `null` reads as absent for
/// all.
#[track_caller]
fn assert_null_equals_absent<T>(recorded: &str, required: &[&str])
where
    T: DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    for member in members(&recorded) {
        let null = serde_json::from_value::<T>(with_null(&recorded, &member)).ok();
        let absent = serde_json::from_value::<T>(without(&recorded, &member)).ok();
        assert_eq!(null, absent, "{member}");
        assert_eq!(
            absent.is_none(),
            required.contains(&member.as_str()),
            "{member}"
        );
    }
}

#[test]
fn null_equals_absent_in_a_configuration() {
    assert_null_equals_absent::<DescribeConnectorConfigurationResponse>(
        include_str!("../data/responses/describe_connector_configuration.json"),
        &[
            "/isSuccess",
            "/authenticationConfig/oAuth2Defaults/tokenURL",
            "/authenticationConfig/oAuth2Defaults/oAuth2GrantTypesSupported",
            "/authenticationConfig/oAuth2Defaults/oauth2CustomProperties/0/key",
            "/authenticationConfig/oAuth2Defaults/oauth2CustomProperties/0/required",
            "/authenticationConfig/oAuth2Defaults/oauth2CustomProperties/0/label",
            "/authenticationConfig/oAuth2Defaults/oauth2CustomProperties/0/description",
            "/authenticationConfig/oAuth2Defaults/oauth2CustomProperties/0/type",
            "/authenticationConfig/oAuth2Defaults/oauth2CustomProperties/1/key",
            "/authenticationConfig/oAuth2Defaults/oauth2CustomProperties/1/required",
            "/authenticationConfig/oAuth2Defaults/oauth2CustomProperties/1/label",
            "/authenticationConfig/oAuth2Defaults/oauth2CustomProperties/1/description",
            "/authenticationConfig/oAuth2Defaults/oauth2CustomProperties/1/type",
            "/authenticationConfig/customAuthConfig/0/authenticationType",
            "/authenticationConfig/customAuthConfig/0/authParameters",
            "/authenticationConfig/customAuthConfig/0/authParameters/0/key",
            "/authenticationConfig/customAuthConfig/0/authParameters/0/required",
            "/authenticationConfig/customAuthConfig/0/authParameters/0/label",
            "/authenticationConfig/customAuthConfig/0/authParameters/0/description",
            "/authenticationConfig/customAuthConfig/0/authParameters/1/key",
            "/authenticationConfig/customAuthConfig/0/authParameters/1/required",
            "/authenticationConfig/customAuthConfig/0/authParameters/1/label",
            "/authenticationConfig/customAuthConfig/0/authParameters/1/description",
            "/connectorRuntimeSetting/0/key",
            "/connectorRuntimeSetting/0/dataType",
            "/connectorRuntimeSetting/0/required",
            "/connectorRuntimeSetting/0/label",
            "/connectorRuntimeSetting/0/description",
            "/connectorRuntimeSetting/0/scope",
            "/connectorRuntimeSetting/1/key",
            "/connectorRuntimeSetting/1/dataType",
            "/connectorRuntimeSetting/1/required",
            "/connectorRuntimeSetting/1/label",
            "/connectorRuntimeSetting/1/description",
            "/connectorRuntimeSetting/1/scope",
        ],
    );
}

#[test]
fn null_equals_absent_in_the_other_responses() {
    assert_null_equals_absent::<ValidateConnectorRuntimeSettingsResponse>(
        include_str!("../data/responses/validate_connector_runtime_settings.json"),
        &[
            "/isSuccess",
            "/errorDetails/errorCode",
            "/errorDetails/errorMessage",
        ],
    );
    assert_null_equals_absent::<ValidateCredentialsResponse>(
        include_str!("../data/responses/validate_credentials.json"),
        &["/isSuccess"],
    );
    assert_null_equals_absent::<ListEntitiesResponse>(
        include_str!("../data/responses/list_entities.json"),
        &[
            "/isSuccess",
            "/entities/0/entityIdentifier",
            "/entities/0/hasNestedEntities",
            "/entities/1/entityIdentifier",
            "/entities/1/hasNestedEntities",
            "/cacheControl/timeToLive",
        ],
    );
    assert_null_equals_absent::<DescribeEntityResponse>(
        include_str!("../data/responses/describe_entity.json"),
        &[
            "/isSuccess",
            "/entityDefinition/entity",
            "/entityDefinition/entity/entityIdentifier",
            "/entityDefinition/entity/hasNestedEntities",
            "/entityDefinition/fields",
            "/entityDefinition/fields/0/fieldName",
            "/entityDefinition/fields/0/dataType",
            "/entityDefinition/fields/0/constraints/allowedLengthRange/minRange",
            "/entityDefinition/fields/0/constraints/allowedLengthRange/maxRange",
            "/entityDefinition/fields/0/constraints/allowedValueRange/minRange",
            "/entityDefinition/fields/0/constraints/allowedValueRange/maxRange",
            "/entityDefinition/fields/1/fieldName",
            "/entityDefinition/fields/1/dataType",
            "/entityDefinition/fields/2/fieldName",
            "/entityDefinition/fields/2/dataType",
            "/cacheControl/timeToLive",
        ],
    );
    assert_null_equals_absent::<QueryDataResponse>(
        include_str!("../data/responses/query_data.json"),
        &["/isSuccess"],
    );
    assert_null_equals_absent::<RetrieveDataResponse>(
        include_str!("../data/responses/retrieve_data.json"),
        &["/isSuccess"],
    );
    assert_null_equals_absent::<WriteDataResponse>(
        include_str!("../data/responses/write_data.json"),
        &[
            "/isSuccess",
            "/errorDetails/errorCode",
            "/errorDetails/errorMessage",
            "/writeRecordResults/0/isSuccess",
            "/writeRecordResults/1/isSuccess",
        ],
    );
}

#[test]
fn a_configuration_supports_everything_but_files_by_default() {
    let response: DescribeConnectorConfigurationResponse = serde_json::from_value(json!({
        "isSuccess": true, "connectorOwner": "Example Corp", "connectorName": "Air", "connectorVersion": "1.0",
        "connectorModes": ["SOURCE"], "supportedApiVersions": ["v1"],
    }))
    .unwrap();
    let configuration = &response.configuration;
    assert_eq!(configuration.operators_supported, ConnectorOperator::ALL);
    assert_eq!(
        configuration.trigger_frequencies_supported,
        TriggerFrequency::ALL
    );
    assert_eq!(configuration.supported_trigger_types, TriggerType::ALL);
    assert_eq!(
        configuration.supported_write_operations,
        WriteOperationType::ALL
    );
    assert_eq!(
        configuration.supported_data_transfer_types,
        [DataTransferType::Record]
    );
    let built = ConnectorConfiguration::builder()
        .connector_owner("Example Corp")
        .connector_name("Air")
        .connector_version("1.0")
        .connector_modes(configuration.connector_modes.clone())
        .supported_api_versions(vec!["v1".into()])
        .build();
    // A configuration that is built has an empty list of settings, one that is read keeps `null`.
    assert_eq!(
        ConnectorConfiguration {
            runtime_settings: None,
            ..built
        },
        *configuration
    );
}

#[test]
fn a_failed_configuration_may_lack_everything_about_the_connector() {
    let response: DescribeConnectorConfigurationResponse = serde_json::from_value(json!({
        "isSuccess": false, "connectorOwner": null, "connectorModes": null,
        "errorDetails": {"errorCode": "ServerError", "errorMessage": "no configuration"},
    }))
    .unwrap();
    assert_eq!(response.configuration.connector_owner, "");
    assert_eq!(response.configuration.connector_modes, []);
}

#[test]
fn an_entity_is_writable_by_default() {
    let entity: Entity =
        serde_json::from_str(r#"{"entityIdentifier":"Airport","hasNestedEntities":true}"#).unwrap();
    assert!(entity.is_writable);
    assert!(entity.has_nested_entities);
    assert_eq!(
        Entity::builder().entity_identifier("Airport").build(),
        Entity {
            has_nested_entities: false,
            ..entity
        }
    );
}

#[test]
fn oauth2_tokens_are_requested_with_a_posted_form_by_default() {
    let defaults: OAuth2Defaults = serde_json::from_value(json!({
        "tokenURL": ["https://air.example.com/token"], "oAuth2GrantTypesSupported": ["CLIENT_CREDENTIALS"],
    }))
    .unwrap();
    assert_eq!(defaults.oauth2_content_type, OAuth2ContentType::UrlEncoded);
    assert_eq!(defaults.oauth2_method_type, OAuth2MethodType::HttpPost);
    assert!(!defaults.add_basic_auth_header);
}

#[test]
fn custom_properties_of_oauth2_are_read_in_both_spellings_and_written_in_javas() {
    let with = |name: &str| {
        json!({
            "tokenURL": ["https://air.example.com/token"], "oAuth2GrantTypesSupported": ["CLIENT_CREDENTIALS"],
            name: [{"key": "audience", "required": true, "label": "Audience", "description": "", "type": "TOKEN_URL"}],
        })
    };
    let python: OAuth2Defaults = serde_json::from_value(with("oAuth2CustomProperties")).unwrap();
    let java: OAuth2Defaults = serde_json::from_value(with("oauth2CustomProperties")).unwrap();
    assert_eq!(python, java);
    assert_eq!(
        python.oauth2_custom_properties.as_ref().unwrap()[0].key,
        "audience"
    );
    let written = serde_json::to_value(&python).unwrap();
    assert_eq!(written["oauth2CustomProperties"][0]["key"], "audience");
    assert_eq!(written.get("oAuth2CustomProperties"), None);
}

#[test]
fn the_default_label_and_operators_of_a_field_depend_on_its_type() {
    let numbers = [
        "NOT_EQUAL_TO",
        "EQUAL_TO",
        "LESS_THAN",
        "LESS_THAN_OR_EQUAL_TO",
        "GREATER_THAN",
        "GREATER_THAN_OR_EQUAL_TO",
    ];
    let dates = [
        "EQUAL_TO",
        "LESS_THAN",
        "LESS_THAN_OR_EQUAL_TO",
        "GREATER_THAN",
        "GREATER_THAN_OR_EQUAL_TO",
        "BETWEEN",
    ];
    for (data_type, operators) in [
        ("Integer", &numbers[..]),
        ("Float", &numbers),
        ("Double", &numbers),
        ("Long", &numbers),
        ("Short", &numbers),
        ("BigInteger", &numbers),
        ("BigDecimal", &numbers),
        ("Date", &dates),
        ("DateTime", &dates),
        ("String", &["CONTAINS", "EQUAL_TO", "NOT_EQUAL_TO"]),
        ("Boolean", &["EQUAL_TO", "NOT_EQUAL_TO"]),
        ("Map", &["CONTAINS"]),
        ("List", &["CONTAINS"]),
        ("Struct", &[]),
        ("ByteArray", &[]),
    ] {
        let field: FieldDefinition =
            serde_json::from_value(json!({"fieldName": "f", "dataType": data_type})).unwrap();
        let written = serde_json::to_value(&field).unwrap();
        assert_eq!(written["dataTypeLabel"], data_type);
        assert_eq!(written["filterOperators"], json!(operators), "{data_type}");
    }
}

#[test]
fn a_field_may_allow_no_operator() {
    let field: FieldDefinition = serde_json::from_value(
        json!({"fieldName": "f", "dataType": "String", "filterOperators": []}),
    )
    .unwrap();
    assert_eq!(field.data_type, FieldDataType::String);
    assert_eq!(field.filter_operators, []);
}

#[test]
fn unknown_fields_are_ignored_at_every_level() {
    let recorded: Value =
        serde_json::from_str(include_str!("../data/requests/query_data.json")).unwrap();
    let expected = ConnectorRequest::from_slice(recorded.to_string().as_bytes()).unwrap();
    for object in [
        "",
        "/connectorContext",
        "/connectorContext/credentials",
        "/connectorContext/entityDefinition",
        "/connectorContext/entityDefinition/entity",
        "/connectorContext/entityDefinition/fields/0",
        "/connectorContext/entityDefinition/fields/0/constraints",
        "/connectorContext/entityDefinition/fields/0/constraints/allowedLengthRange",
        "/connectorContext/entityDefinition/fields/0/readProperties",
        "/connectorContext/entityDefinition/fields/0/writeProperties",
    ] {
        let mut changed = recorded.clone();
        changed.pointer_mut(object).unwrap()["somethingNew"] = json!({"of": ["a", 1, null]});
        let read = ConnectorRequest::from_slice(changed.to_string().as_bytes());
        assert_eq!(read.as_ref(), Ok(&expected), "{object}");
    }
}

#[test]
fn numbers_and_booleans_in_maps_are_read_as_their_json_text() {
    let payload = br#"{
        "type": "DescribeEntityRequest",
        "entityIdentifier": "Airport",
        "connectorContext": {
            "connectorRuntimeSettings": {"a": "text", "b": 200, "c": true, "d": 1.50, "e": null, "f": -1e400, "g": "\u00e9\n"},
            "entityDefinition": {
                "entity": {"entityIdentifier": "Airport", "hasNestedEntities": false, "customProperties": {"level": 1}},
                "fields": [{"fieldName": "iata", "dataType": "String", "customProperties": {"indexed": false}}],
                "customProperties": {"rows": 1234567890123456789012}
            }
        }
    }"#;
    let request = ConnectorRequest::from_slice(payload).unwrap();
    let context = request.connector_context().unwrap();
    assert_eq!(
        context.connector_runtime_settings,
        string_map([
            ("a", "text"),
            ("b", "200"),
            ("c", "true"),
            ("d", "1.50"),
            ("f", "-1e400"),
            ("g", "é\n"),
        ])
    );
    let definition = context.entity_definition.as_ref().unwrap();
    assert_eq!(
        definition.entity.custom_properties,
        Some(string_map([("level", "1")]))
    );
    assert_eq!(
        definition.fields[0].custom_properties,
        Some(string_map([("indexed", "false")]))
    );
    assert_eq!(
        definition.custom_properties,
        Some(string_map([("rows", "1234567890123456789012")]))
    );
}
