//! Clients that stall, that are too many and that other sites send, over real connections.

use std::future::pending;
use std::net::Ipv4Addr;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Extension, Router};
use loopback_server::{BodyError, Connection, Options, Server, read_body};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

const SECOND: Duration = Duration::from_secs(1);
/// Ends a test that hangs.
const LONG: Duration = Duration::from_secs(30);
const HELLO: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn router() -> Router {
    let limited = async |body: Body| match read_body(body, 1000).await {
        Ok(body) => Ok(body.len().to_string()),
        Err(BodyError::TooLarge) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::BAD_REQUEST),
    };
    let reset = async |Extension(connection): Extension<Connection>| connection.reset();
    Router::new()
        .route("/", get(async || "hello"))
        .route("/reset", get(reset))
        .route(
            "/slow",
            get(async || {
                sleep(SECOND).await;
                "late"
            }),
        )
        .route("/never", get(async || pending::<()>().await))
        .route("/large", get(async || "x".repeat(50_000_000)))
        .route("/body", post(limited))
}

async fn server(change: impl FnOnce(&mut Options)) -> Server {
    let mut options = Options::default();
    change(&mut options);
    let any_port = (Ipv4Addr::LOCALHOST, 0).into();
    Server::bind(any_port, router(), options).await.unwrap()
}

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.address()).await.unwrap()
}

