//! The local servers: requests of other sites and of other processes, clients that stall, and more
//! calls, bodies and secrets than they take.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;

use crate::programs::program;
use crate::running::{
    ALLOWED_HOST, Running, call, is_of_function, open_files, read_to_end, response_file, wait_until,
};

const LONG: Duration = Duration::from_mins(1);
const JSON: &str = "Content-Type: application/x-amz-json-1.1";
const LIST_SECRETS: &str = "X-Amz-Target: secretsmanager.ListSecrets";

/// Sends one request and returns the response.
fn send(address: &str, start: &str, headers: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    let length = body.len();
    write!(
        stream,
        "{start} HTTP/1.1\r\n{headers}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    )
    .unwrap();
    // Fails if the server does not want the whole body.
    let _ = stream.write_all(body);
    read_to_end(stream)
}

fn status(response: &str) -> u16 {
    let status = response
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("{response:?}"))
}

/// Creates a secret and returns the response.
fn create_secret(address: &str, name: &str, value: &str) -> String {
    let token = format!("{name:0>32}");
    let request = json!({"Name": name, "SecretString": value, "ClientRequestToken": token});
    let headers = format!("Host: {address}\r\n{JSON}\r\nX-Amz-Target: secretsmanager.CreateSecret");
    send(address, "POST /", &headers, request.to_string().as_bytes())
}

