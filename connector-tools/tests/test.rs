//! `cargo appflow test` on the built binaries.

mod support;

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use support::{Salesforce, cargo_appflow, connector};

fn test(salesforce: &Salesforce) -> Command {
    let mut command = cargo_appflow();
    command
        .args(["test", "--config"])
        .arg(salesforce.path("config.json"));
    command
}

/// Runs a command to its end while the sandbox keeps serving.
async fn finished(mut command: Command) -> assert_cmd::assert::Assert {
    tokio::task::spawn_blocking(move || command.assert())
        .await
        .unwrap()
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_salesforce_connector_passes_against_the_sandbox() {
    let salesforce = Salesforce::start().await;
    let mut command = test(&salesforce);
    command.arg("--command").arg(connector());
    command.arg("--json").arg(salesforce.path("report.json"));
    command.arg("--junit").arg(salesforce.path("report.xml"));
    let assert = finished(command).await;
    let printed = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(assert.get_output().status.success(), "{printed}");
    assert!(printed.contains(" 0 failed, "), "{printed}");

    let report = read_json(&salesforce.path("report.json"));
    assert_eq!(report["passed"], true);
    let checks = report["checks"].as_array().unwrap();
    let open: Vec<&str> = checks
        .iter()
        .filter(|check| check["verdict"] != "passed")
        .map(|check| check["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        open,
        [
            "configuration.baseline-kept",
            "metadata.nested-walk-ends",
            "metadata.baseline-kept",
            "writes.configured-writes",
        ]
    );
    let junit = std::fs::read_to_string(salesforce.path("report.xml")).unwrap();
    assert!(
        junit.contains(r#"<testcase name="data.paging-ends""#),
        "{junit}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn findings_are_printed_and_exit_with_1() {
    let salesforce = Salesforce::start().await;
    let config = std::fs::read_to_string(salesforce.path("config.json")).unwrap();
    let config = config.replace(
        r#""testEntityIdentifier": "Account""#,
        r#""testEntityIdentifier": "Acount""#,
    );
    std::fs::write(salesforce.path("config.json"), config).unwrap();
    let mut command = test(&salesforce);
    command
        .args(["--only", "metadata."])
        .arg("--command")
        .arg(connector());
    let assert = finished(command).await.code(1);
    let printed = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(
        printed.contains("FAILED metadata.entity-described"),
        "{printed}"
    );
    assert!(
        printed.contains("FAILED metadata.test-entity-listed"),
        "{printed}"
    );
}

#[test]
fn a_connector_that_cannot_be_tested_exits_with_2_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    let good = r#"{"runtimeSettings": {}, "credentials": {}, "testEntityIdentifier": "A"}"#;
    let misspelled = r#"{"runtimeSettings": {"connectorprofile": {}}}"#;
    for (text, arguments, named) in [
        (
            misspelled,
            "--command true",
            "runtimeSettings.connectorprofile",
        ),
        (good, "--command no-such-program", "no-such-program"),
        (good, "--url http://127.0.0.1:1", "127.0.0.1:1"),
        (good, "--url localhost:9000", "http://"),
        (good, "--command true --only date.", "date."),
        (good, "--command true --with false", "printed nothing"),
        (
            good,
            "--command true --with no-such-helper",
            "no-such-helper",
        ),
    ] {
        std::fs::write(&config, text).unwrap();
        let assert = cargo_appflow()
            .args(["test", "--config"])
            .arg(&config)
            .args(arguments.split(' '))
            .assert()
            .code(2);
        let message = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(message.contains(named), "{message}");
    }
}

#[test]
fn a_helper_runs_next_to_the_connector_and_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    let text = r#"{"runtimeSettings": {}, "credentials": {}, "testEntityIdentifier": "A"}"#;
    std::fs::write(&config, text).unwrap();
    let ended = folder.path().join("ended");
    // The command's output ends only when the helper's children have ended as well.
    let helper = format!("sh -c 'echo ready; sleep 600; touch {}'", ended.display());
    cargo_appflow()
        .args([
            "test",
            "--only",
            "configuration.describes-itself",
            "--config",
        ])
        .arg(&config)
        .arg("--command")
        .arg(connector())
        .args(["--with", &helper])
        .assert()
        .code(0);
    assert!(!ended.exists());
}

#[test]
fn the_checks_are_listed() {
    let assert = cargo_appflow().args(["test", "--list"]).assert().code(0);
    let printed = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    let lines = printed.lines().count();
    assert_eq!(lines, appflow_connector_tests::all_checks().count());
    assert!(printed.contains("data.paging-ends"), "{printed}");
}

#[test]
fn the_schema_of_the_config_is_printed() {
    let assert = cargo_appflow().args(["test", "--schema"]).assert().code(0);
    let schema: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert!(schema["properties"]["testEntityIdentifier"].is_object());
}

/// Uses the process host's Invoke API, which the AWS client cannot tell from Lambda's.
#[cfg(feature = "aws")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_on_lambda_is_invoked() {
    use std::sync::Arc;

    use lambda_process_host::{CommandLine, Function, FunctionConfig, router};

    let salesforce = Salesforce::start().await;
    let function = FunctionConfig::new("salesforce", CommandLine::new(connector()));
    let lambda = router([Arc::new(Function::new(function).unwrap()) as _]);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, lambda).into_future());

    let mut command = test(&salesforce);
    command
        .args([
            "--lambda",
            "arn:aws:lambda:eu-central-1:123456789012:function:salesforce",
        ])
        .args([
            "--only",
            "configuration.describes-itself",
            "--only",
            "behaviour.unknown-type",
        ])
        .envs([
            ("AWS_ENDPOINT_URL_LAMBDA", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ]);
    let assert = finished(command).await;
    let printed = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(assert.get_output().status.success(), "{printed}");
    assert!(printed.contains("2 passed, 0 failed"), "{printed}");
}

#[cfg(not(feature = "aws"))]
#[test]
fn without_the_feature_a_function_on_lambda_is_refused_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    let text = r#"{"runtimeSettings": {}, "credentials": {}, "testEntityIdentifier": "A"}"#;
    std::fs::write(&config, text).unwrap();
    let assert = cargo_appflow()
        .args(["test", "--lambda", "my-connector", "--config"])
        .arg(&config)
        .assert()
        .code(2);
    let message = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(message.contains("--features aws"), "{message}");
}
