//! The JSON schema of the config has the keys of the code, and the configs of this repository are
//! valid.

use std::path::Path;

use appflow_connector_tests::{CONFIG_SCHEMA, Config};
use serde_json::{Map, Value, json};

fn schema() -> Value {
    serde_json::from_str(CONFIG_SCHEMA).unwrap()
}

/// A config with every object that a config may have.
fn full() -> Value {
    json!({
        "runtimeSettings": {"connectorProfile": {}, "source": {}, "destination": {}},
        "credentials": {"secretArn": "arn", "authenticationType": "OAuth2"},
        "testEntityIdentifier": "Account",
        "retrieveRecordConfigurations": [
            {"entityIdentifier": "A", "selectedFieldNames": ["a"], "idFieldName": "a", "ids": ["1"]}
        ],
        "writeRecordConfigurations": [
            {"entityIdentifier": "A", "operation": "UPSERT", "idFieldNames": ["a"], "records": ["{}"], "allOrNone": true}
        ],
        "queryRecordConfigurations": [
            {"entityIdentifier": "A", "selectedFieldNames": ["a"], "filterExpression": "a = 1"}
        ],
        "harness": {
            "secret": {"clientCredentials": {"tokenUrl": "u", "clientId": "i", "clientSecret": "s", "scope": "x"}},
            "wrongSecret": {"inline": {"apiKey": "k"}},
            "textComparison": "ignoreCase",
            "incremental": true,
            "writes": {
                "entityIdentifier": "A",
                "records": [{"a": 1}, {"a": 2}],
                "update": {"a": 3},
                "upsertIdFieldNames": ["a"],
                "badRecord": {}
            },
            "skip": {"data.": "no data"},
            "limits": {
                "pages": 1, "records": 1, "describedEntities": 1,
                "metadataSeconds": 1.5, "dataSeconds": 1, "runSeconds": 1
            }
        }
    })
}

/// The objects of a config that have a fixed set of keys, by JSON pointer.
const OBJECTS: [&str; 10] = [
    "",
    "/runtimeSettings",
    "/credentials",
    "/retrieveRecordConfigurations/0",
    "/writeRecordConfigurations/0",
    "/queryRecordConfigurations/0",
    "/harness",
    "/harness/secret/clientCredentials",
    "/harness/writes",
    "/harness/limits",
];

#[test]
fn the_schema_has_the_keys_of_the_code() {
    assert!(Config::from_json(&full().to_string()).is_ok());
    for pointer in OBJECTS {
        assert_eq!(
            keys_of_schema(pointer),
            keys_of_code(pointer),
            "`{pointer}`"
        );
    }
    let schema = schema();
    let secrets = ["inline", "file", "arn", "clientCredentials"];
    let of_schema = schema["$defs"]["secret"]["oneOf"].as_array().unwrap()[1..]
        .iter()
        .map(|kind| kind["required"][0].as_str().unwrap().to_owned());
    assert_eq!(of_schema.collect::<Vec<_>>(), secrets);
    assert_eq!(
        keys_of_code("/harness/secret"),
        sorted(secrets.map(str::to_owned).to_vec())
    );
}

/// The keys that serde lists in the error for an unknown key.
fn keys_of_code(pointer: &str) -> Vec<String> {
    let mut config = full();
    let object = config.pointer_mut(pointer).unwrap();
    if pointer == "/harness/secret" {
        *object = json!({"noSuchKey": 1});
    } else {
        object["noSuchKey"] = json!(1);
    }
    let error = Config::from_json(&config.to_string())
        .unwrap_err()
        .to_string();
    let (_, expected) = error
        .split_once("expected")
        .unwrap_or_else(|| panic!("{error}"));
    // The position in the file follows the last key.
    let mut parts: Vec<String> = expected.split('`').map(str::to_owned).collect();
    parts.pop();
    sorted(parts.into_iter().skip(1).step_by(2).collect())
}

fn keys_of_schema(pointer: &str) -> Vec<String> {
    let schema = schema();
    let mut node = &schema;
    for name in pointer.split('/').skip(1) {
        let parent = resolved(node, &schema);
        node = match name {
            "0" => &parent["items"],
            "clientCredentials" => &schema["$defs"]["clientCredentials"],
            name => &parent["properties"][name],
        };
    }
    let node = resolved(node, &schema);
    assert_eq!(node["additionalProperties"], false, "`{pointer}`");
    sorted(
        node["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect(),
    )
}

fn sorted(mut keys: Vec<String>) -> Vec<String> {
    keys.sort();
    keys
}

#[test]
fn the_configs_of_this_repository_are_valid() {
    let schema = schema();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in [
        "tests/support/config.json",
        "../connector-example/test-config.json",
    ] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let config: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(problem(&config, &schema, &schema), None, "{file}");
    }
    assert_eq!(problem(&full(), &schema, &schema), None);
}

