//! Which addresses are connected to, whatever a host's name resolves to, and what an error says
//! when there is no connection.

mod support;

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use appflow_connector_http::{Auth, HttpClient, Repeat, Request, UrlPolicy};
use appflow_connector_model::{ConnectorError, ErrorCode};
use support::{Reply, Server, http, ok, quick};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

const THIS_MACHINE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A client for which every name has this address.
fn resolving_to(address: IpAddr) -> HttpClient {
    HttpClient::builder()
        .application("Example")
        .retry(quick())
        .lookup(move |_| Ok(vec![address]))
        .build()
}

async fn call(http: &HttpClient, policy: UrlPolicy, url: &str) -> ConnectorError {
    let base = policy.check(url).unwrap();
    let deadline = Instant::now() + Duration::from_secs(5);
    let session = http.session(base, Auth::bearer("t0ken".into()), deadline);
    session.send(Request::get("a")).await.unwrap_err()
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_not_connected_to() {
    let server = Server::start([ok("caught")]).await;
    let http = resolving_to(THIS_MACHINE);
    for policy in [
        UrlPolicy::any_host(),
        UrlPolicy::any_host().with_private_networks(),
    ] {
        let url = server
            .url
            .replace("http://127.0.0.1", "https://rebound.example");
        let error = call(&http, policy, &url).await;
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert_eq!(
            error.message(),
            "Example cannot be called: rebound.example resolves to 127.0.0.1, a loopback address"
        );
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_name_is_checked_for_every_connection() {
    let server = Server::start([ok("caught")]).await;
    let lookups = AtomicUsize::new(0);
    let http = HttpClient::builder()
        .application("Example")
        .retry(quick())
        .lookup(move |_| match lookups.fetch_add(1, Ordering::SeqCst) {
            0 => Err(io::ErrorKind::TimedOut.into()),
            _ => Ok(vec![THIS_MACHINE]),
        })
        .build();
    let url = server
        .url
        .replace("http://127.0.0.1", "https://rebound.example");
    let error = call(&http, UrlPolicy::any_host(), &url).await;
    assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn private_networks_and_metadata_services_are_named() {
    for (address, message) in [
        (
            [10, 0, 0, 7],
            "app.example resolves to 10.0.0.7, an address of a private network",
        ),
        (
            [169, 254, 169, 254],
            "app.example resolves to 169.254.169.254, a link-local, metadata or reserved address",
        ),
    ] {
        let http = resolving_to(address.into());
        let error = call(&http, UrlPolicy::any_host(), "https://app.example").await;
        assert_eq!(
            error.message(),
            format!("Example cannot be called: {message}")
        );
    }
}

#[tokio::test]
async fn localhost_is_called_for_development() {
    let server = Server::start([ok("1")]).await;
    let url = server.url.replace("127.0.0.1", "localhost");
    let base = UrlPolicy::any_host().check(&url).unwrap();
    let http = resolving_to(THIS_MACHINE);
    let session = http.session(base, Auth::none(), Instant::now() + Duration::from_secs(10));
    let response = session.send(Request::get("a")).await.unwrap();
    assert_eq!(response.text(), Ok("1"));
}

/// A port of this machine that accepts no further connection and refuses none, as behind a firewall
/// that drops packets: its queue of connections is full.
struct DeafPort {
    url: String,
    _kept: Vec<TcpStream>,
    _listener: TcpListener,
}

impl DeafPort {
    async fn open() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut kept = Vec::new();
        let short = Duration::from_millis(300);
        while let Ok(connected) = timeout(short, TcpStream::connect(address)).await {
            kept.push(connected.unwrap());
        }
        Self {
            url: format!("http://{address}"),
            _kept: kept,
            _listener: listener,
        }
    }
}

#[tokio::test]
async fn a_host_that_does_not_accept_connections_is_named_before_the_deadline() {
    let port = DeafPort::open().await;
    let http = http();
    for request in [
        Request::get("a"),
        Request::post("a"),
        Request::post("a").repeat(Repeat::IfRefused),
    ] {
        let base = port.url.parse().unwrap();
        let deadline = Instant::now() + Duration::from_millis(1_500);
        let session = http.session(base, Auth::none(), deadline);
        let error = session.send(request).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::RequestTimeout);
        assert_eq!(
            error.message(),
            format!(
                "Example cannot be reached at {}: no connection was accepted in time; check that this is Example's host and that the function's network (VPC, security group, firewall) leads to it",
                port.url
            )
        );
    }
}

#[tokio::test]
async fn a_slow_response_is_not_called_a_slow_connection() {
    let server = Server::start([Reply::Stall(vec![])]).await;
    let http = http();
    let session = server.session_of(&http, Duration::from_millis(1_500));
    let error = session.send(Request::get("a")).await.unwrap_err();
    let expected = format!("Example did not respond in time at {}", server.url);
    assert_eq!(error.message(), expected);
}
