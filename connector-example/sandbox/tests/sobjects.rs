//! Versions, descriptions and single records.

mod common;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use common::{Client, bytes, call, json};

const ACCOUNT_0: &str = "0015g0000000000AAA";

fn field<'a>(description: &'a Value, name: &str) -> &'a Value {
    description["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|field| field["name"] == name)
        .unwrap()
}

#[tokio::test]
async fn versions_are_listed() {
    let client = Client::new().await;
    for path in ["/services/data", "/services/data/"] {
        let (status, versions) = client.get(path).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(versions.as_array().unwrap().len(), 46, "21.0 to 66.0");
        assert_eq!(versions[0]["version"], "21.0");
        assert_eq!(
            versions[39],
            json!({ "label": "Spring '24", "url": "/services/data/v60.0", "version": "60.0" })
        );
    }
}

#[tokio::test]
async fn objects_are_listed() {
    let client = Client::new().await;
    for path in [
        "/services/data/v60.0/sobjects",
        "/services/data/v60.0/sobjects/",
    ] {
        let (status, response) = client.get(path).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            (&response["encoding"], &response["maxBatchSize"]),
            (&json!("UTF-8"), &json!(200))
        );
        let names: Vec<&Value> = response["sobjects"]
            .as_array()
            .unwrap()
            .iter()
            .map(|object| &object["name"])
            .collect();
        assert_eq!(
            names,
            [
                "Account",
                "Airport__c",
                "Attachment",
                "ContentVersion",
                "Inspection__c",
                "User"
            ]
        );
        let airport = &response["sobjects"][1];
        assert_eq!(
            (
                &airport["custom"],
                &airport["keyPrefix"],
                &airport["queryable"]
            ),
            (&json!(true), &json!("a00"), &json!(true))
        );
        assert_eq!(
            airport["urls"],
            json!({
                "rowTemplate": "/services/data/v60.0/sobjects/Airport__c/{ID}",
                "describe": "/services/data/v60.0/sobjects/Airport__c/describe",
                "sobject": "/services/data/v60.0/sobjects/Airport__c",
            })
        );
    }
}

#[tokio::test]
async fn airport_is_described() {
    let client = Client::new().await;
    let (status, description) = client
        .get("/services/data/v60.0/sobjects/airport__C/describe")
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(description["name"], "Airport__c");
    let iata = field(&description, "iata");
    for (key, value) in [
        ("type", json!("string")),
        ("length", json!(4)),
        ("byteLength", json!(12)),
        ("soapType", json!("xsd:string")),
        ("unique", json!(true)),
        ("externalId", json!(true)),
        ("idLookup", json!(true)),
        ("nillable", json!(false)),
        ("createable", json!(true)),
        ("filterable", json!(true)),
    ] {
        assert_eq!(iata[key], value, "{key}");
    }
    let latitude = field(&description, "latitude");
    assert_eq!(
        (
            &latitude["type"],
            &latitude["precision"],
            &latitude["scale"]
        ),
        (&json!("double"), &json!(18), &json!(15))
    );
    assert_eq!(field(&description, "name")["nameField"], true);
    let id = field(&description, "Id");
    assert_eq!(
        (
            &id["type"],
            &id["soapType"],
            &id["createable"],
            &id["length"]
        ),
        (&json!("id"), &json!("tns:ID"), &json!(false), &json!(18))
    );
    assert_eq!(
        field(&description, "OwnerId")["referenceTo"],
        json!(["User"])
    );
    assert_eq!(field(&description, "OwnerId")["relationshipName"], "Owner");
}

