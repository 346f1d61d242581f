//! Up to 200 records in one call: written, and retrieved.

mod common;

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use common::Client;

const COMPOSITE: &str = "/services/data/v60.0/composite/sobjects";
const UPSERT: &str = "/services/data/v60.0/composite/sobjects/Account/ExternalKey__c";
const ACCOUNT_0: &str = "0015g0000000000AAA";
const ACCOUNT_1: &str = "0015g0000000001AAA";
const AIRPORT_0: &str = "a005g0000000000AAA";

fn account(fields: &Value) -> Value {
    let mut record = json!({ "attributes": { "type": "Account" } });
    let fields = fields.as_object().unwrap().clone();
    record.as_object_mut().unwrap().extend(fields);
    record
}

fn failed(code: &str, message: &str, fields: &[&str]) -> Value {
    json!({ "success": false, "errors": [{ "statusCode": code, "message": message, "fields": fields }] })
}

fn rolled_back() -> Value {
    failed(
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "Record rolled back because not all records were valid and the request was using AllOrNone header",
        &[],
    )
}

fn succeeded(result: &Value) -> bool {
    result["success"] == true && result["errors"] == json!([])
}

/// The codes of the results; an empty one for a success.
fn codes(results: &Value) -> Vec<&str> {
    let results = results.as_array().unwrap().iter();
    results
        .map(|result| {
            result["errors"][0]["statusCode"]
                .as_str()
                .unwrap_or_default()
        })
        .collect()
}

#[tokio::test]
async fn good_records_are_written_and_bad_ones_reported_in_order() {
    let client = Client::new().await;
    let airport = json!({ "attributes": { "type": "airport__c" }, "iata": "X1", "name": "Field" });
    let records = json!([
        account(&json!({ "Name": "One" })),
        account(&json!({ "Phone": "1" })),
        airport,
        account(&json!({ "Name": "Two", "unknown": 1 })),
        { "attributes": { "type": "Nope" } },
    ]);
    let body = json!({ "allOrNone": false, "records": records });
    let (status, results) = client.send("POST", COMPOSITE, &body).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        succeeded(&results[0]) && succeeded(&results[2]),
        "{results}"
    );
    assert!(results[2]["id"].as_str().unwrap().starts_with("a00"));
    assert_eq!(results[0].get("created"), None);
    assert_eq!(
        results[1],
        failed(
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [Name]",
            &["Name"]
        )
    );
    assert_eq!(
        results[3],
        failed(
            "INVALID_FIELD",
            "No such column 'unknown' on sobject of type Account",
            &[]
        )
    );
    assert_eq!(
        results[4],
        failed("INVALID_TYPE", "sObject type 'Nope' is not supported.", &[])
    );
    assert_eq!(client.count("Account").await, 5_001);
    assert_eq!(client.count("Airport__c").await, 3_377);
}

#[tokio::test]
async fn all_or_none_rolls_back_good_records() {
    let client = Client::new().await;
    let records = json!([
        account(&json!({ "Name": "One" })),
        account(&json!({ "Name": "Two", "Email__c": "nobody" })),
        account(&json!({ "Name": "Three" })),
    ]);
    let body = json!({ "allOrNone": true, "records": records });
    let (status, results) = client.send("POST", COMPOSITE, &body).await;
    assert_eq!(status, StatusCode::OK);
    let expected = json!([
        rolled_back(),
        failed(
            "INVALID_EMAIL_ADDRESS",
            "Email: invalid email address: nobody",
            &["Email__c"]
        ),
        rolled_back(),
    ]);
    assert_eq!(results, expected);
    assert_eq!(client.count("Account").await, 5_000);

    let records = json!([
        account(&json!({ "Id": ACCOUNT_0, "Phone": "new" })),
        account(&json!({ "Id": "0015g00000zzzzz", "Phone": "new" })),
    ]);
    let body = json!({ "allOrNone": true, "records": records });
    let (_, results) = client.send("PATCH", COMPOSITE, &body).await;
    assert_eq!(
        codes(&results),
        [
            "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "INVALID_CROSS_REFERENCE_KEY"
        ]
    );
    assert_eq!(client.count("Account WHERE Phone = 'new'").await, 0);

    let path = format!("{COMPOSITE}?ids={ACCOUNT_0},nonsense&allOrNone=true");
    let (_, results) = client.delete(&path).await;
    assert_eq!(
        codes(&results),
        ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "MALFORMED_ID"]
    );
    assert_eq!(client.count("Account").await, 5_000);
}

