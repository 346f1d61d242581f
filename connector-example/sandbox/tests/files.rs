//! Files: `ContentVersion` and `Attachment`.

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use salesforce_sandbox::{Config, Rows, Sandbox};
use serde_json::json;

use common::{Client, bytes, call};

async fn content(client: &Client, path: &str) -> (StatusCode, Vec<u8>) {
    let request = Request::get(path).header("Authorization", format!("Bearer {}", client.token));
    let response = call(&client.sandbox, request.body(Body::empty()).unwrap()).await;
    (response.status(), bytes(response).await)
}

#[tokio::test]
async fn a_query_returns_the_path_of_the_bytes() {
    let rows = Rows {
        largest_file: 5_000_001,
        ..Rows::default()
    };
    let config = Config {
        rows,
        ..Config::default()
    };
    let client = Client::of(Sandbox::new(config).unwrap()).await;
    let versions = client
        .query_all("SELECT Id, Title, ContentSize, VersionData FROM ContentVersion ORDER BY Id")
        .await;
    let sizes: Vec<u64> = versions
        .iter()
        .map(|version| version["ContentSize"].as_u64().unwrap())
        .collect();
    assert_eq!(sizes, [19, 12, 0, 0, 5_000_001]);
    for (version, size) in versions.iter().zip(sizes) {
        let id = version["Id"].as_str().unwrap();
        if version["Title"] == "Link" {
            assert_eq!(version["VersionData"], json!(null));
            continue;
        }
        let path = format!("/services/data/v60.0/sobjects/ContentVersion/{id}/VersionData");
        assert_eq!(version["VersionData"], path);
        let (status, bytes) = content(&client, &path).await;
        assert_eq!((status, bytes.len() as u64), (StatusCode::OK, size));
    }
    let attachments = client
        .query_all("SELECT Id, Name, BodyLength, Body, Parent.Name FROM Attachment ORDER BY Id")
        .await;
    assert_eq!(attachments.len(), 3);
    for attachment in &attachments {
        let (status, bytes) = content(&client, attachment["Body"].as_str().unwrap()).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(attachment["BodyLength"], bytes.len());
        assert!(attachment["Parent"]["Name"].is_string());
    }
}

#[tokio::test]
async fn files_can_be_created_and_the_content_is_not_filterable() {
    let client = Client::new().await;
    let file = json!({
        "Title": "New",
        "PathOnClient": "new.bin",
        "VersionData": BASE64_STANDARD.encode([0, 255, 10]),
    });
    let path = "/services/data/v60.0/sobjects/ContentVersion";
    let (status, created) = client.send("POST", path, &file).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let id = created["id"].as_str().unwrap();
    let (_, bytes) = content(&client, &format!("{path}/{id}/VersionData")).await;
    assert_eq!(bytes, [0, 255, 10]);
    assert_eq!(
        client.count("ContentVersion WHERE ContentSize = 3").await,
        1
    );

    let (status, response) = client.delete(&format!("{path}/{id}")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(response[0]["errorCode"], "INVALID_TYPE_FOR_OPERATION");
    let (code, _) = client
        .query_error("SELECT Id FROM ContentVersion WHERE VersionData != null")
        .await;
    assert_eq!(code, "INVALID_FIELD");
    let no_body = json!({ "Name": "x", "ParentId": "0015g0000000000AAA" });
    let (_, response) = client
        .send("POST", "/services/data/v60.0/sobjects/Attachment", &no_body)
        .await;
    assert_eq!(response[0]["errorCode"], "REQUIRED_FIELD_MISSING");
}
