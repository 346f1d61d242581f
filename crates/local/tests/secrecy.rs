//! Log lines and `Debug` never show a secret. Alone in its file, because the subscriber must be set
//! before any other test logs.

use std::io::Write;
use std::sync::{Arc, Mutex};

use appflow_local::secrets_manager::SecretsManager;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;
use tracing_subscriber::filter::LevelFilter;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn post(service: &SecretsManager, operation: &str, request: Value) -> StatusCode {
    let request = Request::post("/")
        .header("X-Amz-Target", format!("secretsmanager.{operation}"))
        .body(Body::from(request.to_string()))
        .unwrap();
    service.router().oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn neither_log_lines_nor_debug_show_a_value() {
    let captured = Captured::default();
    let writer = captured.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let service = SecretsManager::default();
    let create = |token: &str, value: Value| json!({"Name": "db", "ClientRequestToken": token.repeat(32), "SecretString": value});
    for (operation, request, status) in [
        (
            "CreateSecret",
            create("1", json!("hunter2")),
            StatusCode::OK,
        ),
        ("GetSecretValue", json!({"SecretId": "db"}), StatusCode::OK),
        (
            "CreateSecret",
            create("2", json!("hunter2")),
            StatusCode::BAD_REQUEST,
        ),
        (
            "CreateSecret",
            create("3", json!(["hunter2"])),
            StatusCode::BAD_REQUEST,
        ),
    ] {
        assert_eq!(post(&service, operation, request).await, status);
    }

    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("secretsmanager.GetSecretValue"), "{log}");
    assert!(log.contains("ResourceExistsException"), "{log}");
    assert!(!log.contains("hunter2"), "{log}");

    let debug = format!("{service:?}");
    assert!(debug.contains("AWSCURRENT"), "{debug}");
    assert!(!debug.contains("hunter2"), "{debug}");
}
