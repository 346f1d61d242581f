//! Single records: created, updated, upserted and deleted.

mod common;

use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use common::{Client, call, json};

const DATA: &str = "/services/data/v60.0";
const ACCOUNTS: &str = "/services/data/v60.0/sobjects/Account";
const INSPECTIONS: &str = "/services/data/v60.0/sobjects/Inspection__c";
const ACCOUNT_0: &str = "0015g0000000000AAA";
const ACCOUNT_1: &str = "0015g0000000001AAA";
const AIRPORT_0: &str = "a005g0000000000AAA";

fn error(code: &str, message: &str, fields: &[&str]) -> Value {
    json!([{ "message": message, "errorCode": code, "fields": fields }])
}

#[tokio::test]
async fn a_record_is_created_read_updated_and_deleted() {
    let client = Client::new().await;
    let account = json!({
        "Name": "Müller & Söhne",
        "Type": "Partner",
        "ParentId": &ACCOUNT_0[..15],
        "BillingStreet": "Main St. 1\nBack door",
        "BillingCity": "Zürich",
        "Phone": "+41 1 234",
        "Website": "https://example.com",
        "AnnualRevenue": 1234.5,
        "NumberOfEmployees": 12,
        "Description": "two\nlines",
        "ExternalKey__c": "N-1",
        "Email__c": "info@example.com",
        "Segments__c": "Cloud;Edge",
        "Channel__c": "By word of mouth",
        "IsPartner__c": true,
        "Views__c": 9_007_199_254_740_993_i64,
        "Score__c": 0.1,
        "Discount__c": 12.25,
        "CustomerSince__c": "2024-02-29",
        "NextCall__c": "2030-01-01T12:00:00.000+0000",
        "OpensAt__c": "08:30:00.000Z",
        "TaxNumber__c": "DE1",
        "Site__Latitude__s": 47.5,
        "Site__Longitude__s": 8.5,
    });
    let (status, created) = client.send("POST", &format!("{ACCOUNTS}/"), &account).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let id = created["id"].as_str().unwrap();
    assert_eq!(created, json!({ "id": id, "success": true, "errors": [] }));
    assert_eq!(id, "0015g00000001IeAAI", "the 5,001st");

    let path = format!("{ACCOUNTS}/{id}");
    let (_, read) = client.get(&path).await;
    for (field, value) in account.as_object().unwrap() {
        let expected = if field == "ParentId" {
            json!(ACCOUNT_0)
        } else {
            value.clone()
        };
        assert_eq!(read[field], expected, "{field}");
    }
    assert_eq!(read["BillingAddress"]["city"], "Zürich");
    assert_eq!(
        read["Site__c"],
        json!({ "latitude": 47.5, "longitude": 8.5 })
    );
    assert_eq!(read["OwnerId"], "0055g0000000001AAA");
    assert_eq!(read["IsDeleted"], false);

    let change = json!({ "Name": "Müller", "Phone": null, "Type": "" });
    let changed = client.send("PATCH", &path, &change).await;
    assert_eq!(changed, (StatusCode::NO_CONTENT, Value::Null));
    let (_, read) = client.get(&path).await;
    assert_eq!(
        (&read["Name"], &read["Phone"], &read["Type"]),
        (&json!("Müller"), &Value::Null, &Value::Null)
    );
    assert_eq!(read["BillingCity"], "Zürich");

    assert_eq!(
        client.delete(&path).await,
        (StatusCode::NO_CONTENT, Value::Null)
    );
    assert_eq!(client.count("Account").await, 5_000);
    assert_eq!(
        client.count("Account WHERE ExternalKey__c = 'N-1'").await,
        0
    );
    let deleted = (
        StatusCode::NOT_FOUND,
        error("ENTITY_IS_DELETED", "entity is deleted", &[]),
    );
    assert_eq!(client.get(&path).await, deleted);
    assert_eq!(client.delete(&path).await, deleted);
    assert_eq!(client.send("PATCH", &path, &change).await, deleted);

    let (_, next) = client
        .send(
            "POST",
            ACCOUNTS,
            &json!({ "Name": "Next", "ExternalKey__c": "N-1" }),
        )
        .await;
    assert_eq!(
        next["id"], "0015g00000001IfAAI",
        "an ID is never reused, a key may be"
    );
}

