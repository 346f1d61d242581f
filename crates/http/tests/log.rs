//! What the log says about calls to an application.

mod support;

use std::io::Write;
use std::sync::{Arc, Mutex};

use appflow_connector_http::Request;
use serde_json::{Value, json};
use support::{Server, http, ok, reply};
use tracing::Level;
use tracing::subscriber::DefaultGuard;

/// The log of one test.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn start() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_max_level(Level::DEBUG)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// The lines of this crate, without the times.
    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let line = line.as_object_mut().unwrap();
            let target = line.remove("target").unwrap();
            assert!(line.remove("timestamp").unwrap().is_string());
            (target, line.clone())
        });
        let own = lines.filter(|(target, _)| {
            let target = target.as_str().unwrap();
            target.starts_with("appflow_connector_http")
        });
        own.map(|(_, mut line)| {
            if let Some(time) = line.remove("duration_ms") {
                assert!(time.is_u64(), "{time}");
            }
            Value::Object(line)
        })
        .collect()
    }
}

#[tokio::test]
async fn each_call_is_one_line_without_the_query() {
    let busy = reply("429 Too Many Requests", "Retry-After: 0\r\n", "slow down");
    let refused = reply("404 Not Found", "", "no such contact");
    let server = Server::start([busy, ok("[1,2]"), refused]).await;
    let (log, _guard) = Log::start();
    let http = http();
    let session = server.session(&http);
    let request = |id: &str| Request::get(format!("contacts/{id}")).query("email", "a@b.example");
    session.send(request("t0ken")).await.unwrap();
    session.send(request("7")).await.unwrap_err();
    let lines = log.lines();
    let retry_in = lines[0]["retry_in_ms"].clone();
    assert!(retry_in.is_u64(), "{retry_in}");
    assert_eq!(
        lines,
        [
            json!({
                "level": "WARN", "message": "application call failed and is retried",
                "method": "GET", "path": "/contacts/[secret]", "status": 429, "bytes": 9,
                "attempt": 1, "error_code": "RateLimitExceeded", "retry_in_ms": retry_in,
            }),
            json!({
                "level": "DEBUG", "message": "application call",
                "method": "GET", "path": "/contacts/[secret]", "status": 200, "bytes": 5,
                "attempt": 2,
            }),
            json!({
                "level": "DEBUG", "message": "application call failed",
                "method": "GET", "path": "/contacts/7", "status": 404, "bytes": 15,
                "attempt": 1, "error_code": "ClientError",
            }),
        ]
    );
}

#[tokio::test]
async fn a_call_without_a_response_has_no_status() {
    let server = Server::start([support::Reply::Reset]).await;
    let (log, _guard) = Log::start();
    let http = http();
    let request = Request::post("contacts").json(&"secret");
    server.session(&http).send(request).await.unwrap_err();
    assert_eq!(
        log.lines(),
        [json!({
            "level": "DEBUG", "message": "application call failed",
            "method": "POST", "path": "/contacts", "attempt": 1,
            "error_code": "ServiceUnavailable",
        })]
    );
}
