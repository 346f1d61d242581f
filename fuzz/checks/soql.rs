//! The sandbox's SOQL: every query gets rows or one of Salesforce's errors.

use std::str;
use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use salesforce_sandbox::{Config, Rows, Sandbox};
use serde_json::Value;
use tower::ServiceExt;
use url::form_urlencoded;

use super::server::block_on;

static SANDBOX: LazyLock<(Router, String)> = LazyLock::new(|| {
    let config = Config {
        rows: Rows {
            accounts: 20,
            inspections: 2,
            report_length: 20,
            largest_file: 100,
            ..Rows::default()
        },
        daily_requests: u64::MAX,
        token_lifetime: Duration::from_hours(24 * 365),
        ..Config::default()
    };
    let router = Sandbox::new(config.clone()).unwrap().router();
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &config.client_id)
        .append_pair("client_secret", &config.client_secret)
        .finish();
    let request = Request::post("/services/oauth2/token")
        .header("host", "localhost")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    let (status, token) = block_on(send(&router, request));
    assert_eq!(status, 200, "{token}");
    (router, token["access_token"].as_str().unwrap().to_owned())
});

/// The text is a query.
pub fn check(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else {
        return;
    };
    let (router, token) = &*SANDBOX;
    let query: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let request = Request::get(format!("/services/data/v60.0/query?q={query}"))
        .header("host", "localhost")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty());
    let Ok(request) = request else {
        return;
    };
    let (status, body) = block_on(send(router, request));
    match status {
        200 => assert!(body["records"].is_array(), "{body}"),
        400 | 404 | 414 | 431 => {
            assert!(body[0]["errorCode"].is_string() || body.is_null(), "{body}");
        }
        other => panic!("{other} {body}"),
    }
}

async fn send(router: &Router, request: Request<Body>) -> (u16, Value) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}