/// A request of each service of `local`, with the marks of a request that a web site has caused.
#[test]
fn local_refuses_what_other_sites_send() {
    let running = Running::start("local");
    let address = running.address();
    assert_eq!(status(&create_secret(address, "db", "s3cret")), 200);
    let port = address.rsplit(':').next().unwrap();
    let attacks = [
        // DNS rebinding: the browser thinks that the site itself is at this address.
        format!("Host: rebound.example:{port}"),
        format!("Host: rebound.example:{port}\r\nOrigin: http://rebound.example:{port}"),
        format!("Host: 0.0.0.0:{port}"),
        // A form, and a script with `no-cors`.
        format!("Host: {address}\r\nOrigin: https://evil.example"),
        format!("Host: {address}\r\nOrigin: null"),
        format!("Host: {address}\r\nSec-Fetch-Site: cross-site"),
        format!("Host: {address}\r\nOrigin: http://localhost:3000\r\nSec-Fetch-Site: same-site"),
        "Host: ".to_owned(),
        format!("Host: {address}\r\nHost: rebound.example"),
    ];
    let get_secret = format!("{JSON}\r\nX-Amz-Target: secretsmanager.GetSecretValue");
    for attack in &attacks {
        for (start, headers, body) in [
            ("POST /", get_secret.as_str(), &br#"{"SecretId": "db"}"#[..]),
            ("POST /", LIST_SECRETS, b"{}"),
            (
                "POST /2015-03-31/functions/f/invocations",
                "Content-Type: text/plain",
                b"{}",
            ),
            ("GET /", "Accept: */*", b""),
        ] {
            let response = send(address, start, &format!("{attack}\r\n{headers}"), body);
            assert!(
                [400, 403].contains(&status(&response)),
                "{attack}: {response}"
            );
            assert!(!response.contains("s3cret"), "{attack}: {response}");
        }
    }
    // No call has reached the function.
    assert!(
        !running
            .processes()
            .iter()
            .any(|process| is_of_function(process))
    );
    // Programs are served, by each of the names.
    for host in [address, "localhost", "[::1]", ALLOWED_HOST] {
        let own = format!("Host: {host}\r\n{get_secret}");
        let response = send(address, "POST /", &own, br#"{"SecretId": "db"}"#);
        assert!(response.contains("s3cret"), "{host}: {response}");
    }
}

#[test]
fn local_listens_on_loopback_only() {
    let running = Running::start("local");
    let port = running.address().rsplit(':').next().unwrap();
    let output = Command::new("sh").args(["-c", "hostname -I"]).output();
    let addresses = String::from_utf8(output.unwrap().stdout).unwrap();
    for address in addresses
        .split_whitespace()
        .filter(|address| !address.contains(':'))
    {
        let connected = TcpStream::connect(format!("{address}:{port}"));
        assert!(connected.is_err(), "{address}");
    }
}

/// Returns the address of the Runtime API of a running function.
fn runtime_api(running: &Running) -> String {
    let processes = running.processes();
    let function = processes
        .iter()
        .find(|process| is_of_function(process))
        .unwrap();
    let variables = std::fs::read(function.join("environ")).unwrap();
    let variables = String::from_utf8(variables).unwrap();
    let api = variables
        .split('\0')
        .find_map(|variable| variable.strip_prefix("AWS_LAMBDA_RUNTIME_API="));
    api.unwrap().to_owned()
}

#[test]
fn the_runtime_api_serves_only_its_own_function() {
    let (running, open_call) = Running::with_open_call("local");
    let api = runtime_api(&running);
    let host = format!("Host: {api}");
    // The call that is open, by the id that only the function knows.
    let id = wait_for_id(&running);
    for (start, body) in [
        ("GET /2018-06-01/runtime/invocation/next".to_owned(), ""),
        (
            format!("POST /2018-06-01/runtime/invocation/{id}/response"),
            r#""forged""#,
        ),
        (
            format!("POST /2018-06-01/runtime/invocation/{id}/error"),
            "{}",
        ),
        ("POST /2018-06-01/runtime/init/error".to_owned(), "{}"),
    ] {
        let response = send(&api, &start, &host, body.as_bytes());
        assert_eq!(status(&response), 403, "{start}: {response}");
        assert!(response.contains("serves process"), "{start}: {response}");
    }

    // A call whose payload a foreign poll waits for.
    let mut foreign = TcpStream::connect(&api).unwrap();
    write!(
        foreign,
        "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n{host}\r\n\r\n"
    )
    .unwrap();
    std::fs::write(response_file(&running.folder), "").unwrap();
    for response in [
        read_to_end(open_call.unwrap()),
        read_to_end(call(running.address())),
    ] {
        assert!(response.ends_with(r#"{"isSuccess": true}"#), "{response}");
    }
    foreign.shutdown(Shutdown::Write).unwrap();
    assert!(read_to_end(foreign).starts_with("HTTP/1.1 403 "));
}

/// Returns the id of the open call, which the function has written.
fn wait_for_id(running: &Running) -> String {
    let file = response_file(&running.folder).with_extension("id");
    let mut id = String::new();
    wait_until("the function has the call", || {
        id = std::fs::read_to_string(&file).unwrap_or_default();
        !id.is_empty()
    });
    id
}

#[test]
fn half_requests_are_closed_and_keep_nobody_out() {
    let running = Running::start("local");
    let address = running.address();
    let before = open_files(&running);
    let mut streams: Vec<TcpStream> = (0..300)
        .map(|number| {
            let mut stream = TcpStream::connect(address).unwrap();
            let half = [
                String::new(),
                "POST / HTTP/1.1\r\nHost: local".to_owned(),
                format!("POST / HTTP/1.1\r\nHost: {address}\r\nContent-Length: 9\r\n\r\nhalf"),
            ];
            stream
                .write_all(half[number % half.len()].as_bytes())
                .unwrap();
            stream
        })
        .collect();
    assert_eq!(status(&create_secret(address, "db", "s")), 200);
    // The head has 10 s, the body 30 s.
    for stream in &mut streams {
        stream.set_read_timeout(Some(LONG)).unwrap();
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest);
        let is_open = ended.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        assert!(!is_open, "a half request is still open");
    }
    drop(streams);
    wait_until("the files are closed", || open_files(&running) <= before);
}

#[test]
fn silent_connections_do_not_stop_service_at_256_open_files() {
    let running = Running::start_with_open_files("local", 256);
    let address = running.address();
    let silent: Vec<TcpStream> = (0..300)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    for number in 0..10 {
        let response = create_secret(address, &format!("db-{number}"), "s");
        assert_eq!(status(&response), 200, "{response}");
    }
    drop(silent);
}

#[test]
fn more_calls_than_fit_get_lambdas_429() {
    let (running, open_call) = Running::with_open_call("local");
    let address = running.address();
    let payload = format!("[\"{}\"]", "x".repeat(6_000_000));
    let send = || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        write!(
            stream,
            "POST /2015-03-31/functions/f/invocations HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n{payload}",
            payload.len()
        )
        .unwrap();
        stream
    };
    // A function has ten processes at most, one of them has the open call.
    let (accepted, refused) = (9, 11);
    let (results, statuses) = std::sync::mpsc::channel();
    for _ in 0..accepted + refused {
        let (stream, results) = (send(), results.clone());
        std::thread::spawn(move || results.send(read_to_end(stream)).unwrap());
    }
    for _ in 0..refused {
        let response = statuses.recv_timeout(LONG).unwrap();
        assert_eq!(status(&response), 429, "{response}");
        assert!(response.contains("TooManyRequestsException"), "{response}");
        assert!(
            response.contains("ConcurrentInvocationLimitExceeded"),
            "{response}"
        );
    }

    std::fs::write(response_file(&running.folder), "").unwrap();
    assert_eq!(status(&read_to_end(open_call.unwrap())), 200);
    for _ in 0..accepted {
        assert_eq!(status(&statuses.recv_timeout(LONG).unwrap()), 200);
    }
    assert_eq!(status(&read_to_end(call(address))), 200);
}

#[test]
fn larger_bodies_than_lambdas_are_refused_and_not_kept() {
    let running = Running::start("local");
    let address = running.address();
    let invoke = format!("Host: {address}\r\n{JSON}");
    let secrets = format!("{invoke}\r\n{LIST_SECRETS}");
    for (start, size) in [
        ("POST /2015-03-31/functions/f/invocations", 6_291_457),
        ("POST /2015-03-31/functions/f/invocations", 30_000_000),
        ("POST /", 600_000),
        ("POST /", 30_000_000),
    ] {
        let is_secrets = start == "POST /";
        let headers = if is_secrets { &secrets } else { &invoke };
        let response = send(address, start, headers, &vec![b' '; size]);
        assert_eq!(status(&response), 413, "{start}, {size} bytes: {response}");
    }
    let peak = running.peak_memory();
    assert!(peak < 64_000_000, "{peak} bytes");
}

#[test]
fn secrets_have_a_quota() {
    let running = Running::start("local");
    let address = running.address();
    let value = "x".repeat(65_536);
    let refused = (0..2_000)
        .map(|number| create_secret(address, &format!("db-{number}"), &value))
        .find(|response| status(response) != 200)
        .expect("no quota");
    assert!(refused.contains("LimitExceededException"), "{refused}");
    let peak = running.peak_memory();
    assert!(peak < 128_000_000, "{peak} bytes");
}

/// `cargo appflow test` behind a URL, with its secrets on a port.
struct UrlTest {
    process: Child,
    _errors: BufReader<ChildStderr>,
    secrets: String,
    printed: Vec<String>,
    /// Accepts the connector's calls, and never responds.
    _connector: TcpListener,
    _folder: TempDir,
}

impl UrlTest {
    fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let connector = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let config = folder.path().join("config.json");
        let text = json!({
            "runtimeSettings": {}, "credentials": {}, "testEntityIdentifier": "A",
            "harness": {"secret": {"inline": {"accessToken": "r3al-token"}}}
        });
        std::fs::write(&config, text.to_string()).unwrap();
        let mut process = Command::new(program("cargo-appflow"))
            .args([
                "test",
                "--url",
                &format!("http://{}", connector.local_addr().unwrap()),
            ])
            .args(["--secrets-port", &port.to_string(), "--config"])
            .arg(&config)
            .args(options)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = BufReader::new(process.stderr.take().unwrap());
        let mut printed = Vec::new();
        // Two lines with the key, unless it is in a file.
        let lines = if options.contains(&"--secrets-key") {
            0
        } else {
            2
        };
        for _ in 0..lines {
            let mut line = String::new();
            errors.read_line(&mut line).unwrap();
            printed.push(line.trim().to_owned());
        }
        let secrets = format!("127.0.0.1:{port}");
        wait_until("the secrets are served", || {
            TcpStream::connect(&secrets).is_ok()
        });
        Self {
            process,
            _errors: errors,
            secrets,
            printed,
            _connector: connector,
            _folder: folder,
        }
    }
}

impl Drop for UrlTest {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process(
            rustix::process::Pid::from_child(&self.process),
            Signal::TERM,
        );
        let _ = self.process.wait();
    }
}

