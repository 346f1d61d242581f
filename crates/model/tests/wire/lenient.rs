//! Scalars are read as Jackson reads them.

use appflow_connector_model::{
    CacheControl, ConnectorRequest, DescribeConnectorConfigurationResponse, DescribeEntityResponse,
    ErrorDetails, ListEntitiesResponse, QueryDataResponse, RangeConstraint, RetrieveDataResponse,
    ValidateConnectorRuntimeSettingsResponse, ValidateCredentialsResponse, WriteDataResponse,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The paths of all scalars of a document.
fn scalars(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                scalars(value, &format!("{path}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                scalars(value, &format!("{path}/{index}"), found);
            }
        }
        Value::Null => {}
        _ => found.push(path.to_owned()),
    }
}

fn with(recorded: &Value, path: &str, value: Value) -> Value {
    let mut changed = recorded.clone();
    *changed.pointer_mut(path).unwrap() = value;
    changed
}

/// Fails unless each scalar of the document may be of another JSON type. Returns how many there
/// are.
fn assert_lenient<T: PartialEq + std::fmt::Debug>(
    recorded: &str,
    read: impl Fn(Value) -> Option<T>,
) -> usize {
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    let expected = read(recorded.clone());
    assert!(expected.is_some());
    let mut paths = Vec::new();
    scalars(&recorded, "", &mut paths);
    // A record is JSON text, and never a number.
    paths.retain(|path| path != "/type" && !path.starts_with("/records/"));
    for path in &paths {
        match recorded.pointer(path).unwrap() {
            Value::String(_) => {
                let from_number = read(with(&recorded, path, json!(7)));
                assert_eq!(
                    from_number,
                    read(with(&recorded, path, json!("7"))),
                    "{path}"
                );
                let from_boolean = read(with(&recorded, path, json!(true)));
                assert_eq!(
                    from_boolean,
                    read(with(&recorded, path, json!("true"))),
                    "{path}"
                );
            }
            scalar => {
                let text = Value::String(scalar.to_string());
                assert_eq!(read(with(&recorded, path, text)), expected, "{path}");
            }
        }
    }
    paths.len()
}

fn response<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

#[test]
fn every_scalar_of_a_request_may_be_of_another_json_type() {
    let mut count = 0;
    for recorded in [
        include_str!("../data/requests/describe_connector_configuration.json"),
        include_str!("../data/requests/validate_connector_runtime_settings.json"),
        include_str!("../data/requests/validate_credentials.json"),
        include_str!("../data/requests/list_entities.json"),
        include_str!("../data/requests/describe_entity.json"),
        include_str!("../data/requests/query_data.json"),
        include_str!("../data/requests/retrieve_data.json"),
        include_str!("../data/requests/write_data.json"),
    ] {
        count += assert_lenient(recorded, |value| {
            ConnectorRequest::from_slice(value.to_string().as_bytes()).ok()
        });
    }
    assert!(count > 100, "{count}");
}

#[test]
fn every_scalar_of_a_response_may_be_of_another_json_type() {
    macro_rules! recorded {
        ($name:literal) => {
            include_str!(concat!("../data/responses/", $name, ".json"))
        };
    }
    assert_lenient(
        recorded!("describe_connector_configuration"),
        response::<DescribeConnectorConfigurationResponse>,
    );
    assert_lenient(
        recorded!("validate_connector_runtime_settings"),
        response::<ValidateConnectorRuntimeSettingsResponse>,
    );
    assert_lenient(
        recorded!("validate_credentials"),
        response::<ValidateCredentialsResponse>,
    );
    assert_lenient(recorded!("list_entities"), response::<ListEntitiesResponse>);
    assert_lenient(
        recorded!("describe_entity"),
        response::<DescribeEntityResponse>,
    );
    assert_lenient(recorded!("query_data"), response::<QueryDataResponse>);
    assert_lenient(recorded!("retrieve_data"), response::<RetrieveDataResponse>);
    assert_lenient(recorded!("write_data"), response::<WriteDataResponse>);
}

#[test]
fn a_boolean_may_be_a_word_or_a_number() {
    let read = |value: Value| {
        let response: Option<ValidateCredentialsResponse> = response(json!({"isSuccess": value}));
        response.map(|response| response.is_success)
    };
    for value in [
        json!(true),
        json!("true"),
        json!("True"),
        json!("TRUE"),
        json!(" true "),
        json!(1),
        json!(-1),
    ] {
        assert_eq!(read(value.clone()), Some(true), "{value}");
    }
    for value in [
        json!(false),
        json!("false"),
        json!("False"),
        json!("FALSE"),
        json!(0),
    ] {
        assert_eq!(read(value.clone()), Some(false), "{value}");
    }
    for value in [
        json!("yes"),
        json!(""),
        json!("1"),
        json!(0.5),
        json!([true]),
        json!({}),
        json!(null),
    ] {
        assert_eq!(read(value.clone()), None, "{value}");
    }
}

#[test]
fn a_whole_number_may_be_text_or_have_a_fraction() {
    let read = |value: Value| {
        let cache: Option<CacheControl> = response(json!({"timeToLive": value}));
        cache.map(|cache| cache.time_to_live)
    };
    for (value, expected) in [
        (json!(100), 100),
        (json!("100"), 100),
        (json!(" 100 "), 100),
        (json!(100.0), 100),
        (json!(100.9), 100),
        (json!(u64::MAX), u64::MAX),
    ] {
        assert_eq!(read(value.clone()), Some(expected), "{value}");
    }
    for value in [
        json!(-1),
        json!("-1"),
        json!("1.5"),
        json!(""),
        json!("many"),
        json!(true),
        json!(1e30),
        json!([1]),
    ] {
        assert_eq!(read(value.clone()), None, "{value}");
    }
    let details = |seconds: Value| {
        response::<ErrorDetails>(json!({
            "errorCode": "ServerError", "errorMessage": "", "retryAfterSeconds": seconds,
        }))
    };
    assert_eq!(details(json!("7")).unwrap().retry_after_seconds, Some(7));
    assert_eq!(details(json!(7.5)).unwrap().retry_after_seconds, Some(7));
    assert_eq!(details(json!(5_000_000_000_u64)), None);
}

#[test]
fn a_range_may_be_numbers_or_text_and_keeps_every_digit() {
    let range: RangeConstraint = serde_json::from_str(
        r#"{"minRange": 0.10000000000000000001, "maxRange": "123456789012345678901234567890.5"}"#,
    )
    .unwrap();
    assert_eq!(
        serde_json::to_string(&range).unwrap(),
        r#"{"minRange":0.10000000000000000001,"maxRange":123456789012345678901234567890.5}"#
    );
}

#[test]
fn an_object_or_a_list_is_never_a_scalar() {
    for value in ["[]", "{}", "[\"Airport\"]"] {
        let payload = format!(
            r#"{{"type":"DescribeEntityRequest","connectorContext":{{}},"entityIdentifier":{value}}}"#
        );
        let error = ConnectorRequest::from_slice(payload.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("`entityIdentifier`") && error.contains("expected a string"),
            "{error}"
        );
    }
}
