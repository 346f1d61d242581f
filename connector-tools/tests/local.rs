//! `cargo appflow local`: who is served, and clients that stall.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// The command with a free port, killed on drop.
struct Local {
    process: Child,
    /// Kept open, because the command prints more than its first line.
    _output: BufReader<ChildStdout>,
    address: String,
}

impl Local {
    /// Starts it with a limit of open files.
    fn start(max_files: u32) -> Self {
        let program = env!("CARGO_BIN_EXE_cargo-appflow");
        let mut process = Command::new("sh")
            .arg("-c")
            .arg(format!(
                "ulimit -n {max_files} && exec \"$0\" local --port 0"
            ))
            .arg(program)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let address = line
            .trim()
            .strip_prefix("AWS_ENDPOINT_URL=http://")
            .unwrap();
        Self {
            address: address.to_owned(),
            process,
            _output: output,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream
    }

    /// Lists the secrets, with these headers.
    fn list_secrets(&self, headers: &str) -> String {
        let mut stream = self.connect();
        write!(
            stream,
            "POST / HTTP/1.1\r\n{headers}\r\nX-Amz-Target: secretsmanager.ListSecrets\r\n\
             Content-Type: application/x-amz-json-1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        // Fails if the process has ended, which is the aim.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn requests_of_other_sites_are_refused() {
    let local = Local::start(1024);
    let response = local.list_secrets("Host: localhost");
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    for headers in [
        "Host: rebound.example",
        "Host: localhost\r\nOrigin: https://evil.example",
        "Host: localhost\r\nSec-Fetch-Site: cross-site",
    ] {
        let response = local.list_secrets(headers);
        assert!(response.starts_with("HTTP/1.1 403 "), "{response}");
    }
}

#[test]
fn three_hundred_silent_connections_do_not_stop_service_at_256_open_files() {
    let local = Local::start(256);
    let silent: Vec<TcpStream> = (0..300).map(|_| local.connect()).collect();
    let started = Instant::now();
    let response = local.list_secrets("Host: localhost");
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
    drop(silent);
}
