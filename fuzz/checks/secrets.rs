//! Secrets Manager's protocol: every request gets a response of the protocol, whatever came before.

use std::str;

use appflow_local::secrets_manager::SecretsManager;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::Value;
use tower::ServiceExt;

use super::server::block_on;

/// Each line is an operation and the body of a request, as in `GetSecretValue {"SecretId": "a"}`.
pub fn check(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else {
        return;
    };
    let router = SecretsManager::default().router();
    block_on(async {
        for line in text.lines().take(20) {
            let (operation, body) = line.split_once(' ').unwrap_or((line, ""));
            let request = Request::post("/")
                .header("content-type", "application/x-amz-json-1.1")
                .header("x-amz-target", format!("secretsmanager.{operation}"))
                .body(Body::from(body.to_owned()));
            let Ok(request) = request else {
                continue;
            };
            let response = router.clone().oneshot(request).await.unwrap();
            let status = response.status().as_u16();
            assert!(matches!(status, 200 | 400 | 404), "{status} for {line}");
            let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert!(status == 200 || body["__type"].is_string(), "{body}");
        }
    });
}
