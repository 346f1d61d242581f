//! Which requests are retried, and that none outlives its deadline.

mod support;

use std::time::{Duration, Instant};

use appflow_connector_http::{HttpClient, Repeat, Request, RetryPolicy};
use appflow_connector_model::ErrorCode;
use support::{Reply, Server, bytes, gzip, http, ok, quick, reply};

/// Faults of one attempt. A stalled response has its own test.
fn faults() -> Vec<(&'static str, Reply)> {
    let gzipped = "Content-Encoding: gzip\r\n";
    let (packed, half) = (gzip(b"[1,2,3]"), gzip(b"[1,2,3]")[..15].to_vec());
    vec![
        (
            "throttled",
            reply("429 Too Many Requests", "Retry-After: 0\r\n", ""),
        ),
        (
            "internal error",
            reply("500 Internal Server Error", "", "<html>"),
        ),
        ("bad gateway", reply("502 Bad Gateway", "", "<html>")),
        (
            "unknown error of a proxy",
            reply("520 Web Server Returned an Unknown Error", "", ""),
        ),
        ("down", reply("503 Service Unavailable", "", "")),
        (
            "slow behind a gateway",
            reply("504 Gateway Timeout", "", ""),
        ),
        ("reset", Reply::Reset),
        ("closed", Reply::Cut(vec![])),
        (
            "cut in the head",
            Reply::Cut(b"HTTP/1.1 200 OK\r\nConte".to_vec()),
        ),
        (
            "cut in the body",
            Reply::Cut(bytes("200 OK", "", b"[1,2", 7)),
        ),
        (
            "cut compressed",
            Reply::Cut(bytes("200 OK", gzipped, &half, packed.len())),
        ),
        ("compressed and short", reply("200 OK", gzipped, half)),
        ("not compressed at all", reply("200 OK", gzipped, "[1,2,3]")),
        ("malformed JSON", ok("[1,2")),
        ("an HTML page", ok("<html>maintenance</html>")),
        (
            "cut error",
            Reply::Cut(bytes("503 Service Unavailable", "", b"we", 7)),
        ),
    ]
}

#[tokio::test]
async fn idempotent_requests_survive_every_fault() {
    for (name, fault) in faults() {
        let server = Server::start([fault.clone(), fault, ok("[1,2,3]")]).await;
        let http = http();
        let numbers = server
            .session(&http)
            .fetch::<Vec<u8>>(Request::get("a"))
            .await;
        assert_eq!(numbers, Ok(vec![1, 2, 3]), "{name}");
        assert_eq!(server.requests().len(), 3, "{name}");
    }
}