async fn send(server: &Server, request: &str) -> TcpStream {
    let mut stream = connect(server).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Reads to the end of a connection. Panics if it stays open.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end, too.
    let _ = timeout(LONG, stream.read_to_end(&mut bytes))
        .await
        .expect("the connection is still open");
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn exchange(server: &Server, request: &str) -> String {
    let request = request.replacen("\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1);
    read_to_end(&mut send(server, &request).await).await
}

#[tokio::test]
async fn a_request_of_another_site_gets_403_with_what_is_allowed() {
    let server = server(|_| {}).await;
    let status_of = async |header: &str| {
        exchange(&server, &format!("GET / HTTP/1.1\r\n{header}\r\n\r\n")).await
    };
    assert!(status_of("Host: localhost").await.ends_with("hello"));
    for header in [
        "Host: rebound.example",
        "Host: localhost\r\nOrigin: https://evil.example",
        "Host: localhost\r\nSec-Fetch-Site: cross-site",
    ] {
        let response = status_of(header).await;
        assert!(response.starts_with("HTTP/1.1 403 "), "{response}");
        assert!(response.contains("allowed: "), "{response}");
    }
}

#[tokio::test]
async fn a_connection_that_is_not_admitted_gets_403() {
    let server = server(|options| {
        options.admission = Some(std::sync::Arc::new(|_| Err("not you".to_owned())));
    })
    .await;
    let response = exchange(&server, HELLO).await;
    assert!(response.starts_with("HTTP/1.1 403 ") && response.ends_with("not you\n"));
}

#[tokio::test]
async fn half_requests_are_closed() {
    let server = server(|options| {
        options.head_timeout = Duration::from_millis(200);
        options.body_timeout = Duration::from_millis(200);
    })
    .await;
    let halves = [
        "",
        "GET / HTTP/1.1\r\nHost: local",
        "POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf",
        "POST /body HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf",
    ];
    let mut streams = Vec::new();
    for number in 0..20 {
        streams.push(send(&server, halves[number % halves.len()]).await);
    }
    for stream in &mut streams {
        assert_eq!(read_to_end(stream).await, "");
    }
}

#[tokio::test]
async fn a_slow_drip_does_not_extend_the_time() {
    let server = server(|options| options.head_timeout = Duration::from_millis(300)).await;
    let mut stream = connect(&server).await;
    let drip = async {
        while stream.write_all(b"G").await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, drip)
        .await
        .expect("the connection is still open");
}

#[tokio::test]
async fn a_body_may_take_longer_as_long_as_it_moves_on() {
    let server = server(|options| {
        options.body_timeout = Duration::from_millis(400);
        options.max_body_bytes = 10_000_000;
    })
    .await;
    let head = "POST /body HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length";
    let mut steady = send(&server, &format!("{head}: 640000\r\n\r\n")).await;
    for _ in 0..10 {
        steady.write_all(&vec![b'x'; 64_000]).await.unwrap();
        sleep(Duration::from_millis(100)).await;
    }
    assert!(read_to_end(&mut steady).await.starts_with("HTTP/1.1 "));

    // Ten bytes a second are not enough, and neither is a large beginning.
    let mut drip = send(&server, &format!("{head}: 640000\r\n\r\n")).await;
    for _ in 0..30 {
        let _ = drip.write_all(b"x").await;
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(read_to_end(&mut drip).await, "");
    let mut stalled = send(&server, &format!("{head}: 640000\r\n\r\n")).await;
    stalled.write_all(&vec![b'x'; 320_000]).await.unwrap();
    assert_eq!(read_to_end(&mut stalled).await, "");
}

#[tokio::test]
async fn an_idle_connection_and_an_unread_response_are_closed() {
    let server = server(|options| {
        options.idle_timeout = Duration::from_millis(200);
        options.response_timeout = Duration::from_millis(200);
    })
    .await;
    let mut idle = send(&server, HELLO).await;
    assert!(read_to_end(&mut idle).await.ends_with("hello"));

    let mut unread = send(&server, "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    sleep(SECOND).await;
    assert!(read_to_end(&mut unread).await.len() < 50_000_000);
}

#[tokio::test]
async fn a_handler_may_take_longer_than_every_limit() {
    let server = server(|options| {
        options.head_timeout = Duration::from_millis(100);
        options.idle_timeout = Duration::from_millis(100);
        options.body_timeout = Duration::from_millis(100);
        options.response_timeout = Duration::from_millis(100);
        options.max_connections = 1;
    })
    .await;
    let mut slow = send(&server, "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    sleep(Duration::from_millis(50)).await;
    let waits = send(&server, HELLO).await;
    assert!(read_to_end(&mut slow).await.ends_with("late"));
    drop(waits);
}

#[tokio::test]
async fn silent_connections_do_not_keep_others_out() {
    let server = server(|options| options.max_connections = 8).await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(connect(&server).await);
    }
    let response = timeout(LONG, exchange(&server, HELLO))
        .await
        .expect("nothing is served");
    assert!(response.ends_with("hello"), "{response}");
    // The oldest was closed to make room.
    assert_eq!(read_to_end(&mut silent[0]).await, "");
}

#[tokio::test]
async fn a_body_a_little_over_the_limit_gets_a_response_after_it_was_sent() {
    let server = server(|_| {}).await;
    let post = async |size: usize| {
        let body = "x".repeat(size);
        let head = format!("POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}");
        exchange(&server, &format!("{head}\r\n\r\n{body}")).await
    };
    assert!(post(1000).await.ends_with("1000"));
    let response = post(1_000_000).await;
    assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
}

/// The client sends only the head and waits: the response does not wait for the body.
#[tokio::test]
async fn a_body_far_over_the_limit_is_refused_before_it_is_sent() {
    let server = server(|options| options.body_timeout = SECOND).await;
    for size in [2_000_000, 30_000_000, 9_000_000_000_u64] {
        let head = format!("POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}");
        let mut stream = send(&server, &format!("{head}\r\n\r\n")).await;
        let response = read_to_end(&mut stream).await;
        assert!(response.starts_with("HTTP/1.1 413 "), "{size}: {response}");
    }
}

#[tokio::test]
async fn a_body_without_a_length_is_read_up_to_a_mebibyte_over_the_limit() {
    let server = server(|options| options.max_body_bytes = 100_000_000).await;
    let head = "POST /body HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut stream = send(&server, head).await;
    let chunk = format!("{:x}\r\n{}\r\n", 100_000, "x".repeat(100_000));
    let (mut reader, mut writer) = stream.split();
    let writing = async {
        let mut sent = 0_usize;
        while writer.write_all(chunk.as_bytes()).await.is_ok() {
            sent += chunk.len();
        }
        sent
    };
    let mut response = String::new();
    let (_, sent) = tokio::join!(reader.read_to_string(&mut response), writing);
    // The operating system keeps some for both ends.
    assert!(sent < 50_000_000, "{sent}");
    assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
}

#[tokio::test]
async fn a_handler_can_reset_its_connection() {
    let server = server(|_| {}).await;
    let mut stream = send(&server, "GET /reset HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let error = stream.read(&mut [0; 100]).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_shutdown_waits_for_requests_in_progress_and_not_for_ever() {
    let server = server(|options| options.grace = 2 * SECOND).await;
    let address = server.address();
    let mut slow = send(&server, "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let mut never = send(&server, "GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let mut half = send(&server, "GET / HTTP/1.1\r\nHost: local").await;
    sleep(Duration::from_millis(100)).await;

    timeout(LONG, server.shutdown())
        .await
        .expect("the shutdown does not end");
    assert!(read_to_end(&mut slow).await.ends_with("late"));
    assert_eq!(read_to_end(&mut never).await, "");
    assert_eq!(read_to_end(&mut half).await, "");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_idle_connections() {
    // Their own limits, and the grace time, are longer than the test waits.
    let server = server(|options| {
        options.grace = 10 * LONG;
        options.head_timeout = 10 * LONG;
        options.idle_timeout = 10 * LONG;
    })
    .await;
    let _idle = send(&server, HELLO).await;
    let _silent = connect(&server).await;
    sleep(Duration::from_millis(100)).await;
    timeout(LONG, server.shutdown())
        .await
        .expect("the shutdown does not end");
}

#[tokio::test]
async fn a_dropped_server_closes_everything() {
    let server = server(|_| {}).await;
    let mut never = send(&server, "GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    sleep(Duration::from_millis(100)).await;
    drop(server);
    assert_eq!(read_to_end(&mut never).await, "");
}
