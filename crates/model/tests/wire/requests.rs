//! Each request in full, from `tests/data/requests`, and with its required fields alone.

use appflow_connector_model::{
    AuthenticationType, ConnectorContext, ConnectorRequest, ConnectorRuntimeSettingScope,
    Credentials, DescribeConnectorConfigurationRequest, DescribeEntityRequest, ListEntitiesRequest,
    QueryDataRequest, RequestType, RetrieveDataRequest, StringMap,
    ValidateConnectorRuntimeSettingsRequest, ValidateCredentialsRequest, WriteDataRequest,
    WriteOperationType,
};
use serde_json::Value;

use crate::fixtures::{context, credentials, record, settings, strings};

/// The JSON has every field, so that writing the request must give the recorded object again.
#[track_caller]
fn assert_reads_and_writes(recorded: &str, expected: &ConnectorRequest) {
    assert_eq!(
        &ConnectorRequest::from_slice(recorded.as_bytes()).unwrap(),
        expected
    );
    assert_eq!(
        serde_json::to_value(expected).unwrap(),
        serde_json::from_str::<Value>(recorded).unwrap()
    );
}

#[track_caller]
fn assert_reads(minimal: &str, expected: &ConnectorRequest) {
    assert_eq!(
        &ConnectorRequest::from_slice(minimal.as_bytes()).unwrap(),
        expected
    );
}

#[test]
fn describe_connector_configuration() {
    assert_reads_and_writes(
        include_str!("../data/requests/describe_connector_configuration.json"),
        &ConnectorRequest::DescribeConnectorConfiguration(DescribeConnectorConfigurationRequest {
            locale: "de-DE".into(),
            connector_label: Some("air".into()),
        }),
    );
    assert_reads(
        r#"{"type":"DescribeConnectorConfigurationRequest"}"#,
        &ConnectorRequest::DescribeConnectorConfiguration(DescribeConnectorConfigurationRequest {
            locale: "en-US".into(),
            connector_label: None,
        }),
    );
}

#[test]
fn validate_connector_runtime_settings() {
    assert_reads_and_writes(
        include_str!("../data/requests/validate_connector_runtime_settings.json"),
        &ConnectorRequest::ValidateConnectorRuntimeSettings(
            ValidateConnectorRuntimeSettingsRequest {
                scope: ConnectorRuntimeSettingScope::ConnectorProfile,
                connector_runtime_settings: settings(),
                authentication_type: Some(AuthenticationType::ApiKey),
            },
        ),
    );
    assert_reads(
        r#"{"type":"ValidateConnectorRuntimeSettingsRequest","scope":"SOURCE","connectorRuntimeSettings":{}}"#,
        &ConnectorRequest::ValidateConnectorRuntimeSettings(
            ValidateConnectorRuntimeSettingsRequest {
                scope: ConnectorRuntimeSettingScope::Source,
                connector_runtime_settings: StringMap::new(),
                authentication_type: None,
            },
        ),
    );
}

#[test]
fn validate_credentials() {
    assert_reads_and_writes(
        include_str!("../data/requests/validate_credentials.json"),
        &ConnectorRequest::ValidateCredentials(ValidateCredentialsRequest {
            credentials: credentials(),
            connector_runtime_settings: settings(),
        }),
    );
    assert_reads(
        r#"{"type":"ValidateCredentialsRequest","credentials":{}}"#,
        &ConnectorRequest::ValidateCredentials(ValidateCredentialsRequest {
            credentials: Credentials {
                secret_arn: None,
                authentication_type: None,
            },
            connector_runtime_settings: StringMap::new(),
        }),
    );
}

#[test]
fn list_entities() {
    assert_reads_and_writes(
        include_str!("../data/requests/list_entities.json"),
        &ConnectorRequest::ListEntities(ListEntitiesRequest {
            connector_context: context(),
            entities_path: Some("registry/us".into()),
            max_result: 50,
            next_token: Some("page-2".into()),
        }),
    );
    assert_reads(
        r#"{"type":"ListEntitiesRequest","connectorContext":{}}"#,
        &ConnectorRequest::ListEntities(ListEntitiesRequest {
            connector_context: ConnectorContext::default(),
            entities_path: None,
            max_result: 1_000,
            next_token: None,
        }),
    );
}

#[test]
fn describe_entity() {
    assert_reads_and_writes(
        include_str!("../data/requests/describe_entity.json"),
        &ConnectorRequest::DescribeEntity(DescribeEntityRequest {
            entity_identifier: "Airport".into(),
            connector_context: context(),
        }),
    );
    assert_reads(
        r#"{"type":"DescribeEntityRequest","entityIdentifier":"Airport","connectorContext":{}}"#,
        &ConnectorRequest::DescribeEntity(DescribeEntityRequest {
            entity_identifier: "Airport".into(),
            connector_context: ConnectorContext::default(),
        }),
    );
}