#[tokio::test]
async fn other_requests_are_sent_once_unless_the_caller_allows_more() {
    for (name, fault) in faults() {
        let made = async |repeat: Option<Repeat>| {
            let server = Server::start([fault.clone(), ok("[1,2,3]")]).await;
            let http = http();
            let session = server.session(&http);
            let request = Request::post("a").json(&1);
            let request = match repeat {
                Some(repeat) => request.repeat(repeat),
                None => request,
            };
            let result = session.fetch::<Vec<u8>>(request).await;
            (result, server.requests().len())
        };
        let (result, calls) = made(None).await;
        assert_eq!((result.is_err(), calls), (true, 1), "{name}");
        let (result, calls) = made(Some(Repeat::Always)).await;
        assert_eq!((result.is_ok(), calls), (true, 2), "{name}");
        let (result, calls) = made(Some(Repeat::IfRefused)).await;
        let is_refused = name == "throttled";
        assert_eq!(
            (result.is_ok(), calls),
            (is_refused, 1 + usize::from(is_refused)),
            "{name}"
        );
        if let Err(error) = result {
            assert!(
                error
                    .message()
                    .ends_with("(it is unknown whether the request took effect)"),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn errors_that_a_retry_cannot_fix_are_not_retried() {
    for status in [
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "501 Not Implemented",
        "505 HTTP Version Not Supported",
        "511 Network Authentication Required",
    ] {
        let (server, http) = (Server::start([reply(status, "", "")]).await, http());
        server
            .session(&http)
            .send(Request::get("a"))
            .await
            .unwrap_err();
        assert_eq!(server.requests().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn after_the_last_attempt_the_error_says_when_to_retry() {
    for (fault, code) in [
        (
            reply("429 Too Many Requests", "", ""),
            ErrorCode::RateLimitExceeded,
        ),
        (
            reply("503 Service Unavailable", "", ""),
            ErrorCode::ServiceUnavailable,
        ),
        (reply("502 Bad Gateway", "", ""), ErrorCode::ServerError),
        (Reply::Reset, ErrorCode::ServiceUnavailable),
    ] {
        let server = Server::start([fault]).await;
        let http = http();
        let error = server
            .session(&http)
            .send(Request::get("a"))
            .await
            .unwrap_err();
        assert_eq!((error.code(), error.retry_after_seconds()), (code, Some(1)));
        assert_eq!(server.requests().len(), 6);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let base = url.parse().unwrap();
    drop(listener);
    let http = http();
    let deadline = Instant::now() + Duration::from_secs(10);
    let session = http.session(base, appflow_connector_http::Auth::none(), deadline);
    let error = session.send(Request::get("a")).await.unwrap_err();
    assert_eq!(
        (error.code(), error.retry_after_seconds()),
        (ErrorCode::ServiceUnavailable, Some(1))
    );
    assert!(
        error
            .message()
            .starts_with(&format!("Example cannot be reached at {url}: ")),
        "{error}"
    );
}

#[tokio::test]
async fn a_wait_that_the_application_names_is_observed_or_passed_on() {
    let busy = |wait: &str| {
        reply(
            "429 Too Many Requests",
            &format!("Retry-After: {wait}\r\n"),
            "",
        )
    };
    let http = http();

    let server = Server::start([busy("1"), ok("1")]).await;
    let start = Instant::now();
    server.session(&http).send(Request::get("a")).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));

    let server = Server::start([busy("120"), ok("1")]).await;
    let error = server
        .session(&http)
        .send(Request::get("a"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.retry_after_seconds()),
        (ErrorCode::RateLimitExceeded, Some(120))
    );
    assert_eq!(server.requests().len(), 1);

    // 2117, long after the deadline.
    let server = Server::start([busy("Fri, 31 Dec 2117 23:59:59 GMT"), ok("1")]).await;
    let error = server
        .session(&http)
        .send(Request::get("a"))
        .await
        .unwrap_err();
    assert!(error.retry_after_seconds() > Some(1_000_000));
}

#[tokio::test]
async fn a_stalled_attempt_leaves_time_for_another() {
    for stalled in [
        Reply::Stall(vec![]),
        Reply::Stall(bytes("200 OK", "", b"[1", 7)),
    ] {
        let server = Server::start([stalled, ok("[1,2,3]")]).await;
        let http = http();
        let session = server.session_of(&http, Duration::from_secs(3));
        assert_eq!(
            session.fetch::<Vec<u8>>(Request::get("a")).await,
            Ok(vec![1, 2, 3])
        );

        let server = Server::start([Reply::Stall(vec![]), ok("1")]).await;
        let session = server.session(&http);
        let request = Request::get("a").max_attempt_time(Duration::from_millis(100));
        let response = session.send(request).await;
        assert_eq!(response.unwrap().text(), Ok("1"));
    }
}

/// Requests end 250 ms before the deadline, to leave time for the response; 200 ms after it would
/// be too late.
#[tokio::test]
async fn no_request_outlives_its_deadline() {
    let slow = Duration::from_mins(1);
    for (fault, retry) in [
        (Reply::Stall(vec![]), RetryPolicy::default()),
        (Reply::Stall(vec![]), RetryPolicy::never()),
        (
            Reply::Stall(bytes("200 OK", "", b"[1", 7)),
            RetryPolicy::default(),
        ),
        (
            Reply::Stall(bytes("503 Service Unavailable", "", b"we", 7)),
            RetryPolicy::default(),
        ),
        (
            Reply::Drip(bytes("200 OK", "", &[b' '; 1_000], 1_000)),
            RetryPolicy::default(),
        ),
        (
            Reply::Reset,
            RetryPolicy::builder().max_attempts(1_000).build(),
        ),
        (
            reply("503 Service Unavailable", "", ""),
            RetryPolicy::builder()
                .first_delay(slow)
                .max_delay(slow)
                .build(),
        ),
        (
            reply("429 Too Many Requests", "Retry-After: 1\r\n", ""),
            RetryPolicy::default(),
        ),
    ] {
        let server = Server::start([fault]).await;
        let http = HttpClient::builder()
            .application("Example")
            .retry(retry)
            .random(|| 0.5)
            .build();
        let time = Duration::from_millis(1_500);
        let start = Instant::now();
        let error = server
            .session_of(&http, time)
            .send(Request::get("a"))
            .await
            .unwrap_err();
        assert!(
            start.elapsed() <= time + Duration::from_millis(200),
            "{error}"
        );
        assert!(
            matches!(
                error.code(),
                ErrorCode::RequestTimeout
                    | ErrorCode::ServiceUnavailable
                    | ErrorCode::RateLimitExceeded
            ),
            "{error}"
        );
        assert!(error.retry_after_seconds() >= Some(1), "{error}");
    }
}

#[tokio::test]
async fn after_the_deadline_no_request_is_sent() {
    let (server, http) = (Server::start([ok("1")]).await, http());
    let session = server.session_of(&http, Duration::ZERO);
    let error = session.send(Request::get("a")).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::RequestTimeout);
    assert_eq!(error.message(), "no time is left to call Example");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn the_clients_limit_delays_requests() {
    let server = Server::start([ok("1")]).await;
    let http = HttpClient::builder()
        .application("Example")
        .retry(quick())
        .calls_per_second(1)
        .build();
    server.session(&http).send(Request::get("a")).await.unwrap();
    let session = server.session_of(&http, Duration::from_millis(700));
    let error = session.send(Request::get("a")).await.unwrap_err();
    assert_eq!(
        (error.code(), error.retry_after_seconds()),
        (ErrorCode::RateLimitExceeded, Some(1))
    );
    assert_eq!(server.requests().len(), 1);
    server.session(&http).send(Request::get("a")).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}
