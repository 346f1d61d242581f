//! The limits of a request's length and of the number of requests.

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use salesforce_sandbox::{Config, Sandbox};
use serde_json::json;

use common::{Client, call, json, query_path};

#[tokio::test]
async fn the_length_of_a_request_is_configurable() {
    let config = Config {
        max_url_bytes: 200,
        max_url_and_header_bytes: 400,
        ..Config::default()
    };
    let client = Client::of(Sandbox::new(config).unwrap()).await;
    let path = |length: usize| {
        let start = query_path("SELECT Id FROM Account WHERE Name = '");
        format!("{start}{}%27", "x".repeat(length - start.len() - 3))
    };
    assert_eq!(client.get(&path(200)).await.0, StatusCode::OK);
    for (path, header, expected) in [
        (path(201), "x".to_owned(), StatusCode::URI_TOO_LONG),
        (
            path(200),
            "x".repeat(200),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        ),
    ] {
        let request = Request::get(path)
            .header("Authorization", format!("Bearer {}", client.token))
            .header("Filler", header)
            .body(Body::empty())
            .unwrap();
        assert_eq!(call(&client.sandbox, request).await.status(), expected);
    }
}

#[tokio::test]
async fn every_response_tells_the_usage_and_the_day_has_an_end() {
    let config = Config {
        daily_requests: 2,
        ..Config::default()
    };
    let client = Client::of(Sandbox::new(config).unwrap()).await;
    for (path, status, usage) in [
        (
            "/services/data/v60.0/sobjects",
            StatusCode::OK,
            "api-usage=1/2",
        ),
        (
            "/services/data/v60.0/nope",
            StatusCode::NOT_FOUND,
            "api-usage=2/2",
        ),
        (
            "/services/data/v60.0/sobjects",
            StatusCode::FORBIDDEN,
            "api-usage=2/2",
        ),
    ] {
        let request = Request::get(path)
            .header("Authorization", format!("Bearer {}", client.token))
            .body(Body::empty())
            .unwrap();
        let response = call(&client.sandbox, request).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["Sforce-Limit-Info"], usage);
        let (_, body) = json(response).await;
        if status == StatusCode::FORBIDDEN {
            let message = "TotalRequests Limit exceeded.";
            assert_eq!(
                body,
                json!([{ "message": message, "errorCode": "REQUEST_LIMIT_EXCEEDED" }])
            );
        }
    }
    assert_eq!(
        client.get("/services/data").await.0,
        StatusCode::OK,
        "versions are free"
    );
}
