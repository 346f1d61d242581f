//! The special objects, with the limitations of some Salesforce objects.

mod common;

use axum::http::StatusCode;
use salesforce_sandbox::{Config, Sandbox};
use serde_json::{Value, json};

use common::Client;

async fn client() -> Client {
    let config = Config {
        special_objects: true,
        ..Config::default()
    };
    Client::of(Sandbox::new(config).unwrap()).await
}

fn field<'a>(description: &'a Value, name: &str) -> &'a Value {
    let mut fields = description["fields"].as_array().unwrap().iter();
    fields.find(|field| field["name"] == name).unwrap()
}

async fn describe(client: &Client, object: &str) -> Value {
    let path = format!("/services/data/v60.0/sobjects/{object}/describe");
    client.get(&path).await.1
}

#[tokio::test]
async fn an_object_without_query_more_has_one_page() {
    let client = client().await;
    assert_eq!(
        client.query_error("SELECT Id FROM EntityDefinition").await,
        (
            "EXCEEDED_ID_LIMIT".to_owned(),
            "EntityDefinition does not support queryMore(), use LIMIT to restrict the results to a single batch"
                .to_owned()
        )
    );
    let first = client
        .query_all("SELECT Id FROM EntityDefinition ORDER BY Id LIMIT 2000")
        .await;
    let last = first[1_999]["Id"].as_str().unwrap();
    let soql =
        format!("SELECT Id FROM EntityDefinition WHERE Id > '{last}' ORDER BY Id LIMIT 2000");
    assert_eq!(client.query_all(&soql).await.len(), 500);
}

#[tokio::test]
async fn an_object_can_lack_sorting_by_id() {
    let client = client().await;
    let description = describe(&client, "Unsorted__c").await;
    assert_eq!(field(&description, "Id")["sortable"], false);
    assert_eq!(field(&description, "Id")["filterable"], true);
    let (code, message) = client
        .query_error("SELECT Id FROM Unsorted__c ORDER BY Id")
        .await;
    assert_eq!(code, "INVALID_FIELD");
    assert!(
        message.ends_with("field 'Id' can not be sorted in a query call"),
        "{message}"
    );
    assert_eq!(
        client.query_all("SELECT Id FROM Unsorted__c").await.len(),
        3_000
    );
}

#[tokio::test]
async fn a_big_object_filters_and_sorts_by_its_index() {
    let client = client().await;
    let description = describe(&client, "Visit__b").await;
    for (name, filterable) in [
        ("Site__c", true),
        ("VisitedOn__c", true),
        ("Note__c", false),
        ("Id", false),
    ] {
        assert_eq!(
            field(&description, name)["filterable"],
            filterable,
            "{name}"
        );
    }
    for (rest, count) in [
        ("", 3_000),
        ("WHERE Site__c = 'Site 07'", 100),
        ("WHERE Site__c IN ('Site 07', 'Site 08')", 200),
        (
            "WHERE Site__c = 'Site 07' AND VisitedOn__c > 2024-12-30T00:00:00Z",
            2,
        ),
        (
            "WHERE Site__c = 'Site 07' AND VisitedOn__c > 2024-12-01T00:00:00Z AND VisitedOn__c <= 2024-12-30T00:00:00Z \
             ORDER BY Site__c, VisitedOn__c",
            29,
        ),
    ] {
        assert_eq!(
            client
                .query_all(&format!("SELECT Site__c FROM Visit__b {rest}"))
                .await
                .len(),
            count,
            "{rest}"
        );
    }
    for rest in [
        "WHERE VisitedOn__c > 2024-12-30T00:00:00Z",
        "WHERE VisitedOn__c = 2024-12-30T00:00:00Z AND Site__c = 'Site 07'",
        "WHERE Site__c > 'Site 07' AND VisitedOn__c = 2024-12-30T00:00:00Z",
        "WHERE Site__c != 'Site 07'",
        "WHERE Site__c LIKE 'Site%'",
        "WHERE Site__c = 'Site 07' OR Site__c = 'Site 08'",
        "WHERE NOT Site__c = 'Site 07'",
        "ORDER BY VisitedOn__c",
    ] {
        let (code, message) = client
            .query_error(&format!("SELECT Site__c FROM Visit__b {rest}"))
            .await;
        assert_eq!(code, "MALFORMED_QUERY", "{rest}");
        assert!(message.contains("(Site__c, VisitedOn__c)"), "{message}");
    }
    assert_eq!(
        client
            .query_error("SELECT Id FROM Visit__b ORDER BY Id")
            .await
            .0,
        "MALFORMED_QUERY"
    );
}

#[tokio::test]
async fn a_description_can_be_very_long() {
    let client = client().await;
    let description = describe(&client, "Picklists__c").await;
    let length = description.to_string().len();
    assert!((8_000_000..10_000_000).contains(&length), "{length}");
    assert_eq!(
        field(&description, "Choice105__c")["picklistValues"]
            .as_array()
            .unwrap()
            .len(),
        1_000
    );
    assert_eq!(client.count("Picklists__c").await, 3);
}

#[tokio::test]
async fn labels_can_be_null_or_missing() {
    let client = client().await;
    let (status, list) = client.get("/services/data/v60.0/sobjects").await;
    assert_eq!(status, StatusCode::OK);
    let label = |name: &str| {
        let mut objects = list["sobjects"].as_array().unwrap().iter();
        objects.find(|object| object["name"] == name).unwrap()["label"].clone()
    };
    assert_eq!(label("Unlabelled__c"), json!(null));
    assert!(
        label("MissingLabel__c")
            .as_str()
            .unwrap()
            .starts_with("__MISSING LABEL__ ")
    );
    let description = describe(&client, "Unlabelled__c").await;
    assert_eq!(field(&description, "Blank__c")["label"], json!(null));
}
