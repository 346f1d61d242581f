//! What changes between two calls of a client: open queries, tokens, records.

mod common;

use axum::http::StatusCode;
use salesforce_sandbox::{
    ChangeError, Config, Fault, FaultPlan, Moment, NextCalls, RecordChange, Sandbox,
};
use serde_json::{Value, json};

use common::{Client, query_path};

const ACCOUNT_0: &str = "0015g0000000000AAA";
const ACCOUNT_1: &str = "0015g0000000001AAA";

fn invalid_locator() -> (StatusCode, Value) {
    let error =
        json!([{ "message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR" }]);
    (StatusCode::BAD_REQUEST, error)
}

/// The locator of the second page of a query.
async fn open_query(client: &Client) -> String {
    let (_, first) = client.query("SELECT Id FROM Account").await;
    first["nextRecordsUrl"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_eleventh_open_query_closes_the_first() {
    let client = Client::new().await;
    let mut locators = Vec::new();
    for _ in 0..11 {
        locators.push(open_query(&client).await);
    }
    assert_eq!(client.get(&locators[0]).await, invalid_locator());
    for locator in &locators[1..] {
        assert_eq!(client.get(locator).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_locator_can_end_with_its_token() {
    let config = Config {
        locators_end_with_token: true,
        ..Config::default()
    };
    let client = Client::of(Sandbox::new(config).unwrap()).await;
    let locator = open_query(&client).await;
    assert_eq!(client.get(&locator).await.0, StatusCode::OK);
    client.sandbox.expire_tokens();
    assert_eq!(client.get(&locator).await.0, StatusCode::UNAUTHORIZED);
    let renewed = Client::of(client.sandbox.clone()).await;
    assert_eq!(renewed.get(&locator).await, invalid_locator());
}

#[tokio::test]
async fn open_queries_can_be_closed_before_a_call() {
    let client = Client::new().await;
    let locator = open_query(&client).await;
    let plan = json!({ "next": { "count": 1, "fault": { "kind": "closed_queries" }, "calls": { "skip": 1 } } });
    assert_eq!(
        client.send("POST", "/sandbox/faults", &plan).await.0,
        StatusCode::CREATED
    );
    assert_eq!(client.get(&locator).await.0, StatusCode::OK);
    assert_eq!(client.get(&locator).await, invalid_locator());

    let locator = open_query(&client).await;
    client.sandbox.close_queries();
    assert_eq!(client.get(&locator).await, invalid_locator());
}

#[tokio::test]
async fn records_change_before_the_planned_call() {
    let client = Client::new().await;
    let changes = json!([
        { "create": { "object": "Account", "values": { "Name": "Between" } } },
        { "update": { "object": "Account", "id": ACCOUNT_0, "values": { "Name": "Between" } } },
        { "delete": { "object": "account", "id": &ACCOUNT_1[..15] } },
    ]);
    let fault = json!({ "kind": "record_changes", "changes": changes });
    let plan =
        json!({ "next": { "count": 1, "fault": fault, "calls": { "skip": 1, "method": "GET" } } });
    let (status, report) = client.send("POST", "/sandbox/faults", &plan).await;
    assert_eq!(status, StatusCode::CREATED, "{report}");

    let between = query_path("SELECT Id FROM Account WHERE Name = 'Between'");
    let (_, before) = client.get(&between).await;
    assert_eq!(before["totalSize"], 0);
    let (_, after) = client.get(&between).await;
    assert_eq!(after["totalSize"], 2);
    assert_eq!(
        client.count("Account").await,
        5_000,
        "one created, one deleted"
    );
    let path = format!("/services/data/v60.0/sobjects/Account/{ACCOUNT_1}");
    assert_eq!(
        client.get(&path).await.1[0]["errorCode"],
        "ENTITY_IS_DELETED"
    );
}

#[tokio::test]
async fn changes_return_the_ids_of_their_records() {
    let client = Client::new().await;
    let (object, values) = ("Account".to_owned(), json!({ "Name": "Now" }));
    let values = values.as_object().unwrap().clone();
    let create = RecordChange::Create {
        object: object.clone(),
        values,
    };
    let id = ACCOUNT_0.to_owned();
    let delete = RecordChange::Delete { object, id };
    let ids = client.sandbox.change_records(&[create, delete]).unwrap();
    let found = client
        .query_all("SELECT Id FROM Account WHERE Name = 'Now'")
        .await;
    assert_eq!(ids, [found[0]["Id"].as_str().unwrap(), ACCOUNT_0]);

    let issued = Client {
        token: client.sandbox.issue_token(),
        sandbox: client.sandbox,
    };
    assert_eq!(issued.count("Account WHERE Name = 'Now'").await, 1);
}

#[tokio::test]
async fn changes_are_all_made_or_none() {
    let client = Client::new().await;
    let changes = vec![
        RecordChange::Delete {
            object: "Account".to_owned(),
            id: ACCOUNT_0.to_owned(),
        },
        RecordChange::Delete {
            object: "Account".to_owned(),
            id: ACCOUNT_0.to_owned(),
        },
    ];
    let refused = client.sandbox.change_records(&changes).unwrap_err();
    assert!(
        matches!(
            refused,
            ChangeError::Refused {
                number: 1,
                code: "ENTITY_IS_DELETED",
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(client.count("Account").await, 5_000);

    let plan = FaultPlan::Next(NextCalls {
        count: 1,
        fault: Fault::RecordChanges {
            changes: changes.clone(),
        },
        moment: Moment::Before,
        calls: salesforce_sandbox::Calls::default(),
    });
    client.sandbox.add_fault(plan).unwrap();
    let (status, response) = client.query("SELECT Id FROM Account").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        response[0]["message"],
        "the planned record changes failed: change 1 was refused: ENTITY_IS_DELETED: entity is deleted"
    );
    assert_eq!(client.count("Account").await, 5_000);

    client.sandbox.change_records(&changes[..1]).unwrap();
    assert_eq!(client.count("Account").await, 4_999);
}
