//! Payloads that are not requests, and what the errors say.

use appflow_connector_model::{ConnectorRequest, RequestError, RequestType};
use serde_json::{Value, json};

use crate::defaults::{members, with_null, without};

fn error(payload: impl AsRef<[u8]>) -> RequestError {
    ConnectorRequest::from_slice(payload.as_ref()).unwrap_err()
}

#[track_caller]
fn assert_message(payload: &str, message: &str) {
    assert_eq!(error(payload).to_string(), message);
}

#[test]
fn what_is_not_a_json_object_is_malformed() {
    assert_message(
        "",
        "the request is not a JSON object: EOF while parsing a value at line 1 column 0",
    );
    assert_message(
        "[]",
        "the request is not a JSON object: invalid type: sequence, expected an object at line 1 column 0",
    );
    assert_message(
        r#"["ListEntitiesRequest"]"#,
        "the request is not a JSON object: invalid type: sequence, expected an object at line 1 column 0",
    );
    assert_message(
        r#"{"type":"ListEntitiesRequest","connectorContext":{}"#,
        "the request is not a JSON object: EOF while parsing an object at line 1 column 51",
    );
    assert_message(
        r#"{"type":"ListEntitiesRequest","connectorContext":{}} {}"#,
        "the request is not a JSON object: trailing characters at line 1 column 54",
    );
    for payload in [
        &b"null"[..],
        b"7",
        b"\"ListEntitiesRequest\"",
        b"nonsense",
        b"{",
        b"{} x",
        b"\xef\xbb\xbf{}",
        b"{\"type\":}",
        b"{\"type\":\"\xff\"}",
        b"{\"type\":\"ListEntitiesRequest\",\"connectorContext\":{\"apiVersion\":\"\xff\"}}",
    ] {
        let error = error(payload);
        assert!(
            matches!(error, RequestError::Malformed(_)),
            "{payload:?}: {error:?}"
        );
    }
}

#[test]
fn malformed_json_is_malformed_whatever_else_is_wrong() {
    for payload in [
        r#"{"type":"Other", x"#,
        r#"{"type":null, x"#,
        r#"{"locale":1, x"#,
        r#"{"type":"ValidateConnectorRuntimeSettingsRequest","scope":"HERE" x"#,
        r#"{"type":"ListEntitiesRequest","connectorContext":7} x"#,
    ] {
        let error = error(payload);
        assert!(
            matches!(error, RequestError::Malformed(_)),
            "{payload}: {error:?}"
        );
    }
}

