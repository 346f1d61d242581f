//! The server on a real socket, its database on a real disk, and the command.

mod common;

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use salesforce_sandbox::{Config, Database, Error, Sandbox};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use common::Client;

/// What a server answers to `GET /services/data`.
async fn versions(url: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request =
        format!("GET /services/data HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn takes_connections_until_it_is_dropped() {
    let sandbox = Sandbox::new(Config::default()).unwrap();
    let server = sandbox.start("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let url = server.url();
    let answer = versions(&url).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("\"version\":\"60.0\""), "{answer}");

    let taken = server
        .url()
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    assert!(
        matches!(sandbox.start(taken).await, Err(Error::Listen { address, .. }) if address == taken)
    );

    drop(server);
    while TcpStream::connect(taken).await.is_ok() {
        tokio::task::yield_now().await;
    }
    TcpListener::bind(taken).unwrap();
}

#[tokio::test]
async fn a_database_file_is_filled_once_and_then_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("org.sqlite");
    let open = || {
        let database = Database::File(path.clone());
        let config = Config {
            database,
            ..Config::default()
        };
        Sandbox::new(config).unwrap()
    };
    drop(open());
    let written = std::fs::metadata(&path).unwrap().modified().unwrap();
    let client = Client::of(open()).await;
    let (_, answer) = client.query("SELECT COUNT() FROM Airport__c").await;
    assert_eq!(answer["totalSize"], 3_376);
    assert_eq!(
        std::fs::metadata(&path).unwrap().modified().unwrap(),
        written
    );
}

#[test]
fn another_programs_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.sqlite");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute("CREATE TABLE Account (Id TEXT)", []).unwrap();
    drop(other);
    let open = |path: std::path::PathBuf| {
        Sandbox::new(Config {
            database: Database::File(path),
            ..Config::default()
        })
    };
    assert!(matches!(open(path), Err(Error::ForeignDatabase)));

    let text = folder.path().join("notes.txt");
    std::fs::write(
        &text,
        "not a database, but long enough to be looked at as one".repeat(100),
    )
    .unwrap();
    assert!(matches!(open(text), Err(Error::Database(_))));
    assert!(matches!(
        open(folder.path().join("no/such/folder")),
        Err(Error::Database(_))
    ));
}

#[tokio::test]
async fn the_command_prints_its_url() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_salesforce-sandbox"))
        .args(["--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(command.stdout.take().unwrap())
        .read_line(&mut url)
        .unwrap();
    let answer = versions(url.trim()).await;
    command.kill().unwrap();
    command.wait().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}
