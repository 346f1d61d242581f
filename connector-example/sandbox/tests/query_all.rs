//! Deleted records, and queries in a body.

mod common;

use axum::http::StatusCode;
use serde_json::{Value, json};

use common::{Client, query_path};

const DATA: &str = "/services/data/v60.0";
const BATCH: &str = "/services/data/v60.0/composite/batch";
const ACCOUNT_0: &str = "0015g0000000000AAA";

fn query_all_path(soql: &str) -> String {
    query_path(soql).replace("/query?", "/queryAll?")
}

#[tokio::test]
async fn only_query_all_returns_deleted_records() {
    let client = Client::new().await;
    client
        .delete(&format!("{DATA}/sobjects/Account/{ACCOUNT_0}"))
        .await;
    let deleted = "SELECT Id, Name, IsDeleted FROM Account WHERE IsDeleted = true";
    let (_, response) = client.query(deleted).await;
    assert_eq!(response["totalSize"], 0);
    let (status, response) = client.get(&query_all_path(deleted)).await;
    assert_eq!(
        (status, &response["totalSize"]),
        (StatusCode::OK, &json!(1))
    );
    let record = &response["records"][0];
    assert_eq!(
        (&record["Id"], &record["IsDeleted"]),
        (&json!(ACCOUNT_0), &json!(true))
    );
    assert!(record["Name"].is_string());

    assert_eq!(client.count("Account").await, 4_999);
    let (_, response) = client
        .get(&query_all_path("SELECT COUNT() FROM Account"))
        .await;
    assert_eq!(response["totalSize"], 5_000);
    let (_, response) = client
        .get(&query_all_path(
            "SELECT COUNT() FROM Account WHERE IsDeleted = false",
        ))
        .await;
    assert_eq!(response["totalSize"], 4_999);
}

#[tokio::test]
async fn query_all_has_pages_and_keeps_records_that_are_deleted_meanwhile() {
    let client = Client::new().await;
    let (_, first) = client
        .get(&query_all_path("SELECT Id FROM Account ORDER BY Id"))
        .await;
    let mut next = first["nextRecordsUrl"].as_str().map(str::to_owned);
    assert!(
        next.as_ref()
            .unwrap()
            .starts_with("/services/data/v60.0/queryAll/01g")
    );
    let last = client
        .query_all("SELECT Id FROM Account ORDER BY Id DESC LIMIT 1")
        .await;
    let last = last[0]["Id"].as_str().unwrap();
    client
        .delete(&format!("{DATA}/sobjects/Account/{last}"))
        .await;
    let mut count = first["records"].as_array().unwrap().len();
    while let Some(path) = next {
        let (_, page) = client.get(&path).await;
        count += page["records"].as_array().unwrap().len();
        next = page["nextRecordsUrl"].as_str().map(str::to_owned);
    }
    assert_eq!(count, 5_000);
}

fn get(soql: &str) -> Value {
    let url = query_path(soql);
    json!({ "method": "GET", "url": url.strip_prefix("/services/data/").unwrap() })
}

#[tokio::test]
async fn a_batch_runs_queries_up_to_the_limit_of_soql() {
    let client = Client::new().await;
    let soql = |length: usize| {
        let start = "SELECT Id FROM Account WHERE Name = 'x";
        format!("{start}{}'", " ".repeat(length - start.len() - 1))
    };
    let requests = json!([
        get("SELECT Id FROM Account"),
        get(&soql(100_000)),
        get(&soql(100_001)),
        { "method": "GET", "url": "/services/data/v60.0/queryAll?q=SELECT+COUNT()+FROM+Airport__c" },
        { "method": "DELETE", "url": "v60.0/sobjects/Account/001" },
        { "method": "GET", "url": "v60.0/sobjects" },
    ]);
    let (status, response) = client
        .send("POST", BATCH, &json!({ "batchRequests": requests }))
        .await;
    assert_eq!(
        (status, &response["hasErrors"]),
        (StatusCode::OK, &json!(true))
    );
    let statuses: Vec<u64> = response["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["statusCode"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [200, 200, 400, 200, 405, 404]);
    let result = |number: usize| &response["results"][number]["result"];
    assert_eq!(result(0)["records"].as_array().unwrap().len(), 2_000);
    assert_eq!(
        result(2)[0],
        json!({
            "message": "SOQL statements cannot be longer than 100000 characters.",
            "errorCode": "MALFORMED_QUERY",
        })
    );
    assert_eq!(result(3)["totalSize"], 3_376);

    let locator = result(0)["nextRecordsUrl"].as_str().unwrap();
    let requests = json!([{ "method": "GET", "url": locator }]);
    let (_, response) = client
        .send("POST", BATCH, &json!({ "batchRequests": requests }))
        .await;
    assert_eq!(response["hasErrors"], false);
    assert_eq!(
        response["results"][0]["result"]["records"]
            .as_array()
            .unwrap()
            .len(),
        2_000
    );
}

#[tokio::test]
async fn a_batch_can_halt_and_has_a_limit() {
    let client = Client::new().await;
    let requests = json!([get("SELECT"), get("SELECT COUNT() FROM Account")]);
    let body = json!({ "haltOnError": true, "batchRequests": requests });
    let (_, response) = client.send("POST", BATCH, &body).await;
    let halted = &response["results"][1];
    assert_eq!(
        (&halted["statusCode"], &halted["result"][0]["errorCode"]),
        (&json!(412), &json!("BATCH_PROCESSING_HALTED"))
    );

    for count in [0, 26] {
        let body = json!({ "batchRequests": vec![get("SELECT COUNT() FROM Account"); count] });
        assert_eq!(
            client.send("POST", BATCH, &body).await.0,
            StatusCode::BAD_REQUEST,
            "{count}"
        );
    }
}