#[test]
fn the_schema_refuses_what_the_code_refuses() {
    let schema = schema();
    for (pointer, value) in [
        ("", json!([])),
        ("/testEntityIdentifier", json!(7)),
        ("/runtimeSettings/source", json!({"key": 7})),
        ("/credentials", json!({"authenticationType": "Magic"})),
        ("/credentials", json!({"secretARN": "arn"})),
        (
            "/queryRecordConfigurations/0",
            json!({"entityIdentifier": "A"}),
        ),
        ("/writeRecordConfigurations/0/operation", json!("insert")),
        ("/harness/secret", json!({"plain": {}})),
        ("/harness/secret", json!({"arn": "a", "file": "f"})),
        ("/harness/writes/records", json!([{"a": 1}])),
        ("/harness/limits/pages", json!(1.5)),
        ("/harness/limits/pagess", json!(1)),
    ] {
        let mut config = full();
        match pointer.rsplit_once('/') {
            Some((parent, key)) => {
                let parent = config.pointer_mut(parent).unwrap();
                match key.parse::<usize>() {
                    Ok(at) => parent[at] = value,
                    Err(_) => parent[key] = value,
                }
            }
            None => config = value,
        }
        assert!(
            Config::from_json(&config.to_string()).is_err(),
            "{pointer}: {config}"
        );
        assert!(
            problem(&config, &schema, &schema).is_some(),
            "{pointer}: {config}"
        );
    }
}

/// Follows a reference into `$defs`.
fn resolved<'s>(node: &'s Value, schema: &'s Value) -> &'s Value {
    match node["$ref"].as_str() {
        Some(reference) => schema.pointer(reference.trim_start_matches('#')).unwrap(),
        None => node,
    }
}

/// What is wrong with a value according to the schema. Supports only the keywords that the schema
/// uses.
fn problem(value: &Value, node: &Value, schema: &Value) -> Option<String> {
    let of_reference = node
        .get("$ref")
        .and_then(|_| problem(value, resolved(node, schema), schema));
    let empty = Map::new();
    let properties = node["properties"].as_object().unwrap_or(&empty);
    let mut keywords = node.as_object().unwrap().iter();
    of_reference.or_else(|| {
        keywords.find_map(|(keyword, rule)| match keyword.as_str() {
            "$schema" | "$defs" | "$ref" | "title" | "description" => None,
            "type" => {
                let types = rule
                    .as_array()
                    .cloned()
                    .unwrap_or_else(|| vec![rule.clone()]);
                let fits = types
                    .iter()
                    .any(|name| is_of_type(value, name.as_str().unwrap()));
                (!fits).then(|| format!("{value} is not of type {rule}"))
            }
            "enum" => (!rule.as_array().unwrap().contains(value))
                .then(|| format!("{value} is not in {rule}")),
            "required" => {
                let mut names = rule.as_array().unwrap().iter();
                let object = value.as_object()?;
                let missing = names.find(|name| !object.contains_key(name.as_str().unwrap()))?;
                Some(format!("{missing} is missing"))
            }
            "properties" => value
                .as_object()?
                .iter()
                .find_map(|(name, item)| problem(item, properties.get(name)?, schema)),
            "additionalProperties" => {
                let mut others = value
                    .as_object()?
                    .iter()
                    .filter(|(name, _)| !properties.contains_key(*name));
                others.find_map(|(name, item)| match rule {
                    Value::Bool(false) => Some(format!("{name} is unknown")),
                    rule => problem(item, rule, schema),
                })
            }
            "items" => value
                .as_array()?
                .iter()
                .find_map(|item| problem(item, rule, schema)),
            "minItems" => {
                let count = value.as_array()?.len() as u64;
                (count < rule.as_u64().unwrap()).then(|| format!("{count} items"))
            }
            "oneOf" => {
                let kinds = rule.as_array().unwrap().iter();
                let fitting = kinds
                    .filter(|kind| problem(value, kind, schema).is_none())
                    .count();
                (fitting != 1).then(|| format!("{value} fits {fitting} of the alternatives"))
            }
            other => panic!("the keyword {other} is not supported by this test"),
        })
    })
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "null" => value.is_null(),
        other => panic!("the type {other} is not supported by this test"),
    }
}
