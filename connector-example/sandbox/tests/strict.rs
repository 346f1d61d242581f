//! Duplicate rules, and collections that one record refuses as a whole.

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use salesforce_sandbox::{Config, DuplicateRule, Error, Sandbox};
use serde_json::{Value, json};

use common::{Client, call, json};

const ACCOUNTS: &str = "/services/data/v60.0/sobjects/Account";
const COMPOSITE: &str = "/services/data/v60.0/composite/sobjects";

fn rule(object: &str, field: &str) -> Config {
    let rule = DuplicateRule {
        object: object.to_owned(),
        field: field.to_owned(),
    };
    Config {
        duplicate_rules: vec![rule],
        ..Config::default()
    }
}

async fn create(client: &Client, options: &str) -> (StatusCode, Value) {
    let request = Request::post(ACCOUNTS)
        .header("Authorization", format!("Bearer {}", client.token))
        .header("Content-Type", "application/json")
        .header("Sforce-Duplicate-Rule-Header", options)
        .body(Body::from(r#"{ "Name": "ONLY ONE" }"#))
        .unwrap();
    json(call(&client.sandbox, request).await).await
}

#[tokio::test]
async fn a_duplicate_is_refused_unless_the_caller_allows_it() {
    let client = Client::of(Sandbox::new(rule("account", "name")).unwrap()).await;
    let record = json!({ "Name": "Only One" });
    let (status, created) = client.send("POST", ACCOUNTS, &record).await;
    assert_eq!(status, StatusCode::CREATED);
    let path = format!("{ACCOUNTS}/{}", created["id"].as_str().unwrap());
    assert_eq!(
        client.send("PATCH", &path, &record).await.0,
        StatusCode::NO_CONTENT,
        "its own value"
    );

    let (status, refused) = client.send("POST", ACCOUNTS, &record).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let error = json!({ "message": "Use one of these records?", "errorCode": "DUPLICATES_DETECTED", "fields": [] });
    assert_eq!(refused, json!([error]));
    for (options, expected) in [
        ("allowSave=false", StatusCode::BAD_REQUEST),
        ("includeRecordDetails=true", StatusCode::BAD_REQUEST),
        (
            "includeRecordDetails=true; allowSave=true",
            StatusCode::CREATED,
        ),
    ] {
        assert_eq!(create(&client, options).await.0, expected, "{options}");
    }

    let record = json!({ "attributes": { "type": "Account" }, "Name": "only one" });
    let other = json!({ "attributes": { "type": "Account" }, "Name": "Another" });
    let (_, results) = client
        .send("POST", COMPOSITE, &json!({ "records": [record, other] }))
        .await;
    assert_eq!(results[0]["errors"][0]["statusCode"], "DUPLICATES_DETECTED");
    assert_eq!(results[1]["success"], true);
    let path = format!("{ACCOUNTS}/0015g0000000000AAA");
    let (_, refused) = client
        .send("PATCH", &path, &json!({ "Name": "Only One" }))
        .await;
    assert_eq!(refused[0]["errorCode"], "DUPLICATES_DETECTED");
}

#[test]
fn a_duplicate_rule_must_name_a_field() {
    for (object, field) in [("Nope", "Name"), ("Account", "Nope")] {
        assert!(matches!(
            Sandbox::new(rule(object, field)),
            Err(Error::DuplicateRule { .. })
        ));
    }
}

#[tokio::test]
async fn a_value_of_the_wrong_type_can_refuse_the_whole_collection() {
    let records = json!([
        { "attributes": { "type": "Account" }, "Name": "Good" },
        { "attributes": { "type": "Account" }, "Name": "Bad", "CustomerSince__c": "yesterday" },
    ]);
    let body = json!({ "allOrNone": false, "records": records });
    for (strict_collections, status, count) in [
        (false, StatusCode::OK, 1),
        (true, StatusCode::BAD_REQUEST, 0),
    ] {
        let config = Config {
            strict_collections,
            ..Config::default()
        };
        let client = Client::of(Sandbox::new(config).unwrap()).await;
        let (found, response) = client.send("POST", COMPOSITE, &body).await;
        assert_eq!(found, status);
        if strict_collections {
            assert_eq!(response[0]["errorCode"], "JSON_PARSER_ERROR");
        }
        assert_eq!(client.count("Account WHERE Name = 'Good'").await, count);
    }
}
