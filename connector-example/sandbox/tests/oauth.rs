//! Tokens: how they are issued, how they end, and the responses without a valid one.

mod common;

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use salesforce_sandbox::{Config, Sandbox};
use serde_json::json;
use sha2::Sha256;

use common::{CREDENTIALS, Client, bytes, call, post_token};

const REFRESH: &str = "grant_type=refresh_token&client_id=sandbox-client&client_secret=sandbox-secret&refresh_token=sandbox-refresh-token";

#[tokio::test]
async fn a_token_response_has_salesforces_shape() {
    let sandbox = Sandbox::new(Config::default()).unwrap();
    for form in [CREDENTIALS, REFRESH] {
        let (status, response) = post_token(&sandbox, form).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(response["instance_url"], "http://sandbox.example:8080");
        assert_eq!(
            response["id"],
            "http://sandbox.example:8080/id/00D5g0000000001AAA/0055g0000000001AAA"
        );
        assert_eq!(response["token_type"], "Bearer");
        assert_eq!(response["scope"], "api refresh_token openid");
        assert!(
            response["access_token"]
                .as_str()
                .unwrap()
                .starts_with("00D5g0000000001!")
        );
        let issued_at = response["issued_at"].as_str().unwrap();
        assert!(issued_at.parse::<u64>().unwrap() > 1_700_000_000_000);

        let mut mac = Hmac::<Sha256>::new_from_slice(b"sandbox-secret").unwrap();
        mac.update(response["id"].as_str().unwrap().as_bytes());
        mac.update(issued_at.as_bytes());
        let signature = BASE64_STANDARD
            .decode(response["signature"].as_str().unwrap())
            .unwrap();
        mac.verify_slice(&signature).unwrap();
    }
}

#[tokio::test]
async fn invalid_token_requests_are_refused_in_salesforces_words() {
    let sandbox = Sandbox::new(Config::default()).unwrap();
    for (form, error, description) in [
        ("", "unsupported_grant_type", "grant type not supported"),
        (
            "{\"grant_type\":\"client_credentials\"}",
            "unsupported_grant_type",
            "grant type not supported",
        ),
        (
            &CREDENTIALS.replace("client_credentials", "password"),
            "unsupported_grant_type",
            "grant type not supported",
        ),
        (
            "grant_type=client_credentials",
            "invalid_client_id",
            "client identifier invalid",
        ),
        (
            &CREDENTIALS.replace("sandbox-client", "other"),
            "invalid_client_id",
            "client identifier invalid",
        ),
        (
            &CREDENTIALS.replace("sandbox-secret", "other"),
            "invalid_client",
            "invalid client credentials",
        ),
        (
            &REFRESH.replace("sandbox-secret", "other"),
            "invalid_client",
            "invalid client credentials",
        ),
        (
            &REFRESH.replace("sandbox-refresh-token", "other"),
            "invalid_grant",
            "expired access/refresh token",
        ),
        (
            &CREDENTIALS.replace("client_credentials", "refresh_token"),
            "invalid_grant",
            "expired access/refresh token",
        ),
    ] {
        let (status, response) = post_token(&sandbox, form).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{form}");
        assert_eq!(
            response,
            json!({ "error": error, "error_description": description }),
            "{form}"
        );
    }
}

#[tokio::test]
async fn credentials_are_accepted_in_a_header() {
    let sandbox = Sandbox::new(Config::default()).unwrap();
    for (credentials, expected) in [
        ("sandbox-client:sandbox-secret", StatusCode::OK),
        ("sandbox-client:wrong", StatusCode::UNAUTHORIZED),
        ("other:sandbox-secret", StatusCode::UNAUTHORIZED),
    ] {
        let request = Request::post("/services/oauth2/token")
            .header(
                "Authorization",
                format!("Basic {}", BASE64_STANDARD.encode(credentials)),
            )
            .body(Body::from("grant_type=client_credentials"))
            .unwrap();
        assert_eq!(
            call(&sandbox, request).await.status(),
            expected,
            "{credentials}"
        );
    }
}

#[tokio::test]
async fn expired_tokens_are_refused_and_a_new_one_works() {
    let mut client = Client::new().await;
    let path = "/services/data/v60.0/sobjects";
    assert_eq!(client.get(path).await.0, StatusCode::OK);

    client.sandbox.expire_tokens();
    let (status, response) = client.get(path).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        response,
        json!([{ "message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID" }])
    );

    let (_, response) = post_token(&client.sandbox, REFRESH).await;
    client.token = response["access_token"].as_str().unwrap().to_owned();
    assert_eq!(client.get(path).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_token_expires_after_its_lifetime() {
    for (token_lifetime, expected) in [
        (Duration::ZERO, StatusCode::UNAUTHORIZED),
        (Duration::MAX, StatusCode::OK),
    ] {
        let sandbox = Sandbox::new(Config {
            token_lifetime,
            ..Config::default()
        })
        .unwrap();
        let (_, response) = post_token(&sandbox, CREDENTIALS).await;
        let token = response["access_token"].as_str().unwrap().to_owned();
        let client = Client { sandbox, token };
        assert_eq!(
            client.get("/services/data/v60.0/sobjects").await.0,
            expected
        );
    }
}

#[tokio::test]
async fn every_data_path_except_versions_requires_a_token() {
    let client = Client::new().await;
    for path in [
        "/services/data/v60.0/sobjects",
        "/services/data/v60.0/sobjects/Account/describe",
        "/services/data/v60.0/sobjects/Account/0015g0000000000AAA",
        "/services/data/v60.0/sobjects/Account/0015g0000000000AAA/Logo__c",
        "/services/data/v60.0/query?q=SELECT+Id+FROM+Account",
        "/services/data/v60.0/query/01g5g0000000000AAA-2000",
    ] {
        for authorization in ["", "Bearer", "Bearer wrong", "Basic abc", &client.token] {
            let request = Request::get(path)
                .header("Authorization", authorization)
                .body(Body::empty())
                .unwrap();
            assert_eq!(
                call(&client.sandbox, request).await.status(),
                StatusCode::UNAUTHORIZED,
                "{path} {authorization}"
            );
        }
    }
    let request = Request::get("/services/data").body(Body::empty()).unwrap();
    assert_eq!(
        call(&client.sandbox, request).await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn userinfo_describes_the_user_of_the_token() {
    let client = Client::new().await;
    let (status, info) = client
        .get_with("/services/oauth2/userinfo", &[("Host", "localhost:1234")])
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        info["sub"],
        "http://localhost:1234/id/00D5g0000000001AAA/0055g0000000001AAA"
    );
    assert_eq!(info["user_id"], "0055g0000000001AAA");
    assert_eq!(info["organization_id"], "00D5g0000000001AAA");
    assert_eq!(info["preferred_username"], "integration@sandbox.example");
    assert_eq!(info["email"], "integration@sandbox.example");
    assert_eq!(
        info["urls"]["query"],
        "http://localhost:1234/services/data/v{version}/query/"
    );
}

#[tokio::test]
async fn userinfo_without_a_valid_token_is_forbidden() {
    let client = Client::new().await;
    for (authorization, text) in [
        ("Bearer wrong", "Bad_OAuth_Token"),
        ("", "Missing_OAuth_Token"),
    ] {
        let request = Request::get("/services/oauth2/userinfo")
            .header("Authorization", authorization)
            .body(Body::empty())
            .unwrap();
        let response = call(&client.sandbox, request).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(bytes(response).await, text.as_bytes());
    }
}