#[test]
fn a_request_needs_a_type() {
    assert_message(
        "{}",
        "the request has no `type`; expected one of the eight request types of a connector",
    );
    assert_eq!(
        error(r#"{"type":null,"connectorContext":{}}"#),
        RequestError::MissingType
    );
    assert_eq!(
        error(r#"{"Type":"ListEntitiesRequest"}"#),
        RequestError::MissingType
    );
}

#[test]
fn an_unknown_type_is_named() {
    assert_message(
        r#"{"type":"DropTableRequest"}"#,
        "unknown request type `DropTableRequest`",
    );
    assert_message(r#"{"type":7}"#, "unknown request type `7`");
    assert_message(
        r#"{"type":["ListEntitiesRequest"]}"#,
        r#"unknown request type `["ListEntitiesRequest"]`"#,
    );
    assert_message(
        r#"{"type":"listEntitiesRequest"}"#,
        "unknown request type `listEntitiesRequest`",
    );
}

#[test]
fn exactly_the_required_fields_must_be_there_and_not_null() {
    let context = [
        "connectorContext",
        "connectorContext.entityDefinition.entity",
        "connectorContext.entityDefinition.entity.entityIdentifier",
        "connectorContext.entityDefinition.entity.hasNestedEntities",
        "connectorContext.entityDefinition.fields",
        "connectorContext.entityDefinition.fields[0].constraints.allowedLengthRange.maxRange",
        "connectorContext.entityDefinition.fields[0].constraints.allowedLengthRange.minRange",
        "connectorContext.entityDefinition.fields[0].constraints.allowedValueRange.maxRange",
        "connectorContext.entityDefinition.fields[0].constraints.allowedValueRange.minRange",
        "connectorContext.entityDefinition.fields[0].dataType",
        "connectorContext.entityDefinition.fields[0].fieldName",
    ];
    let identifier_and_context = [&context[..], &["entityIdentifier"]].concat();
    for (request, recorded, required) in [
        (
            "DescribeConnectorConfigurationRequest",
            include_str!("../data/requests/describe_connector_configuration.json"),
            &[][..],
        ),
        (
            "ValidateConnectorRuntimeSettingsRequest",
            include_str!("../data/requests/validate_connector_runtime_settings.json"),
            &["connectorRuntimeSettings", "scope"],
        ),
        (
            "ValidateCredentialsRequest",
            include_str!("../data/requests/validate_credentials.json"),
            &["credentials"],
        ),
        (
            "ListEntitiesRequest",
            include_str!("../data/requests/list_entities.json"),
            &context,
        ),
        (
            "DescribeEntityRequest",
            include_str!("../data/requests/describe_entity.json"),
            &identifier_and_context,
        ),
        (
            "QueryDataRequest",
            include_str!("../data/requests/query_data.json"),
            &identifier_and_context,
        ),
        (
            "RetrieveDataRequest",
            include_str!("../data/requests/retrieve_data.json"),
            &identifier_and_context,
        ),
        (
            "WriteDataRequest",
            include_str!("../data/requests/write_data.json"),
            &identifier_and_context,
        ),
    ] {
        let recorded: Value = serde_json::from_str(recorded).unwrap();
        let mut refused = vec![];
        for member in members(&recorded)
            .into_iter()
            .filter(|member| member != "/type")
        {
            let read =
                |payload: Value| ConnectorRequest::from_slice(payload.to_string().as_bytes());
            let absent = read(without(&recorded, &member));
            assert_eq!(
                read(with_null(&recorded, &member)),
                absent,
                "{request}{member}"
            );
            if let Err(error) = absent {
                let path = member[1..].replace("/0/", "[0].").replace('/', ".");
                assert_eq!(
                    error.to_string(),
                    format!("{request}: missing required field `{path}`")
                );
                refused.push(path);
            }
        }
        refused.sort();
        assert_eq!(refused, required, "{request}");
    }
}

#[test]
fn a_field_of_the_wrong_type_is_named_with_its_path() {
    assert_message(
        r#"{"type":"QueryDataRequest","entityIdentifier":"Airport","connectorContext":{},"maxResults":"many"}"#,
        r#"QueryDataRequest: `maxResults`: invalid value: string "many", expected a whole number that is not negative"#,
    );
    assert_message(
        r#"{"type":"QueryDataRequest","entityIdentifier":[7],"connectorContext":{}}"#,
        "QueryDataRequest: `entityIdentifier`: invalid type: sequence, expected a string",
    );
    assert_message(
        r#"{"type":"ListEntitiesRequest","connectorContext":"none"}"#,
        r#"ListEntitiesRequest: `connectorContext`: invalid type: string "none", expected struct ConnectorContext"#,
    );
    assert_message(
        r#"{"type":"RetrieveDataRequest","entityIdentifier":"Airport","connectorContext":{},"ids":["AUS",null]}"#,
        "RetrieveDataRequest: `ids[1]`: invalid type: null, expected a string",
    );
    assert_message(
        r#"{"type":"WriteDataRequest","entityIdentifier":"Airport","connectorContext":{},"records":[{"iata":"AUS"}]}"#,
        "WriteDataRequest: `records[0]`: invalid type: map, expected a string",
    );
    assert_message(
        r#"{"type":"ListEntitiesRequest","connectorContext":{"connectorRuntimeSettings":{"filters":[1]}}}"#,
        "ListEntitiesRequest: `connectorContext.connectorRuntimeSettings`: \
         the value of `filters` is an object or a list; expected a string, number or boolean",
    );
    for number in ["-1", "\"1.5\"", "4294967296"] {
        let payload = format!(
            r#"{{"type":"ListEntitiesRequest","connectorContext":{{}},"maxResult":{number}}}"#
        );
        let message = error(payload).to_string();
        assert!(
            message.starts_with("ListEntitiesRequest: `maxResult`: invalid "),
            "{message}"
        );
    }
}

#[test]
fn an_unknown_enum_value_is_named_with_those_that_are_known() {
    assert_message(
        r#"{"type":"ValidateConnectorRuntimeSettingsRequest","scope":"HERE","connectorRuntimeSettings":{}}"#,
        "ValidateConnectorRuntimeSettingsRequest: `scope`: unknown variant `HERE`, expected one of \
         `CONNECTOR_PROFILE`, `SOURCE`, `DESTINATION`, `SOURCE_AND_DESTINATION`",
    );
    assert_message(
        r#"{"type":"WriteDataRequest","entityIdentifier":"Airport","connectorContext":{},"operation":"insert"}"#,
        "WriteDataRequest: `operation`: unknown variant `insert`, expected one of `INSERT`, `UPDATE`, `UPSERT`, `DELETE`",
    );
    let payload = json!({
        "type": "DescribeEntityRequest", "entityIdentifier": "Airport",
        "connectorContext": {"entityDefinition": {
            "entity": {"entityIdentifier": "Airport", "hasNestedEntities": false},
            "fields": [{"fieldName": "iata", "dataType": "Text"}],
        }},
    });
    let message = error(payload.to_string()).to_string();
    assert!(
        message.starts_with(
            "DescribeEntityRequest: `connectorContext.entityDefinition.fields[0].dataType`: \
             unknown variant `Text`, expected one of `String`, "
        ),
        "{message}"
    );
}

#[test]
fn an_enum_value_that_is_not_a_string_is_an_invalid_field_and_not_malformed_json() {
    let payload = r#"{"type":"ValidateConnectorRuntimeSettingsRequest","scope":7,"connectorRuntimeSettings":{}}"#;
    let message = error(payload).to_string();
    assert!(
        message.starts_with(
            "ValidateConnectorRuntimeSettingsRequest: `scope`: invalid type: integer `7`"
        ),
        "{message}"
    );
}

#[test]
fn a_duplicate_field_is_named() {
    let RequestError::InvalidField {
        request_type,
        message,
    } = error(
        r#"{"type":"DescribeConnectorConfigurationRequest","locale":"de-DE","locale":"fr-FR"}"#,
    )
    else {
        panic!("another error");
    };
    assert_eq!(request_type, RequestType::DescribeConnectorConfiguration);
    assert!(message.contains("duplicate field `locale`"), "{message}");
}

#[test]
fn no_message_is_longer_than_1100_characters() {
    let long = "é".repeat(100_000);
    for payload in [
        format!(r#""{long}""#),
        format!(r#"{{"type":"{long}"}}"#),
        format!(r#"{{"type":["{long}"]}}"#),
        format!(r#"{{"type":"ListEntitiesRequest","connectorContext":"{long}"}}"#),
        format!(r#"{{"type":"ValidateConnectorRuntimeSettingsRequest","scope":"{long}"}}"#),
        format!(
            r#"{{"type":"ListEntitiesRequest","connectorContext":{{"connectorRuntimeSettings":{{"{long}":[]}}}}}}"#
        ),
    ] {
        let characters = error(payload).to_string().chars().count();
        assert!((1_024..=1_100).contains(&characters), "{characters}");
    }
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));

    let ignored = format!(
        r#"{{"new":{deep},"type":"ListEntitiesRequest","connectorContext":{{"new":{deep}}},"newer":{deep}}}"#
    );
    assert!(ConnectorRequest::from_slice(ignored.as_bytes()).is_ok());

    let as_type = format!(r#"{{"type":{deep}}}"#);
    assert!(matches!(error(as_type), RequestError::Malformed(_)));

    let as_setting = format!(
        r#"{{"type":"ListEntitiesRequest","connectorContext":{{"connectorRuntimeSettings":{{"deep":{deep}}}}}}}"#
    );
    assert!(
        error(as_setting)
            .to_string()
            .contains("the value of `deep`")
    );

    let beside_a_missing_field = format!(r#"{{"type":"ListEntitiesRequest","new":{deep}}}"#);
    assert!(
        error(beside_a_missing_field)
            .to_string()
            .contains("missing required field `connectorContext`")
    );

    let unclosed = format!(
        r#"{{"type":"ListEntitiesRequest","connectorContext":{}"#,
        "[".repeat(1_000_000)
    );
    assert!(matches!(error(unclosed), RequestError::Malformed(_)));
}
