//! The server on a real socket, its database on a real disk, and the command.

mod common;

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use salesforce_sandbox::{Config, Database, Error, Rows, Sandbox};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use common::Client;

/// The response of a server to `GET /services/data`.
async fn versions(url: &str) -> String {
    get(url, "/services/data").await
}

async fn get(url: &str, path: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

#[tokio::test]
async fn accepts_connections_until_it_is_dropped() {
    let sandbox = Sandbox::new(Config::default()).unwrap();
    let server = sandbox.start("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let url = server.url();
    let response = versions(&url).await;
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    assert!(response.contains("\"version\":\"60.0\""), "{response}");

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
async fn a_database_file_is_filled_once_and_reused() {
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
    let (_, response) = client.query("SELECT COUNT() FROM Airport__c").await;
    assert_eq!(response["totalSize"], 3_376);
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
async fn the_number_of_records_is_configurable() {
    let rows = Rows {
        accounts: 7,
        airports: 2,
        inspections: 3,
        report_length: 1_000,
        ..Rows::default()
    };
    let sandbox = Sandbox::new(Config {
        rows,
        ..Config::default()
    })
    .unwrap();
    let few = Client::of(sandbox).await;
    let accounts = few
        .query_all("SELECT FIELDS(ALL) FROM Account LIMIT 200")
        .await;
    let usual = Client::new().await;
    let soql = "SELECT FIELDS(ALL) FROM Account LIMIT 7";
    assert_eq!(
        accounts,
        usual.query_all(soql).await,
        "the first ones are the same"
    );
    assert_eq!(usual.count("Inspection__c").await, 100);
    assert_eq!(few.count("Airport__c").await, 2);
    assert_eq!(
        few.count("Inspection__c WHERE Airport__r.Id != null").await,
        3
    );

    let reports = few.query_all("SELECT Report__c FROM Inspection__c").await;
    let length = |record: &Value| record["Report__c"].as_str().unwrap().chars().count();
    assert_eq!(reports.iter().map(length).collect::<Vec<_>>(), [1_000; 3]);
}

/// The command with these arguments, and the URL that it prints.
fn start(arguments: &[&str]) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_salesforce-sandbox"))
        .args(["--port", "0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(command.stdout.take().unwrap())
        .read_line(&mut url)
        .unwrap();
    (command, url.trim().to_owned())
}

#[tokio::test]
async fn the_command_prints_its_url() {
    let (mut command, url) = start(&[]);
    let response = versions(&url).await;
    command.kill().unwrap();
    command.wait().unwrap();
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
}

#[tokio::test]
async fn the_command_accepts_a_fault_rate() {
    let (mut command, url) = start(&["--fault-rate", "1", "--fault-kinds", "unavailable"]);
    let response = get(&url, "/services/data/").await;
    let report = get(&url, "/sandbox/faults").await;
    command.kill().unwrap();
    command.wait().unwrap();
    assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
    assert!(
        report.contains(r#""injected":{"unavailable":1}"#),
        "{report}"
    );
}
