//! A function in Python, on AWS's own runtime, `awslambdaric` from PyPI.

use std::path::{Path, PathBuf};
use std::process::Command;

use lambda_process_host::{CommandLine, Function, FunctionConfig};
use serde_json::{Value, json};

const HANDLER: &str = "
import os

def handler(event, context):
    print('asked for', event['name'])
    if event['name'] == 'nobody':
        raise KeyError('nobody')
    return {
        'greeting': 'Hello, ' + event['name'],
        'request_id': context.aws_request_id,
        'remaining_ms': context.get_remaining_time_in_millis(),
        'task_root': os.environ['LAMBDA_TASK_ROOT'],
    }
";

/// A Python with awslambdaric: `APPFLOW_TEST_PYTHON`, or that of the comparison with the official
/// SDK.
fn python() -> Option<PathBuf> {
    let python = match std::env::var_os("APPFLOW_TEST_PYTHON") {
        Some(python) => python.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../connector-tests/peers/.venv/bin/python"),
    };
    let imported = Command::new(&python)
        .args(["-c", "import awslambdaric"])
        .output();
    imported
        .is_ok_and(|output| output.status.success())
        .then_some(python)
}

#[tokio::test]
async fn a_python_function_runs() {
    let Some(python) = python() else {
        println!("skipped: no Python with awslambdaric; set APPFLOW_TEST_PYTHON to one");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("greeter.py"), HANDLER).unwrap();
    let command = ["-m", "awslambdaric", "greeter.handler"]
        .into_iter()
        .fold(CommandLine::new(python), CommandLine::argument);
    let mut config = FunctionConfig::new("greeter", command);
    config.task_root = Some(folder.path().to_owned());
    let function = Function::new(config).unwrap();

    let outcome = function.invoke(r#"{"name":"Ada"}"#).await.unwrap();
    let response: Value = serde_json::from_slice(&outcome.result.unwrap()).unwrap();
    assert_eq!(response["greeting"], "Hello, Ada");
    assert_eq!(response["request_id"], json!(outcome.request_id));
    assert_eq!(response["task_root"], json!(folder.path()));
    assert!(
        (1..=30_000).contains(&response["remaining_ms"].as_i64().unwrap()),
        "{response}"
    );
    assert_eq!(outcome.log_tail, "asked for Ada\n");
    assert!(outcome.init_duration.is_some());

    let outcome = function.invoke(r#"{"name":"nobody"}"#).await.unwrap();
    assert_eq!(outcome.init_duration, None);
    let error = outcome.result.unwrap_err();
    assert_eq!(error.to_string(), "KeyError: 'nobody'");
    assert!(
        error
            .stack_trace
            .iter()
            .any(|frame| frame.contains("greeter.py")),
        "{error:?}"
    );
}