#[tokio::test]
async fn a_created_record_has_a_location() {
    let client = Client::new().await;
    let request = Request::post(ACCOUNTS)
        .header("Authorization", format!("Bearer {}", client.token))
        .header("Content-Type", "application/json; charset=utf-8")
        .body(Body::from(r#"{ "Name": "Here" }"#))
        .unwrap();
    let response = call(&client.sandbox, request).await;
    let location = response.headers()["Location"].to_str().unwrap().to_owned();
    let (_, created) = json(response).await;
    assert_eq!(
        location,
        format!("{ACCOUNTS}/{}", created["id"].as_str().unwrap())
    );
}

#[tokio::test]
async fn the_system_dates_follow_the_writes() {
    let client = Client::new().await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let today = jiff::Timestamp::from_second(i64::try_from(now.as_secs()).unwrap()).unwrap();
    let since = format!("Account WHERE SystemModstamp >= {today} AND LastModifiedDate >= {today}");
    assert_eq!(client.count(&since).await, 0);

    client
        .send(
            "PATCH",
            &format!("{ACCOUNTS}/{ACCOUNT_0}"),
            &json!({ "Phone": "1" }),
        )
        .await;
    let (_, created) = client
        .send("POST", ACCOUNTS, &json!({ "Name": "New" }))
        .await;
    assert_eq!(client.count(&since).await, 2);
    assert_eq!(
        client
            .count(&format!("{since} AND CreatedDate >= {today}"))
            .await,
        1
    );
    let (_, read) = client
        .get(&format!("{ACCOUNTS}/{}", created["id"].as_str().unwrap()))
        .await;
    assert_eq!(read["CreatedDate"], read["SystemModstamp"]);
    assert!(
        read["SystemModstamp"]
            .as_str()
            .unwrap()
            .ends_with(".000+0000")
    );
}

/// Creates accounts that Salesforce refuses.
async fn check_refused(cases: &[(Value, &str, &str, &[&str])]) {
    let client = Client::new().await;
    for (record, code, message, fields) in cases {
        let mut account = json!({ "Name": "x" });
        let given = record.as_object().unwrap().clone();
        account.as_object_mut().unwrap().extend(given);
        let response = client.send("POST", ACCOUNTS, &account).await;
        let expected = error(code, message, fields);
        assert_eq!(response, (StatusCode::BAD_REQUEST, expected), "{account}");
    }
    assert_eq!(client.count("Account").await, 5_000);
}

#[tokio::test]
async fn missing_and_forbidden_fields_are_refused() {
    check_refused(&[
        (json!({ "Name": null }), "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", &["Name"]),
        (json!({ "Name": "" }), "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", &["Name"]),
        (
            json!({ "BillingAddress": null, "SystemModstamp": "2024-01-01T00:00:00Z" }),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "Unable to create/update fields: BillingAddress, SystemModstamp. Please check the security settings of this field and \
             verify that it is read/write for your profile or permission set.",
            &["BillingAddress", "SystemModstamp"],
        ),
        (json!({ "Id": ACCOUNT_0 }), "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", &["Id"]),
        (json!({ "Nope__c": 1 }), "INVALID_FIELD", "No such column 'Nope__c' on sobject of type Account", &[]),
        (
            json!({ "ExternalKey__c": "k-00001" }),
            "DUPLICATE_VALUE",
            "duplicate value found: ExternalKey__c duplicates value on record with id: 0015g0000000001",
            &[],
        ),
    ])
    .await;
}

#[tokio::test]
async fn values_that_do_not_fit_their_field_are_refused() {
    let long = "1".repeat(41);
    let too_long = format!("Account Number: data value too large: {long} (max length=40)");
    let other_object = format!("Parent Account ID: id value of incorrect type: {AIRPORT_0}");
    check_refused(&[
        (json!({ "AccountNumber": long }), "STRING_TOO_LONG", &too_long, &["AccountNumber"]),
        (
            json!({ "Segments__c": "Cloud;Moon" }),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Segments: bad value for restricted picklist field: Moon",
            &["Segments__c"],
        ),
        (
            json!({ "ParentId": "nonsense" }),
            "MALFORMED_ID",
            "Parent Account ID: id value of incorrect type: nonsense",
            &["ParentId"],
        ),
        (json!({ "ParentId": AIRPORT_0 }), "MALFORMED_ID", &other_object, &["ParentId"]),
        (json!({ "ParentId": "0015g00000zzzzz" }), "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", &["ParentId"]),
        (json!({ "Email__c": "nobody" }), "INVALID_EMAIL_ADDRESS", "Email: invalid email address: nobody", &["Email__c"]),
        (
            json!({ "NumberOfEmployees": 1_431_655_766 }),
            "NUMBER_OUTSIDE_VALID_RANGE",
            "Employees: value outside of valid range on numeric field: 1431655766",
            &["NumberOfEmployees"],
        ),
        (
            json!({ "NextCall__c": "soon" }),
            "JSON_PARSER_ERROR",
            "Cannot deserialize instance of datetime from VALUE_STRING value soon or request may be missing a required field",
            &["NextCall__c"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn an_update_cannot_empty_a_required_field_or_contain_the_id() {
    let client = Client::new().await;
    let path = format!("{ACCOUNTS}/{ACCOUNT_0}");
    let response = client.send("PATCH", &path, &json!({ "Name": null })).await;
    let expected = error(
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [Name]",
        &["Name"],
    );
    assert_eq!(response, (StatusCode::BAD_REQUEST, expected));
    let response = client
        .send("PATCH", &path, &json!({ "id": ACCOUNT_0 }))
        .await;
    let expected = error(
        "INVALID_FIELD",
        "The Id field should not be specified in the sobject data.",
        &[],
    );
    assert_eq!(response, (StatusCode::BAD_REQUEST, expected));
}

#[tokio::test]
async fn a_record_can_keep_its_own_unique_value() {
    let client = Client::new().await;
    let path = format!("{ACCOUNTS}/{ACCOUNT_0}");
    let (status, _) = client
        .send("PATCH", &path, &json!({ "ExternalKey__c": "k-00000" }))
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, response) = client
        .send("PATCH", &path, &json!({ "ExternalKey__c": "K-00001" }))
        .await;
    assert_eq!(
        (status, &response[0]["errorCode"]),
        (StatusCode::BAD_REQUEST, &json!("DUPLICATE_VALUE"))
    );
}

#[tokio::test]
async fn unknown_records_differ_from_deleted_ones() {
    let client = Client::new().await;
    let body = json!({ "Phone": "1" });
    for (path, status, code) in [
        (
            format!("{ACCOUNTS}/0015g00000zzzzz"),
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
        ),
        (
            format!("{ACCOUNTS}/{AIRPORT_0}"),
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
        ),
        (
            format!("{ACCOUNTS}/0015g0000000000AAB"),
            StatusCode::BAD_REQUEST,
            "MALFORMED_ID",
        ),
        (
            format!("{ACCOUNTS}/short"),
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
        ),
        (
            format!("{DATA}/sobjects/Nope/{ACCOUNT_0}"),
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
        ),
        (
            format!("{ACCOUNTS}/Name/x"),
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
        ),
    ] {
        let (found, response) = client.send("PATCH", &path, &body).await;
        assert_eq!(
            (found, &response[0]["errorCode"]),
            (status, &json!(code)),
            "{path}"
        );
        let (found, response) = client.delete(&path).await;
        assert_eq!(
            (found, &response[0]["errorCode"]),
            (status, &json!(code)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let client = Client::new().await;
    for (body, message) in [
        (
            "",
            "The HTTP entity body is required, but this request has no entity body.",
        ),
        ("{\"Name\" \"x\"}", "expected `:` at [line:1, column:9]"),
        (
            "[1]",
            "invalid type: sequence, expected a map at [line:1, column:0]",
        ),
        (
            "{\"Name\":\n",
            "EOF while parsing a value at [line:2, column:0]",
        ),
    ] {
        let response = client.send_text("POST", ACCOUNTS, body).await;
        let expected = json!([{ "message": message, "errorCode": "JSON_PARSER_ERROR" }]);
        assert_eq!(response, (StatusCode::BAD_REQUEST, expected), "{body}");
    }
    let request = Request::post(ACCOUNTS)
        .header("Authorization", format!("Bearer {}", client.token))
        .body(Body::from("{}"))
        .unwrap();
    let (status, response) = json(call(&client.sandbox, request).await).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(response[0]["errorCode"], "UNSUPPORTED_MEDIA_TYPE");
}

#[tokio::test]
async fn writing_requires_a_token() {
    let client = Client::new().await;
    client.sandbox.expire_tokens();
    let (status, response) = client.send("POST", ACCOUNTS, &json!({ "Name": "x" })).await;
    assert_eq!(
        (status, &response[0]["errorCode"]),
        (StatusCode::UNAUTHORIZED, &json!("INVALID_SESSION_ID"))
    );
}

#[tokio::test]
async fn an_external_id_upserts_reads_and_deletes() {
    let client = Client::new().await;
    let path = format!("{ACCOUNTS}/ExternalKey__c/new%2Fkey");
    let (status, response) = client
        .send("PATCH", &path, &json!({ "Name": "First" }))
        .await;
    let id = response["id"].as_str().unwrap().to_owned();
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(
        response,
        json!({ "id": id, "success": true, "errors": [], "created": true })
    );
    let (status, response) = client
        .send("PATCH", &path, &json!({ "Name": "Second" }))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        response,
        json!({ "id": id, "success": true, "errors": [], "created": false })
    );
    let (_, read) = client
        .get(&format!("{path}?fields=Id,Name,ExternalKey__c"))
        .await;
    assert_eq!((&read["Id"], &read["Name"]), (&json!(id), &json!("Second")));
    assert_eq!(read["ExternalKey__c"], "new/key");

    let response = client
        .send("PATCH", &path, &json!({ "externalkey__c": "new/key" }))
        .await;
    let expected = error(
        "INVALID_FIELD",
        "The ExternalKey__c field should not be specified in the sobject data.",
        &[],
    );
    assert_eq!(response, (StatusCode::BAD_REQUEST, expected));

    assert_eq!(client.delete(&path).await.0, StatusCode::NO_CONTENT);
    assert_eq!(client.get(&path).await.0, StatusCode::NOT_FOUND);
    assert_eq!(client.delete(&path).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_ambiguous_key_returns_the_paths_of_all_its_records() {
    let client = Client::new().await;
    let path = format!("{INSPECTIONS}/Batch__c/B-0000");
    let (status, response) = client.send("PATCH", &path, &json!({ "Score__c": 1 })).await;
    assert_eq!(status, StatusCode::MULTIPLE_CHOICES);
    let paths = response.as_array().unwrap();
    assert_eq!(paths.len(), 10);
    assert_eq!(paths[0], format!("{INSPECTIONS}/a015g0000000000AAA"));
    assert_eq!(client.get(&path).await, (status, response.clone()));
    assert_eq!(client.delete(&path).await, (status, response));
}

#[tokio::test]
async fn special_fields_follow_their_rules() {
    let client = Client::new().await;
    let (status, created) = client
        .send("POST", INSPECTIONS, &json!({ "Airport__c": AIRPORT_0 }))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let path = format!("{INSPECTIONS}/{}", created["id"].as_str().unwrap());
    let (_, read) = client
        .get(&format!("{path}?fields=Name,Status__c,Passed__c"))
        .await;
    assert_eq!(
        (&read["Name"], &read["Status__c"]),
        (&json!("INS-000101"), &json!("Planned"))
    );
    assert_eq!(read["Passed__c"], false);

    assert_eq!(
        client
            .send("PATCH", &path, &json!({ "Status__c": "Passed" }))
            .await
            .0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(client.get(&path).await.1["Passed__c"], true);
    assert!(client.count("Inspection__c WHERE Passed__c = true").await > 1);

    for (change, code) in [
        (
            json!({ "Passed__c": true }),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
        ),
        (
            json!({ "Name": "INS-1" }),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
        ),
        (
            json!({ "Airport__c": AIRPORT_0 }),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
        ),
        (
            json!({ "Status__c": "Postponed" }),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        (json!({ "Status__c": null }), "REQUIRED_FIELD_MISSING"),
    ] {
        let (status, response) = client.send("PATCH", &path, &change).await;
        assert_eq!(
            (status, &response[0]["errorCode"]),
            (StatusCode::BAD_REQUEST, &json!(code)),
            "{change}"
        );
    }
    let (_, response) = client.send("POST", INSPECTIONS, &json!({})).await;
    assert_eq!(response[0]["fields"], json!(["Airport__c"]));
}

#[tokio::test]
async fn a_reference_to_a_deleted_record_is_refused() {
    let client = Client::new().await;
    client.delete(&format!("{ACCOUNTS}/{ACCOUNT_1}")).await;
    let record = json!({ "Name": "x", "ParentId": ACCOUNT_1 });
    let (_, response) = client.send("POST", ACCOUNTS, &record).await;
    assert_eq!(response[0]["errorCode"], "ENTITY_IS_DELETED");
}

#[tokio::test]
async fn bytes_are_written_as_base64_and_read_as_they_are() {
    let client = Client::new().await;
    let record = json!({ "Name": "x", "Logo__c": "iVBORwD/" });
    let (_, created) = client.send("POST", ACCOUNTS, &record).await;
    let path = format!("{ACCOUNTS}/{}/Logo__c", created["id"].as_str().unwrap());
    let request = Request::get(path)
        .header("Authorization", format!("Bearer {}", client.token))
        .body(Body::empty())
        .unwrap();
    let response = call(&client.sandbox, request).await;
    assert_eq!(common::bytes(response).await, b"\x89PNG\x00\xff");
}
