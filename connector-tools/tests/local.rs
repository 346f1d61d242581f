//! `cargo appflow local`, with the Salesforce connector.

mod support;

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use support::{cargo_appflow, connector};

struct Endpoint {
    process: Child,
    /// What it printed up to the line that says it is ready.
    lines: Vec<String>,
    log: JoinHandle<String>,
}

impl Endpoint {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut process = Command::new(cargo_appflow().get_program())
            .args(["local", "--port", "0"])
            .args(arguments)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = process.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            errors.read_to_string(&mut log).unwrap();
            log
        });
        let mut lines = Vec::new();
        for line in BufReader::new(process.stdout.take().unwrap()).lines() {
            lines.push(line.unwrap());
            if lines.last().unwrap().starts_with("# ready: ") {
                break;
            }
        }
        Self {
            process,
            lines,
            log,
        }
    }

    fn variable(&self, name: &str) -> &str {
        let prefix = format!("export {name}=");
        let mut lines = self.lines.iter();
        lines.find_map(|line| line.strip_prefix(&prefix)).unwrap()
    }

    fn status(&self) -> serde_json::Value {
        let url = self.variable("AWS_ENDPOINT_URL");
        let status = cargo_appflow()
            .args(["local", "status", "--url", url])
            .output()
            .unwrap();
        serde_json::from_slice(&status.stdout).unwrap()
    }

    /// Ends it as Ctrl-C does, and returns what it wrote to standard error.
    fn end(mut self) -> String {
        let id = self.process.id().to_string();
        let killed = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(killed.success());
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
        self.log.join().unwrap()
    }
}

#[test]
fn a_connector_is_registered_and_its_calls_are_logged() {
    let folder = tempfile::tempdir().unwrap();
    let source = format!("sales.force={}", connector().display());
    let arguments = [
        "--in-memory",
        "--connector",
        &source,
        "--region",
        "eu-west-1",
    ];
    let endpoint = Endpoint::start(folder.path(), &arguments);
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
    ] {
        assert_eq!(endpoint.variable(name), value);
    }
    let arn = "# function sales-force: arn:aws:lambda:eu-west-1:123456789012:function:sales-force";
    assert!(
        endpoint.lines.iter().any(|line| line == arn),
        "{:?}",
        endpoint.lines
    );
    let status = endpoint.status();
    assert_eq!(status["connectors"], 1);
    assert_eq!(status["functions"], serde_json::json!(["sales-force"]));
    assert!(!folder.path().join(".appflow").exists());
    let log = endpoint.end();
    let line = log.lines().next().unwrap();
    assert!(
        line.contains(" sales-force DescribeConnectorConfiguration started in "),
        "{log}"
    );
    assert!(line.ends_with(" bytes"), "{log}");
}

#[test]
fn the_state_is_kept_in_a_folder_of_the_owner_until_a_reset() {
    let folder = tempfile::tempdir().unwrap();
    let source = format!("salesforce={}", connector().display());
    let arguments = ["--connector", source.as_str()];
    let first = Endpoint::start(folder.path(), &arguments);
    assert_eq!(first.status()["connectors"], 1);
    first.end();
    let state = folder.path().join(".appflow").metadata().unwrap();
    assert_eq!(state.permissions().mode() & 0o777, 0o700);

    // Registered again: its registration is updated.
    Endpoint::start(folder.path(), &arguments).end();
    let second = Endpoint::start(folder.path(), &[]);
    assert_eq!(second.status()["connectors"], 1);
    let url = second.variable("AWS_ENDPOINT_URL");
    cargo_appflow()
        .args(["local", "reset", "--url", url])
        .assert()
        .success();
    assert_eq!(second.status()["connectors"], 0);
    second.end();
}

#[test]
fn the_clock_is_moved_and_runs_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::start(folder.path(), &["--in-memory"]);
    let url = endpoint.variable("AWS_ENDPOINT_URL");
    let printed = |arguments: &[&str]| {
        let run = cargo_appflow()
            .arg("local")
            .args(arguments)
            .args(["--url", url])
            .assert()
            .success();
        String::from_utf8(run.get_output().stdout.clone()).unwrap()
    };
    let before = printed(&["advance", "0s"]);
    let after = printed(&["advance", "2w"]);
    assert!(before.starts_with("The time is 20") && after > before);
    assert!(printed(&["runs"]).contains("status"));
    let unknown = cargo_appflow()
        .args(["local", "runs", "no-flow", "--url", url])
        .assert()
        .failure();
    let error = String::from_utf8(unknown.get_output().stderr.clone()).unwrap();
    assert!(
        error.contains("Flow with name no-flow does not exist."),
        "{error}"
    );
    endpoint.end();
}

#[test]
fn what_cannot_be_served_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let fails = |arguments: &[&str], text: &str| {
        let run = cargo_appflow()
            .args(["local", "--port", "0", "--in-memory"])
            .args(arguments)
            .current_dir(folder.path())
            .assert()
            .failure();
        let error = String::from_utf8(run.get_output().stderr.clone()).unwrap();
        // Reports are wrapped at the width of the terminal.
        let words: Vec<&str> = error
            .split_whitespace()
            .filter(|word| *word != "│")
            .collect();
        assert!(words.join(" ").contains(text), "{error}");
    };
    fails(&["--function", "x"], "expected NAME=COMMAND or NAME=URL");
    fails(&["--function", "a b=true"], "is not a valid function name");
    fails(&["--account", "1"], "an account has 12 digits");
    fails(
        &["--connector", "label=/no/such/program"],
        "cannot register the connector label",
    );
    let none = cargo_appflow()
        .args(["local", "status", "--url", "http://127.0.0.1:9"])
        .assert()
        .failure();
    let error = String::from_utf8(none.get_output().stderr.clone()).unwrap();
    assert!(
        error.contains("http://127.0.0.1:9 does not respond"),
        "{error}"
    );
}