#[tokio::test]
async fn account_has_a_field_of_every_type() {
    let client = Client::new().await;
    let (_, description) = client
        .get("/services/data/v60.0/sobjects/Account/describe")
        .await;
    let types: BTreeSet<&str> = description["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["type"].as_str().unwrap())
        .collect();
    let expected: BTreeSet<&str> = [
        "id",
        "reference",
        "string",
        "textarea",
        "picklist",
        "multipicklist",
        "combobox",
        "email",
        "phone",
        "url",
        "encryptedstring",
        "boolean",
        "int",
        "long",
        "double",
        "currency",
        "percent",
        "date",
        "datetime",
        "time",
        "base64",
        "anyType",
        "address",
        "location",
    ]
    .into();
    assert_eq!(types, expected);
    assert_eq!(field(&description, "Views__c")["soapType"], "xsd:long");
    assert_eq!(
        field(&description, "BillingCity")["compoundFieldName"],
        "BillingAddress"
    );
    assert_eq!(field(&description, "Description")["filterable"], false);
    assert_eq!(field(&description, "BillingStreet")["filterable"], true);
    assert_eq!(field(&description, "Segments__c")["sortable"], false);
    assert_eq!(
        field(&description, "Segments__c")["picklistValues"][0],
        json!({ "active": true, "defaultValue": false, "label": "Cloud", "validFor": null, "value": "Cloud" })
    );
}

#[tokio::test]
async fn inspection_has_special_fields() {
    let client = Client::new().await;
    let (_, description) = client
        .get("/services/data/v60.0/sobjects/Inspection__c/describe")
        .await;
    for (name, properties) in [
        (
            "Name",
            json!({ "autoNumber": true, "createable": false, "defaultedOnCreate": true, "nameField": true }),
        ),
        (
            "Airport__c",
            json!({ "nillable": false, "createable": true, "updateable": false, "referenceTo": ["Airport__c"], "relationshipName": "Airport__r" }),
        ),
        (
            "Key__c",
            json!({ "externalId": true, "idLookup": true, "unique": true, "nillable": true }),
        ),
        (
            "Batch__c",
            json!({ "externalId": true, "idLookup": true, "unique": false }),
        ),
        (
            "Status__c",
            json!({ "restrictedPicklist": true, "defaultedOnCreate": true, "nillable": false }),
        ),
        (
            "Passed__c",
            json!({ "calculated": true, "createable": false, "updateable": false }),
        ),
        (
            "OldCode__c",
            json!({ "deprecatedAndHidden": true, "createable": true }),
        ),
        (
            "Report__c",
            json!({ "type": "textarea", "length": 131_072, "filterable": false }),
        ),
        (
            "Score__c",
            json!({ "precision": 5, "scale": 2, "deprecatedAndHidden": false, "calculated": false }),
        ),
    ] {
        for (key, value) in properties.as_object().unwrap() {
            assert_eq!(&field(&description, name)[key], value, "{name}.{key}");
        }
    }
    let choices = field(&description, "Status__c")["picklistValues"]
        .as_array()
        .unwrap();
    let choice = |number: usize| {
        let choice: &Value = &choices[number];
        (
            choice["value"].as_str().unwrap(),
            &choice["active"],
            &choice["defaultValue"],
        )
    };
    assert_eq!(choice(0), ("Planned", &json!(true), &json!(true)));
    assert_eq!(choice(3), ("Postponed", &json!(false), &json!(false)));
}

#[tokio::test]
async fn an_object_has_a_summary() {
    let client = Client::new().await;
    let (status, info) = client.get("/services/data/v60.0/sobjects/Account/").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(info["objectDescribe"]["keyPrefix"], "001");
    assert_eq!(info["recentItems"], json!([]));
}

#[tokio::test]
async fn a_record_is_found_by_both_forms_of_its_id() {
    let client = Client::new().await;
    for id in [ACCOUNT_0, &ACCOUNT_0[..15]] {
        let (status, record) = client
            .get(&format!(
                "/services/data/v60.0/sobjects/Account/{id}?fields=Id,externalkey__C"
            ))
            .await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            record,
            json!({
                "attributes": { "type": "Account", "url": format!("/services/data/v60.0/sobjects/Account/{ACCOUNT_0}") },
                "Id": ACCOUNT_0,
                "ExternalKey__c": "K-00000",
            })
        );
    }
    let (_, record) = client
        .get(&format!(
            "/services/data/v60.0/sobjects/Account/{ACCOUNT_0}"
        ))
        .await;
    let (_, description) = client
        .get("/services/data/v60.0/sobjects/Account/describe")
        .await;
    assert_eq!(
        record.as_object().unwrap().len(),
        description["fields"].as_array().unwrap().len() + 1
    );
}

#[tokio::test]
async fn a_base64_field_is_the_path_of_its_bytes() {
    let client = Client::new().await;
    let (_, response) = client.query("SELECT Logo__c FROM Account LIMIT 50").await;
    let records = response["records"].as_array().unwrap();
    assert!(records.iter().any(|record| record["Logo__c"].is_null()));
    let record = records
        .iter()
        .find(|record| !record["Logo__c"].is_null())
        .unwrap();
    let path = record["Logo__c"].as_str().unwrap();
    assert_eq!(
        path,
        format!("{}/Logo__c", record["attributes"]["url"].as_str().unwrap())
    );

    let request = Request::get(path)
        .header("Authorization", format!("Bearer {}", client.token))
        .body(Body::empty())
        .unwrap();
    let response = call(&client.sandbox, request).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(bytes(response).await, b"\x89PNG\r\n\x1a\n\x00\xff\xfe\x80");
}

#[tokio::test]
async fn unknown_paths_are_not_found() {
    let client = Client::new().await;
    let not_found =
        json!([{ "message": "The requested resource does not exist", "errorCode": "NOT_FOUND" }]);
    for path in [
        "/services/data/v60.0/sobjects/Nope/describe".to_owned(),
        "/services/data/v20.0/sobjects".to_owned(),
        "/services/data/60/sobjects".to_owned(),
        "/services/data/v60.0/nope".to_owned(),
        "/nope".to_owned(),
        format!("/services/data/v60.0/sobjects/Airport__c/{ACCOUNT_0}"),
        format!("/services/data/v60.0/sobjects/Account/{ACCOUNT_0}/Name"),
    ] {
        assert_eq!(
            client.get(&path).await,
            (StatusCode::NOT_FOUND, not_found.clone()),
            "{path}"
        );
    }
    assert_eq!(
        client
            .get("/services/data/v60.0/sobjects/Account/not-an-id")
            .await,
        (
            StatusCode::NOT_FOUND,
            json!([{
                "message": "Provided external ID field does not exist or is not accessible: not-an-id",
                "errorCode": "NOT_FOUND",
            }])
        )
    );
    assert_eq!(
        client
            .get(&format!(
                "/services/data/v60.0/sobjects/Account/{ACCOUNT_0}?fields=Id,Nope"
            ))
            .await,
        (
            StatusCode::BAD_REQUEST,
            json!([{ "message": "No such column 'Nope' on sobject of type Account", "errorCode": "INVALID_FIELD" }])
        )
    );
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let client = Client::new().await;
    let request = Request::post("/services/data/v60.0/query")
        .body(Body::empty())
        .unwrap();
    let (status, response) = json(call(&client.sandbox, request).await).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response[0]["errorCode"], "METHOD_NOT_ALLOWED");
}