#[tokio::test]
async fn a_call_takes_at_most_200_records() {
    let client = Client::new().await;
    let records = |count: usize| -> Value {
        let records = (0..count).map(|number| account(&json!({ "Name": format!("New {number}") })));
        json!({ "records": records.collect::<Vec<_>>() })
    };
    let (status, results) = client.send("POST", COMPOSITE, &records(200)).await;
    assert_eq!(status, StatusCode::OK);
    let results = results.as_array().unwrap();
    assert!(results.len() == 200 && results.iter().all(succeeded));
    let ids: BTreeSet<&str> = results
        .iter()
        .map(|result| result["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 200);
    assert_eq!(client.count("Account").await, 5_200);

    let refused = json!([{
        "message": "record limit reached. cannot submit more than 200 records into this call",
        "errorCode": "EXCEEDED_ID_LIMIT",
    }]);
    let refused = (StatusCode::BAD_REQUEST, refused);
    assert_eq!(client.send("POST", COMPOSITE, &records(201)).await, refused);
    assert_eq!(
        client.send("PATCH", COMPOSITE, &records(201)).await,
        refused
    );
    assert_eq!(client.send("PATCH", UPSERT, &records(201)).await, refused);
    let ids = vec![ACCOUNT_0; 201].join(",");
    assert_eq!(
        client.delete(&format!("{COMPOSITE}?ids={ids}")).await,
        refused
    );
    assert_eq!(client.count("Account").await, 5_200);
}

#[tokio::test]
async fn updates_find_their_records_by_id() {
    let client = Client::new().await;
    let inspection = json!({ "attributes": { "type": "Inspection__c" }, "id": "a015g0000000000", "Score__c": 1.239 });
    client.delete(&format!("{COMPOSITE}?ids={ACCOUNT_1}")).await;
    let records = json!([
        account(&json!({ "id": ACCOUNT_0, "Phone": "new" })),
        inspection,
        account(&json!({ "Phone": "new" })),
        account(&json!({ "Id": "nonsense", "Phone": "new" })),
        account(&json!({ "Id": AIRPORT_0, "Phone": "new" })),
        account(&json!({ "Id": ACCOUNT_1, "Phone": "new" })),
        account(&json!({ "Id": ACCOUNT_0, "CustomerSince__c": "yesterday" })),
    ]);
    let (status, results) = client
        .send("PATCH", COMPOSITE, &json!({ "records": records }))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        results[0],
        json!({ "id": ACCOUNT_0, "success": true, "errors": [] })
    );
    assert_eq!(results[1]["id"], "a015g0000000000AAA");
    let wrong = |id: &str| {
        failed(
            "MALFORMED_ID",
            &format!("Account ID: id value of incorrect type: {id}"),
            &["Id"],
        )
    };
    assert_eq!(
        results[2],
        failed(
            "MISSING_ARGUMENT",
            "Id not specified in an update call",
            &[]
        )
    );
    assert_eq!(results[3], wrong("nonsense"));
    assert_eq!(results[4], wrong(AIRPORT_0));
    assert_eq!(
        results[5],
        failed("ENTITY_IS_DELETED", "entity is deleted", &[])
    );
    assert_eq!(
        results[6],
        failed(
            "INVALID_TYPE_ON_FIELD_IN_RECORD",
            "Customer Since: value not of required type: yesterday",
            &["CustomerSince__c"]
        )
    );
    assert_eq!(client.count("Account WHERE Phone = 'new'").await, 1);
    assert_eq!(client.count("Inspection__c WHERE Score__c = 1.24").await, 1);
}

#[tokio::test]
async fn an_upsert_updates_existing_records_and_creates_others() {
    let client = Client::new().await;
    let records = json!([
        account(&json!({ "ExternalKey__c": "K-00000", "Phone": "new" })),
        account(&json!({ "ExternalKey__c": "new", "Name": "New", "Phone": "new" })),
        account(&json!({ "Name": "Without a key" })),
        account(&json!({ "externalkey__C": "Twice", "Name": "New" })),
        account(&json!({ "ExternalKey__c": "twice", "Name": "New" })),
        account(&json!({ "ExternalKey__c": "nameless" })),
        { "attributes": { "type": "Airport__c" }, "ExternalKey__c": "other" },
    ]);
    let (status, results) = client
        .send("PATCH", UPSERT, &json!({ "records": records }))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        results[0],
        json!({ "id": ACCOUNT_0, "success": true, "errors": [], "created": false })
    );
    assert_eq!(
        (&results[1]["success"], &results[1]["created"]),
        (&json!(true), &json!(true))
    );
    let twice = |value: &str| {
        failed(
            "DUPLICATE_VALUE",
            &format!("Duplicate external id specified: {value}"),
            &["ExternalKey__c"],
        )
    };
    assert_eq!(
        results[2],
        failed("MISSING_ARGUMENT", "ExternalKey__c not specified", &[])
    );
    assert_eq!(
        (&results[3], &results[4]),
        (&twice("Twice"), &twice("twice"))
    );
    assert_eq!(
        codes(&results)[5..],
        ["REQUIRED_FIELD_MISSING", "INVALID_TYPE"]
    );
    assert_eq!(client.count("Account WHERE Phone = 'new'").await, 2);

    let (_, again) = client
        .send(
            "PATCH",
            UPSERT,
            &json!({ "records": [account(&json!({ "ExternalKey__c": "NEW", "Phone": "2" }))] }),
        )
        .await;
    assert_eq!(
        (&again[0]["id"], &again[0]["created"]),
        (&results[1]["id"], &json!(false))
    );
}

