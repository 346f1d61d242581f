//! The config file: what is accepted, and the errors of what is not.

use appflow_connector_tests::{Config, SecretSource, TextComparison};

/// Has exactly the keys of the official schema.
const OFFICIAL: &str = r#"{
    "runtimeSettings": {
        "connectorProfile": {"instanceUrl": "https://example.com", "apiVersion": "v60.0"},
        "source": {"region": "eu"},
        "destination": {}
    },
    "credentials": {"secretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:s-AbCdEf", "authenticationType": "OAuth2"},
    "testEntityIdentifier": "Account",
    "retrieveRecordConfigurations": [
        {"entityIdentifier": "Account", "selectedFieldNames": ["Name"], "idFieldName": "Id", "ids": ["1"]}
    ],
    "writeRecordConfigurations": [
        {"entityIdentifier": "Account", "operation": "UPSERT", "idFieldNames": ["Id"], "records": ["{\"Name\": \"A\"}"], "allOrNone": false}
    ],
    "queryRecordConfigurations": [
        {"entityIdentifier": "Account", "selectedFieldNames": ["Name"], "filterExpression": "Name contains \"A\""}
    ]
}"#;

const HARNESS: &str = r#"{
    "secret": {"clientCredentials": {"tokenUrl": "https://example.com/token", "clientId": "me", "clientSecret": "canary"}},
    "wrongSecret": {"inline": {"accessToken": "canary"}},
    "textComparison": "ignoreCase",
    "incremental": true,
    "entities": ["Contact"],
    "records": {"Account": 5000},
    "writes": {
        "entityIdentifier": "Account",
        "records": [{"Name": "{{run}} 1"}, {"Name": "{{run}} 2"}],
        "update": {"Name": "B"},
        "upsertIdFieldNames": ["Key"],
        "badRecord": {}
    },
    "skip": {"data.filter-contains": "the application has none"},
    "limits": {
        "pages": 1, "records": 2, "describedEntities": 3, "metadataSeconds": 4, "dataSeconds": 5, "runSeconds": 6.5
    }
}"#;

fn with_harness(harness: &str) -> Result<Config, appflow_connector_tests::ConfigError> {
    let end = OFFICIAL.rfind('}').unwrap();
    Config::from_json(&format!("{}, \"harness\": {harness}}}", &OFFICIAL[..end]))
}

#[test]
fn the_official_file_is_accepted_unchanged() {
    let config = Config::from_json(OFFICIAL).unwrap();
    assert_eq!(config.test_entity_identifier, "Account");
    assert_eq!(config.query_record_configurations.len(), 1);
    assert_eq!(config.write_record_configurations[0].records.len(), 1);
    assert_eq!(config.harness.limits.records, 10_000);

    for least in [
        r#"{"runtimeSettings": {}, "credentials": {}, "testEntityIdentifier": "A"}"#,
        r#"{"runtimeSettings": {}, "testEntityIdentifier": "A", "$schema": "test-config.schema.json"}"#,
    ] {
        assert!(Config::from_json(least).is_ok(), "{least}");
    }
}

#[test]
fn the_keys_of_the_harness_are_accepted_and_secrets_are_not_shown() {
    let config = with_harness(HARNESS).unwrap();
    assert!(matches!(
        config.harness.secret,
        Some(SecretSource::ClientCredentials(_))
    ));
    assert_eq!(config.harness.text_comparison, TextComparison::IgnoreCase);
    assert!((config.harness.limits.run_seconds - 6.5).abs() < f64::EPSILON);
    assert!(!format!("{config:?}").contains("canary"));
}

#[test]
fn the_error_has_the_path_of_the_wrong_key() {
    for (harness, message) in [
        (
            r#"{"limits": {"pagess": 1}}"#,
            "`harness.limits.pagess`: unknown field `pagess`",
        ),
        (
            r#"{"limits": {"pages": "many"}}"#,
            "`harness.limits.pages`: invalid type: string \"many\", expected usize",
        ),
        (
            r#"{"secret": {"plain": {}}}"#,
            "`harness.secret`: unknown variant `plain`",
        ),
        (
            r#"{"secret": {"clientCredentials": {"tokenUrl": "x", "clientId": "y"}}}"#,
            "`harness.secret.clientCredentials`: missing field `clientSecret`",
        ),
        (
            r#"{"writes": {"records": [7]}}"#,
            "`harness.writes.records[0]`: invalid type: integer `7`, expected a map",
        ),
        (
            r#"{"writes": {"records": [{}]}}"#,
            "`harness.writes.records`: at least two records are required",
        ),
        (
            r#"{"skip": {"data.filter-contains": " "}}"#,
            "`harness.skip.data.filter-contains`: the reason for skipping the check is missing",
        ),
        (
            r#"{"skip": {"data.fliter": "typo"}}"#,
            "`harness.skip.data.fliter`: no check has an id that starts with this",
        ),
    ] {
        let error = with_harness(harness).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
    let error = Config::from_json(r#"{"credentials": {}, "runtimeSettings": {}}"#).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("missing field `testEntityIdentifier`"),
        "{error}"
    );
    let error = Config::from_json("{").unwrap_err();
    assert!(
        error.to_string().starts_with("the config is not JSON"),
        "{error}"
    );
}

#[test]
fn the_error_has_the_path_of_a_missing_file() {
    let error = Config::read("no/such/config.json").unwrap_err();
    assert_eq!(error.to_string(), "cannot read no/such/config.json");
}