#[test]
fn query_data() {
    assert_reads_and_writes(
        include_str!("../data/requests/query_data.json"),
        &ConnectorRequest::QueryData(QueryDataRequest {
            entity_identifier: "Airport".into(),
            connector_context: context(),
            selected_field_names: Some(strings(["iata", "state"])),
            filter_expression: Some("state = \"TX\"".into()),
            next_token: Some("page-2".into()),
            max_results: 50,
        }),
    );
    assert_reads(
        r#"{"type":"QueryDataRequest","entityIdentifier":"Airport","connectorContext":{}}"#,
        &ConnectorRequest::QueryData(QueryDataRequest {
            entity_identifier: "Airport".into(),
            connector_context: ConnectorContext::default(),
            selected_field_names: None,
            filter_expression: None,
            next_token: None,
            max_results: 1_000,
        }),
    );
}

#[test]
fn retrieve_data() {
    assert_reads_and_writes(
        include_str!("../data/requests/retrieve_data.json"),
        &ConnectorRequest::RetrieveData(RetrieveDataRequest {
            entity_identifier: "Airport".into(),
            connector_context: context(),
            selected_field_names: Some(strings(["iata", "state"])),
            id_field_name: Some("iata".into()),
            ids: Some(strings(["AUS", "DFW"])),
        }),
    );
    assert_reads(
        r#"{"type":"RetrieveDataRequest","entityIdentifier":"Airport","connectorContext":{}}"#,
        &ConnectorRequest::RetrieveData(RetrieveDataRequest {
            entity_identifier: "Airport".into(),
            connector_context: ConnectorContext::default(),
            selected_field_names: None,
            id_field_name: None,
            ids: None,
        }),
    );
}

#[test]
fn write_data() {
    assert_reads_and_writes(
        include_str!("../data/requests/write_data.json"),
        &ConnectorRequest::WriteData(WriteDataRequest {
            entity_identifier: "Airport".into(),
            connector_context: context(),
            operation: Some(WriteOperationType::Upsert),
            id_field_names: Some(strings(["iata"])),
            records: vec![record(r#"{"iata":"AUS"}"#), record(r#"{"iata":"DFW"}"#)],
            all_or_none: Some(true),
        }),
    );
    assert_reads(
        r#"{"type":"WriteDataRequest","entityIdentifier":"Airport","connectorContext":{}}"#,
        &ConnectorRequest::WriteData(WriteDataRequest {
            entity_identifier: "Airport".into(),
            connector_context: ConnectorContext::default(),
            operation: None,
            id_field_names: None,
            records: vec![],
            all_or_none: None,
        }),
    );
}

#[test]
fn a_request_knows_its_type_context_and_credentials() {
    let query = include_bytes!("../data/requests/query_data.json");
    let query = ConnectorRequest::from_slice(query).unwrap();
    assert_eq!(query.request_type(), RequestType::QueryData);
    assert_eq!(query.connector_context(), Some(&context()));
    assert_eq!(query.credentials(), Some(&credentials()));

    let validate = include_bytes!("../data/requests/validate_credentials.json");
    let validate = ConnectorRequest::from_slice(validate).unwrap();
    assert_eq!(validate.connector_context(), None);
    assert_eq!(validate.credentials(), Some(&credentials()));

    let describe = br#"{"type":"DescribeConnectorConfigurationRequest"}"#;
    let describe = ConnectorRequest::from_slice(describe).unwrap();
    assert_eq!(describe.connector_context(), None);
    assert_eq!(describe.credentials(), None);
}

#[test]
fn type_may_be_anywhere_and_the_first_one_counts() {
    let request = ConnectorRequest::from_slice(
        br#"{"locale":"fr-FR","connectorLabel":"air","type":"DescribeConnectorConfigurationRequest","type":"Other"}"#,
    )
    .unwrap();
    assert_eq!(
        request,
        ConnectorRequest::DescribeConnectorConfiguration(DescribeConnectorConfigurationRequest {
            locale: "fr-FR".into(),
            connector_label: Some("air".into()),
        })
    );
}

#[test]
fn type_may_be_written_with_escapes() {
    let request = ConnectorRequest::from_slice(
        br#" { "t\u0079pe" : "ListEntities\u0052equest" , "connectorContext" : { } } "#,
    );
    assert_eq!(request.unwrap().request_type(), RequestType::ListEntities);
}