#[tokio::test]
async fn an_ambiguous_key_upserts_nothing() {
    let client = Client::new().await;
    let record =
        json!({ "attributes": { "type": "Inspection__c" }, "Batch__c": "B-0009", "Score__c": 1 });
    let path = format!("{COMPOSITE}/Inspection__c/Batch__c");
    let (_, results) = client
        .send("PATCH", &path, &json!({ "records": [record] }))
        .await;
    assert_eq!(codes(&results), ["DUPLICATE_EXTERNAL_ID"]);
    let message = results[0]["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("Batch: more than one record found for external id field: [a01"),
        "{message}"
    );

    let (status, response) = client
        .send(
            "PATCH",
            &format!("{COMPOSITE}/Account/Name"),
            &json!({ "records": [] }),
        )
        .await;
    assert_eq!(
        (status, &response[0]["errorCode"]),
        (StatusCode::NOT_FOUND, &json!("NOT_FOUND"))
    );
}

#[tokio::test]
async fn a_deletion_accepts_ids_of_any_object() {
    let client = Client::new().await;
    let path = format!(
        "{COMPOSITE}?ids={ACCOUNT_0},{AIRPORT_0},0015g0000000000AAB,0015g00000zzzzz,999000000000000,{ACCOUNT_0}"
    );
    let (status, results) = client.delete(&path).await;
    assert_eq!(status, StatusCode::OK);
    let expected = json!([
        { "id": ACCOUNT_0, "success": true, "errors": [] },
        { "id": AIRPORT_0, "success": true, "errors": [] },
        failed("MALFORMED_ID", "malformed id 0015g0000000000AAB", &[]),
        failed("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", &[]),
        failed("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", &[]),
        failed("ENTITY_IS_DELETED", "entity is deleted", &[]),
    ]);
    assert_eq!(results, expected);
    assert_eq!(
        (
            client.count("Account").await,
            client.count("Airport__c").await
        ),
        (4_999, 3_375)
    );
    let (status, response) = client.delete(COMPOSITE).await;
    assert_eq!(
        (status, &response[0]["errorCode"]),
        (StatusCode::BAD_REQUEST, &json!("MISSING_ARGUMENT"))
    );
}

#[tokio::test]
async fn a_malformed_collection_is_refused_as_a_whole() {
    let client = Client::new().await;
    let good = account(&json!({ "Name": "One" }));
    for (body, code) in [
        (
            json!({ "records": [good, { "Name": "Two" }] }),
            "INVALID_INPUT",
        ),
        (json!({ "allOrNone": false }), "JSON_PARSER_ERROR"),
        (json!({ "records": [1] }), "JSON_PARSER_ERROR"),
        (json!({ "records": [], "other": 1 }), "JSON_PARSER_ERROR"),
    ] {
        let (status, response) = client.send("POST", COMPOSITE, &body).await;
        assert_eq!(
            (status, &response[0]["errorCode"]),
            (StatusCode::BAD_REQUEST, &json!(code)),
            "{body}"
        );
    }
    assert_eq!(client.count("Account").await, 5_000);
}

#[tokio::test]
async fn retrieval_returns_null_for_missing_records() {
    let client = Client::new().await;
    let path = format!("{COMPOSITE}/Account");
    client.delete(&format!("{COMPOSITE}?ids={ACCOUNT_1}")).await;
    let ids = [
        ACCOUNT_0,
        "0015g00000zzzzz",
        ACCOUNT_1,
        "nonsense",
        AIRPORT_0,
        &ACCOUNT_0[..15],
    ];
    let body = json!({ "ids": ids, "fields": ["id", "ExternalKey__c"] });
    let (status, records) = client.send("POST", &path, &body).await;
    assert_eq!(status, StatusCode::OK);
    let record = json!({
        "attributes": { "type": "Account", "url": format!("/services/data/v60.0/sobjects/Account/{ACCOUNT_0}") },
        "Id": ACCOUNT_0,
        "ExternalKey__c": "K-00000",
    });
    assert_eq!(records, json!([record, null, null, null, null, record]));
    let query = format!("{path}?ids={}&fields=id,ExternalKey__c", ids.join(","));
    assert_eq!(client.get(&query).await, (status, records));

    for (body, code) in [
        (
            json!({ "ids": [ACCOUNT_0], "fields": ["Nope"] }),
            "INVALID_FIELD",
        ),
        (json!({ "ids": [], "fields": ["Id"] }), "MISSING_ARGUMENT"),
        (
            json!({ "ids": [ACCOUNT_0], "fields": [] }),
            "MISSING_ARGUMENT",
        ),
        (
            json!({ "ids": vec![ACCOUNT_0; 2_001], "fields": ["Id"] }),
            "EXCEEDED_ID_LIMIT",
        ),
    ] {
        let (status, response) = client.send("POST", &path, &body).await;
        assert_eq!(
            (status, &response[0]["errorCode"]),
            (StatusCode::BAD_REQUEST, &json!(code)),
            "{code}"
        );
    }
    let all = json!({ "ids": vec![ACCOUNT_0; 2_000], "fields": ["Id"] });
    let (_, records) = client.send("POST", &path, &all).await;
    assert_eq!(records.as_array().unwrap().len(), 2_000);
}

/// An open query continues with the records that it matched; those deleted since are left out.
#[tokio::test]
async fn writes_do_not_disturb_an_open_query() {
    let client = Client::new().await;
    let (_, first) = client.query("SELECT Id FROM Account").await;
    client
        .send(
            "POST",
            COMPOSITE,
            &json!({ "records": [account(&json!({ "Name": "New" }))] }),
        )
        .await;
    client
        .delete(&format!("{COMPOSITE}?ids=0015g00000000zzAAA"))
        .await;
    let mut next = first["nextRecordsUrl"].as_str().map(str::to_owned);
    let mut count = first["records"].as_array().unwrap().len();
    while let Some(path) = next {
        let (_, page) = client.get(&path).await;
        count += page["records"].as_array().unwrap().len();
        next = page["nextRecordsUrl"].as_str().map(str::to_owned);
    }
    assert_eq!(count, 4_999);
}