#[test]
fn the_harness_gives_its_secrets_only_for_its_own_key() {
    let test = UrlTest::start(&[]);
    assert!(
        test.printed[0].starts_with("AWS_ACCESS_KEY_ID="),
        "{:?}",
        test.printed
    );
    let key = test.printed[0].split_once('=').unwrap().1;
    let scope = "20260101/us-east-1/secretsmanager/aws4_request";
    let signed_by = |key: &str| {
        format!(
            "X-Amz-Date: 20260101T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential={key}/{scope}, \
             SignedHeaders=host;x-amz-date;x-amz-target, Signature={}",
            "0".repeat(64)
        )
    };
    let host = format!("Host: {}", test.secrets);
    for authorization in [
        "Accept: */*".to_owned(),
        signed_by("test"),
        signed_by(key),
        "Authorization: Bearer x".to_owned(),
    ] {
        let headers = format!("{host}\r\n{authorization}\r\n{JSON}\r\n{LIST_SECRETS}");
        let response = send(&test.secrets, "POST /", &headers, b"{}");
        assert_eq!(status(&response), 403, "{authorization}: {response}");
        assert!(!response.contains("appflow!"), "{response}");
    }
    let headers = format!("Host: rebound.example\r\n{JSON}\r\n{LIST_SECRETS}");
    assert_eq!(status(&send(&test.secrets, "POST /", &headers, b"{}")), 403);
}

