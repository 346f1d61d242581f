//! `cargo appflow invoke`: responses on standard output, exit codes for scripts.

mod support;

use assert_cmd::Command;
use serde_json::Value;
use support::{cargo_appflow, connector};

fn invoke(event: &str) -> Command {
    let mut command = cargo_appflow();
    command
        .args(["invoke", "--event", "-", "--command"])
        .arg(connector())
        .write_stdin(event);
    command
}

fn printed_json(command: &mut Command, exit_code: i32) -> Value {
    let assert = command.assert().code(exit_code);
    serde_json::from_slice(&assert.get_output().stdout).unwrap()
}

#[test]
fn a_successful_response_is_printed_and_exits_with_0() {
    let response = printed_json(
        &mut invoke(r#"{"type":"DescribeConnectorConfigurationRequest"}"#),
        0,
    );
    assert_eq!(response["connectorName"], "Salesforce");
}

#[test]
fn an_error_response_exits_with_1() {
    let response = printed_json(
        &mut invoke(r#"{"type":"DescribeEntityRequest","connectorContext":{}}"#),
        1,
    );
    assert_eq!(response["errorDetails"]["errorCode"], "InvalidArgument");
}

#[test]
fn a_failed_invocation_exits_with_1() {
    let response = printed_json(&mut invoke(r#"{"type":"Dance"}"#), 1);
    assert_eq!(response["errorMessage"], "unknown request type `Dance`");
}

#[test]
fn a_command_or_file_that_cannot_be_used_exits_with_2_and_is_named() {
    for (command, event, named) in [
        ("no-such-program", "-", "no-such-program"),
        ("true", "no-such-file.json", "no-such-file.json"),
        ("'unclosed", "-", "unclosed"),
    ] {
        let assert = cargo_appflow()
            .args(["invoke", "--command", command, "--event", event])
            .write_stdin("{}")
            .assert()
            .code(2);
        let message = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(message.contains(named), "{message}");
    }
}

#[test]
fn cargo_may_pass_the_name_of_the_subcommand() {
    cargo_appflow()
        .args(["appflow", "--version"])
        .assert()
        .success();
}
