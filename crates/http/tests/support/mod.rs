//! A server on a loopback port that replies as it is told: correctly, with faults, late or not at
//! all.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use appflow_connector_http::{Auth, BaseUrl, HttpClient, RetryPolicy, Session};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The reply to a request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// These bytes; the connection stays open for the next request.
    Complete(Vec<u8>),
    /// These bytes, and then the connection is closed.
    Cut(Vec<u8>),
    /// These bytes, and then nothing.
    Stall(Vec<u8>),
    /// These bytes, one every 50 ms.
    Drip(Vec<u8>),
    /// The connection is reset.
    Reset,
}

/// A response with its length.
pub(crate) fn reply(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    Reply::Complete(bytes(status, headers, body.as_ref(), body.as_ref().len()))
}

pub(crate) fn ok(body: &str) -> Reply {
    reply("200 OK", "", body)
}

/// A response that announces `length` bytes of body.
pub(crate) fn bytes(status: &str, headers: &str, body: &[u8], length: usize) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

pub(crate) fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Gives the n-th request the n-th reply, and the last reply to all that follow.
    pub(crate) async fn start(replies: impl Into<Vec<Reply>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            requests: Arc::default(),
            connections: Arc::default(),
        };
        let (replies, requests) = (Arc::new(replies.into()), Arc::clone(&server.requests));
        let connections = Arc::clone(&server.connections);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, Arc::clone(&replies), Arc::clone(&requests)));
            }
        });
        server
    }

    /// The requests so far, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn base(&self) -> BaseUrl {
        self.url.parse().unwrap()
    }

    /// A session of ten seconds with this server, with the token `t0ken`.
    pub(crate) fn session<'a>(&self, http: &'a HttpClient) -> Session<'a> {
        self.session_of(http, Duration::from_secs(10))
    }

    pub(crate) fn session_of<'a>(&self, http: &'a HttpClient, time: Duration) -> Session<'a> {
        http.session(
            self.base(),
            Auth::bearer("t0ken".into()),
            Instant::now() + time,
        )
    }
}

async fn serve(mut stream: TcpStream, replies: Arc<Vec<Reply>>, requests: Arc<Mutex<Vec<String>>>) {
    while let Some(request) = read_request(&mut stream).await {
        let index = {
            let mut requests = requests.lock().unwrap();
            requests.push(request);
            requests.len() - 1
        };
        match &replies[index.min(replies.len() - 1)] {
            Reply::Complete(bytes) => {
                if stream.write_all(bytes).await.is_err() {
                    return;
                }
            }
            Reply::Cut(bytes) => {
                let _ = stream.write_all(bytes).await;
                return;
            }
            Reply::Stall(bytes) => {
                let _ = stream.write_all(bytes).await;
                std::future::pending::<()>().await;
            }
            Reply::Drip(bytes) => {
                for byte in bytes {
                    if stream.write_all(&[*byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            Reply::Reset => {
                stream.set_zero_linger().unwrap();
                return;
            }
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(text.into_owned());
            }
        }
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
}

/// Waits of milliseconds.
pub(crate) fn quick() -> RetryPolicy {
    let delay = Duration::from_millis(10);
    RetryPolicy::builder()
        .first_delay(delay)
        .max_delay(delay)
        .build()
}

pub(crate) fn http() -> HttpClient {
    HttpClient::builder()
        .application("Example")
        .retry(quick())
        .build()
}
