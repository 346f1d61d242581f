//! Faults on demand, over a real socket, because some of them happen there.

mod common;

use std::io::{self, Read as _};
use std::time::Duration;

use axum::http::StatusCode;
use flate2::read::GzDecoder;
use salesforce_sandbox::{
    Calls, Config, Error, Fault, FaultPlan, Moment, NextCalls, PlanError, Rate, Sandbox, Server,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use common::Client;

const QUERY: &str = "/services/data/v60.0/query?q=SELECT+Id+FROM+Airport__c+LIMIT+200";
const CREATE: &str = "/services/data/v60.0/sobjects/Account";
const NEW_ACCOUNT: &str = r#"{ "Name": "Doubled" }"#;

fn next(count: u32, fault: Fault, moment: Moment) -> FaultPlan {
    FaultPlan::Next(NextCalls {
        count,
        fault,
        moment,
        calls: Calls::default(),
    })
}

/// What came over the wire before the connection ended, and how it ended.
struct Exchange {
    head: String,
    body: Vec<u8>,
    end: io::Result<()>,
}

impl Exchange {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1);
        lines.find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The body without the frames of `Transfer-Encoding: chunked`, and whether the last frame
    /// came.
    fn unframed(&self) -> (Vec<u8>, bool) {
        if self.header("transfer-encoding") != Some("chunked") {
            let length: usize = self.header("content-length").unwrap().parse().unwrap();
            return (self.body.clone(), self.body.len() == length);
        }
        let (mut rest, mut body) = (self.body.as_slice(), Vec::new());
        while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
            let size = std::str::from_utf8(&rest[..end]).unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            if size == 0 {
                return (body, true);
            }
            body.extend_from_slice(&rest[end + 2..end + 2 + size]);
            rest = &rest[end + 2 + size + 2..];
        }
        (body, false)
    }
}

/// A server with a client that sees the wire.
struct Wire {
    client: Client,
    server: Server,
}

impl Wire {
    async fn start() -> Self {
        let client = Client::new().await;
        let address = "127.0.0.1:0".parse().unwrap();
        let server = client.sandbox.start(address).await.unwrap();
        Self { client, server }
    }

    fn plan(&self, plan: FaultPlan) {
        self.client.sandbox.add_fault(plan).unwrap();
    }

    async fn get(&self, headers: &str) -> Exchange {
        self.exchange("GET", QUERY, headers, "").await
    }

    async fn create(&self) -> Exchange {
        let headers = "Content-Type: application/json\r\n";
        self.exchange("POST", CREATE, headers, NEW_ACCOUNT).await
    }

    async fn exchange(&self, method: &str, path: &str, headers: &str, body: &str) -> Exchange {
        let url = self.server.url();
        let address = url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {}\r\n{headers}\
             Content-Length: {}\r\n\r\n{body}",
            self.client.token,
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut received = Vec::new();
        let end = stream.read_to_end(&mut received).await.map(|_| ());
        let head_end = received.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, body) = match head_end {
            Some(position) => received.split_at(position + 4),
            None => (received.as_slice(), &[][..]),
        };
        Exchange {
            head: String::from_utf8(head.to_vec()).unwrap(),
            body: body.to_vec(),
            end,
        }
    }

    async fn doubled(&self) -> u64 {
        self.client.count("Account WHERE Name = 'Doubled'").await
    }
}

#[tokio::test]
async fn each_error_has_its_status_and_code() {
    let client = Client::new().await;
    for (fault, status, code, retry_after) in [
        (
            Fault::RateLimited { retry_after: 7 },
            429,
            "REQUEST_LIMIT_EXCEEDED",
            Some("7"),
        ),
        (
            Fault::RequestLimitExceeded,
            403,
            "REQUEST_LIMIT_EXCEEDED",
            None,
        ),
        (Fault::ConcurrentLimit, 403, "REQUEST_LIMIT_EXCEEDED", None),
        (Fault::ServerError, 500, "UNKNOWN_EXCEPTION", None),
        (Fault::InternalUnavailable, 500, "SERVER_UNAVAILABLE", None),
        (
            Fault::Unavailable { retry_after: None },
            503,
            "SERVER_UNAVAILABLE",
            None,
        ),
        (
            Fault::Unavailable {
                retry_after: Some(2),
            },
            503,
            "SERVER_UNAVAILABLE",
            Some("2"),
        ),
    ] {
        client
            .sandbox
            .add_fault(next(1, fault, Moment::Before))
            .unwrap();
        let request = axum::http::Request::get(QUERY)
            .header("Authorization", format!("Bearer {}", client.token))
            .body(axum::body::Body::empty())
            .unwrap();
        let response = common::call(&client.sandbox, request).await;
        let header = response.headers().get("Retry-After");
        assert_eq!(header.map(|value| value.to_str().unwrap()), retry_after);
        let (found, response) = common::json(response).await;
        assert_eq!(
            (found.as_u16(), &response[0]["errorCode"]),
            (status, &json!(code))
        );
        assert_eq!(
            client.get(QUERY).await.0,
            StatusCode::OK,
            "the next call succeeds"
        );
    }
}