#[test]
fn the_harness_makes_a_key_once_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let options = ["--secrets-key", path.to_str().unwrap()];
    let key = || std::fs::read_to_string(&path).unwrap();
    let first = UrlTest::start(&options);
    let made = key();
    assert!(made.starts_with("AWS_ACCESS_KEY_ID=AKIA"), "{made}");
    assert!(made.contains("\nAWS_SECRET_ACCESS_KEY="), "{made}");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    drop(first);
    drop(UrlTest::start(&options));
    assert_eq!(key(), made);
}

#[test]
fn the_harness_serves_other_addresses_only_on_request() {
    let listens_on_all = |test: &UrlTest| {
        let port = test.secrets.rsplit(':').next().unwrap();
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let port = format!("{:04X}", port.parse::<u16>().unwrap());
        table.contains(&format!(" 00000000:{port} "))
    };
    assert!(!listens_on_all(&UrlTest::start(&[])));
    assert!(listens_on_all(&UrlTest::start(&[
        "--secrets-address",
        "0.0.0.0"
    ])));
}

#[test]
fn hosts_are_allowed_only_on_request() {
    let test = UrlTest::start(&["--secrets-host", "host.docker.internal"]);
    let response_to = |host: &str| {
        let headers = format!("Host: {host}\r\n{JSON}\r\n{LIST_SECRETS}");
        send(&test.secrets, "POST /", &headers, b"{}")
    };
    // Refused as well, but for its signature.
    assert!(response_to("host.docker.internal:4566").contains("Token"));
    assert!(response_to("evil.example").contains("not allowed"));
}

/// A short form of the minute that `a_minute_with_two_hundred_connections` takes.
#[test]
fn two_hundred_connections_are_served_and_their_files_closed() {
    load(Duration::from_secs(3));
}

#[test]
#[ignore = "takes a minute"]
fn a_minute_with_two_hundred_connections() {
    load(Duration::from_mins(1));
}

/// Sends requests over 200 connections, prints the times, and fails if one fails or a file stays
/// open.
fn load(duration: Duration) {
    const CONNECTIONS: usize = 200;

    let running = Running::start("local");
    let address = running.address();
    assert_eq!(status(&create_secret(address, "db", "s3cret")), 200);
    let before = open_files(&running);
    let ends = std::time::Instant::now() + duration;
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| requests_until(address, ends)))
            .collect();
        let results = clients.into_iter().map(|client| client.join().unwrap());
        results.flatten().collect()
    });
    wait_until("the files are closed", || open_files(&running) <= before);
    times.sort();
    let at = |percent: usize| times[times.len() * percent / 100];
    println!(
        "{CONNECTIONS} connections, {} requests, none failed; p50 {:?}, p99 {:?}; \
         open files {before} before, {} after",
        times.len(),
        at(50),
        at(99),
        open_files(&running)
    );
    assert!(times.len() >= CONNECTIONS);
}

/// Reads a secret again and again over one connection. Returns the times.
fn requests_until(address: &str, ends: std::time::Instant) -> Vec<Duration> {
    let body = r#"{"SecretId": "db"}"#;
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\n{JSON}\r\n\
         X-Amz-Target: secretsmanager.GetSecretValue\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut times = Vec::new();
    while std::time::Instant::now() < ends {
        let started = std::time::Instant::now();
        stream.write_all(request.as_bytes()).unwrap();
        let mut length = 0;
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200 "), "{line}");
        while line.trim() != "" {
            line.clear();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut response = vec![0; length];
        reader.read_exact(&mut response).unwrap();
        assert!(response.windows(6).any(|text| text == b"s3cret"));
        times.push(started.elapsed());
    }
    times
}