#[tokio::test]
async fn an_expired_token_is_no_longer_valid() {
    let client = Client::new().await;
    client
        .sandbox
        .add_fault(next(1, Fault::ExpiredToken, Moment::Before))
        .unwrap();
    for _ in 0..2 {
        let (status, response) = client.get(QUERY).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(response[0]["errorCode"], "INVALID_SESSION_ID");
    }
    let renewed = Client::of(client.sandbox.clone()).await;
    assert_eq!(renewed.get(QUERY).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_reset_resets_the_connection() {
    let wire = Wire::start().await;
    wire.plan(next(1, Fault::Reset, Moment::Before));
    let response = wire.get("").await;
    assert_eq!(
        response.end.unwrap_err().kind(),
        io::ErrorKind::ConnectionReset
    );
    assert_eq!(response.head, "");
    assert!(wire.get("").await.unframed().1);
}

/// The cause of duplicates: in both cases the caller sees the same, and only one of them wrote.
#[tokio::test]
async fn a_failed_write_has_taken_effect_or_not_as_planned() {
    let wire = Wire::start().await;
    wire.plan(next(1, Fault::Reset, Moment::Before));
    assert!(wire.create().await.end.is_err());
    assert_eq!(wire.doubled().await, 0);

    wire.plan(next(1, Fault::Reset, Moment::After));
    assert!(wire.create().await.end.is_err());
    assert_eq!(wire.doubled().await, 1);

    let unavailable = Fault::Unavailable { retry_after: None };
    wire.plan(next(1, unavailable.clone(), Moment::After));
    assert!(wire.create().await.head.starts_with("HTTP/1.1 503 "));
    assert_eq!(wire.doubled().await, 2);
    wire.plan(next(1, unavailable, Moment::Before));
    assert!(wire.create().await.head.starts_with("HTTP/1.1 503 "));
    assert_eq!(wire.doubled().await, 2);

    wire.plan(next(1, Fault::CutBody, Moment::Before));
    assert!(!wire.create().await.unframed().1);
    assert_eq!(
        wire.doubled().await,
        3,
        "a cut body belongs to a completed write"
    );
}

#[tokio::test]
async fn bodies_are_cut_in_the_middle() {
    let wire = Wire::start().await;
    let whole = wire.get("").await.unframed().0;
    wire.plan(next(2, Fault::CutBody, Moment::Before));
    let response = wire.get("").await;
    assert!(response.head.starts_with("HTTP/1.1 200 OK"));
    let (body, complete) = response.unframed();
    assert!(!complete);
    assert_eq!(body, whole[..whole.len() / 2]);

    let compressed = wire.get("Accept-Encoding: gzip\r\n").await;
    assert!(!compressed.unframed().1);
}

#[tokio::test]
async fn a_stalled_body_stops_and_then_ends() {
    let wire = Wire::start().await;
    let whole = wire.get("").await.unframed().0;
    wire.plan(next(
        1,
        Fault::StalledBody { seconds: 0.05 },
        Moment::Before,
    ));
    let (body, complete) = wire.get("").await.unframed();
    assert!(!complete);
    assert_eq!(body, whole[..whole.len() / 2]);

    wire.plan(next(
        1,
        Fault::StalledBody { seconds: 3_600.0 },
        Moment::Before,
    ));
    let patience = Duration::from_millis(200);
    assert!(tokio::time::timeout(patience, wire.get("")).await.is_err());
}

#[tokio::test]
async fn a_slow_body_is_whole() {
    let wire = Wire::start().await;
    let whole = wire.get("").await.unframed();
    wire.plan(next(1, Fault::SlowBody { seconds: 0.05 }, Moment::Before));
    assert_eq!(wire.get("").await.unframed(), whole);

    wire.plan(next(1, Fault::SlowBody { seconds: 0.05 }, Moment::Before));
    let path = format!("{CREATE}/0015g0000000000AAA");
    let response = wire.exchange("DELETE", &path, "", "").await;
    assert!(
        response.head.starts_with("HTTP/1.1 204 "),
        "{}",
        response.head
    );
}

#[tokio::test]
async fn malformed_json_is_sent_as_a_complete_body() {
    let wire = Wire::start().await;
    wire.plan(next(1, Fault::MalformedJson, Moment::Before));
    let response = wire.get("Accept-Encoding: gzip\r\n").await;
    assert!(response.head.starts_with("HTTP/1.1 200 OK"));
    let (body, complete) = response.unframed();
    assert!(complete);
    let error = serde_json::from_slice::<Value>(&body).unwrap_err();
    assert!(error.is_eof(), "{error}");
}

#[tokio::test]
async fn gzip_is_used_if_requested_or_planned() {
    let wire = Wire::start().await;
    let whole = wire.get("").await;
    assert_eq!(whole.header("content-encoding"), None);
    let asked = wire.get("Accept-Encoding: gzip\r\n").await;
    wire.plan(next(1, Fault::Gzip, Moment::Before));
    let planned = wire.get("").await;
    for response in [asked, planned] {
        assert_eq!(response.header("content-encoding"), Some("gzip"));
        let mut body = Vec::new();
        GzDecoder::new(response.unframed().0.as_slice())
            .read_to_end(&mut body)
            .unwrap();
        assert_eq!(body, whole.unframed().0);
    }
}

#[tokio::test]
async fn an_empty_response_body_can_be_cut_too() {
    let wire = Wire::start().await;
    let path = format!("{CREATE}/0015g0000000000AAA");
    wire.plan(next(1, Fault::CutBody, Moment::Before));
    let response = wire.exchange("DELETE", &path, "", "").await;
    assert!(
        response.head.starts_with("HTTP/1.1 200 OK"),
        "{}",
        response.head
    );
    assert!(!response.unframed().1);
    assert_eq!(wire.client.count("Account").await, 4_999);
}

#[tokio::test]
async fn a_locked_row_fails_alone_or_rolls_back_all() {
    let client = Client::new().await;
    let path = "/services/data/v60.0/composite/sobjects";
    let record = json!({ "attributes": { "type": "Account" }, "Name": "Doubled" });
    let locked = || {
        client
            .sandbox
            .add_fault(next(1, Fault::LockedRow, Moment::Before))
            .unwrap();
    };

    locked();
    assert_eq!(
        client.get(QUERY).await.0,
        StatusCode::OK,
        "a lock does not affect a read"
    );
    let (status, response) = client
        .send("POST", CREATE, &json!({ "Name": "Doubled" }))
        .await;
    assert_eq!(
        (status, &response[0]["errorCode"]),
        (StatusCode::BAD_REQUEST, &json!("UNABLE_TO_LOCK_ROW"))
    );

    for (all_or_none, second, kept) in [
        (false, Value::Null, 1),
        (true, json!("ALL_OR_NONE_OPERATION_ROLLED_BACK"), 1),
    ] {
        locked();
        let body = json!({ "allOrNone": all_or_none, "records": [record, record] });
        let (_, results) = client.send("POST", path, &body).await;
        assert_eq!(results[0]["errors"][0]["statusCode"], "UNABLE_TO_LOCK_ROW");
        assert_eq!(results[1]["errors"][0]["statusCode"], second);
        assert_eq!(client.count("Account WHERE Name = 'Doubled'").await, kept);
    }
}

#[tokio::test]
async fn plans_are_added_and_shown_over_http() {
    let client = Client::new().await;
    let plan = json!({
        "next": {
            "count": 2,
            "fault": { "kind": "rate_limited", "retry_after": 2 },
            "calls": { "path": "/services/data/v60.0/query", "method": "GET" },
        }
    });
    let (status, report) = client.send("POST", "/sandbox/faults", &plan).await;
    assert_eq!(status, StatusCode::CREATED);
    let mut expected = plan;
    expected["next"]["moment"] = json!("before");
    assert_eq!(
        report,
        json!({ "calls": 1, "writes": 0, "faults": 0, "injected": {}, "plans": [expected] }),
        "the only call requested the token"
    );

    assert_eq!(
        client.get("/services/data/v60.0/sobjects").await.0,
        StatusCode::OK
    );
    assert_eq!(client.get(QUERY).await.0, StatusCode::TOO_MANY_REQUESTS);
    let (_, report) = client.get("/sandbox/faults").await;
    assert_eq!(
        (&report["calls"], &report["injected"]),
        (&json!(3), &json!({ "rate_limited": 1 }))
    );
    assert_eq!(report["plans"][0]["next"]["count"], 1);

    assert_eq!(
        client.delete("/sandbox/faults").await,
        (StatusCode::NO_CONTENT, Value::Null)
    );
    assert_eq!(client.get(QUERY).await.0, StatusCode::OK);
    let (_, report) = client.get("/sandbox/faults").await;
    assert_eq!(
        (&report["calls"], &report["plans"]),
        (&json!(1), &json!([]))
    );

    for (body, reason) in [
        (
            json!({ "rate": { "probability": 2 } }),
            "the probability must be from 0 to 1",
        ),
        (
            json!({ "next": { "count": 1, "fault": { "kind": "gremlin" } } }),
            "unknown variant `gremlin`",
        ),
        (
            json!({ "next": { "count": 1, "fault": { "kind": "reset" }, "how": 1 } }),
            "unknown field `how`",
        ),
        (
            json!({ "next": { "count": 1, "fault": { "kind": "expired_token" }, "moment": "after" } }),
            "fault `expired_token` does not support this `moment`",
        ),
    ] {
        let (status, response) = client.send("POST", "/sandbox/faults", &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(
            response["error"].as_str().unwrap().starts_with(reason),
            "{response}"
        );
    }
}

#[tokio::test]
async fn a_configured_rate_is_reproducible_by_its_seed() {
    let run = |seed| async move {
        let faults = vec![
            Fault::ServerError,
            Fault::RequestLimitExceeded,
            Fault::LockedRow,
        ];
        let rate = Rate {
            probability: 0.5,
            seed,
            faults,
            moment: Moment::Either,
            calls: Calls::default(),
        };
        let config = Config {
            faults: vec![FaultPlan::Rate(rate)],
            ..Config::default()
        };
        let client = Client::of(Sandbox::new(config).unwrap()).await;
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(client.get(QUERY).await.0.as_u16());
        }
        let report = client.sandbox.fault_report();
        assert_eq!(
            report.faults,
            statuses.iter().filter(|status| **status != 200).count() as u64
        );
        statuses
    };
    let statuses = run(1).await;
    assert_eq!(statuses, run(1).await);
    assert_ne!(statuses, run(2).await);
    for status in [200, 403, 500] {
        assert!(statuses.contains(&status), "{status}");
    }
    let nonsense = Config {
        faults: vec![next(1, Fault::ExpiredToken, Moment::After)],
        ..Config::default()
    };
    assert!(matches!(
        Sandbox::new(nonsense),
        Err(Error::Fault(PlanError::Moment { .. }))
    ));
}

#[tokio::test]
async fn the_two_limits_differ_in_their_message() {
    let client = Client::new().await;
    for (fault, message) in [
        (Fault::RequestLimitExceeded, "TotalRequests Limit exceeded."),
        (
            Fault::ConcurrentLimit,
            "ConcurrentPerOrgLongTxn Limit exceeded.",
        ),
    ] {
        client
            .sandbox
            .add_fault(next(1, fault, Moment::Before))
            .unwrap();
        assert_eq!(client.get(QUERY).await.1[0]["message"], message);
    }
}

#[tokio::test]
async fn an_error_can_be_a_page_of_html() {
    let wire = Wire::start().await;
    wire.plan(next(1, Fault::HtmlError, Moment::Before));
    let response = wire.get("").await;
    assert!(
        response.head.starts_with("HTTP/1.1 500 "),
        "{}",
        response.head
    );
    assert!(
        response
            .header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert!(response.body.starts_with(b"<html>"));
}

#[tokio::test]
async fn pages_can_contradict_themselves() {
    let client = Client::new().await;
    let path = common::query_path("SELECT Id FROM Account");
    let plan = |fault| {
        let plan = next(1, fault, Moment::Before);
        client.sandbox.add_fault(plan).unwrap();
    };
    plan(Fault::MissingNextUrl);
    assert_eq!(
        client.get("/services/data/v60.0/sobjects").await.0,
        StatusCode::OK
    );
    for (fault, done, records) in [
        (None, false, 2_000),
        (Some(Fault::PrematureDone), true, 1_000),
    ] {
        if let Some(fault) = fault {
            plan(fault);
        }
        let (status, page) = client.get_with(&path, &[("Accept-Encoding", "gzip")]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            (&page["totalSize"], &page["done"]),
            (&json!(5_000), &json!(done))
        );
        assert_eq!(page.get("nextRecordsUrl"), None);
        assert_eq!(page["records"].as_array().unwrap().len(), records);
    }
    plan(Fault::PrematureDone);
    assert_eq!(
        client.query_error("SELECT").await.0,
        "MALFORMED_QUERY",
        "errors stay as they are"
    );
}

#[tokio::test]
async fn userinfo_can_refuse_with_a_reason() {
    let client = Client::new().await;
    for reason in ["Wrong_Org", "Inactive_User", "insufficient_scope"] {
        let fault = json!({ "kind": "forbidden", "reason": reason });
        let calls = json!({ "path": "/services/oauth2/userinfo" });
        let plan = json!({ "next": { "count": 1, "fault": fault, "calls": calls } });
        client.send("POST", "/sandbox/faults", &plan).await;
        let request = axum::http::Request::get("/services/oauth2/userinfo")
            .header("Authorization", format!("Bearer {}", client.token))
            .body(axum::body::Body::empty())
            .unwrap();
        let response = common::call(&client.sandbox, request).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(common::bytes(response).await, reason.as_bytes());
    }
}
