//! What a connector's process is started with, and who is at the other end of its Runtime API.

use std::collections::HashMap;
use std::process::{Command, Output};

use crate::programs::program;
use crate::server::serve;

/// Runs the connector with the variables that Lambda sets, changed by `change`, until it ends.
fn run(change: impl FnOnce(&mut HashMap<&str, String>)) -> Output {
    let mut variables = HashMap::from([
        ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9".to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", "connector".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
    ]);
    change(&mut variables);
    Command::new(program("salesforce-connector"))
        .env_clear()
        .envs(variables)
        .output()
        .unwrap()
}

fn error(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!text.contains("panicked"), "{text}");
    assert_eq!(output.status.code(), Some(1), "{text}");
    text
}

#[test]
fn a_bad_environment_is_named() {
    for name in [
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    ] {
        let output = run(|variables| {
            variables.remove(name);
        });
        let text = error(&output);
        assert!(text.contains(&format!("{name} is not set")), "{text}");
    }
    for (name, value, expected) in [
        (
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            "much",
            "a number of megabytes",
        ),
        (
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            "99999999999",
            "a number of megabytes",
        ),
        ("AWS_LAMBDA_RUNTIME_API", "", "a host and a port"),
        ("AWS_LAMBDA_RUNTIME_API", "/next", "a host and a port"),
        ("AWS_LAMBDA_RUNTIME_API", "no host", "a host and a port"),
    ] {
        let output = run(|variables| {
            variables.insert(name, value.to_owned());
        });
        let text = error(&output);
        let expected = format!("the environment variable {name} is `{value}`, expected {expected}");
        assert!(text.contains(&expected), "{text}");
    }
}

#[test]
fn an_error_has_its_causes() {
    let text = error(&run(|_| {}));
    assert!(text.contains("the Lambda Runtime API failed: "), "{text}");
    assert!(text.contains("onnection refused"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn text_after_a_request_is_refused() {
    for (payload, is_valid) in [
        (
            r#" {"type": "DescribeConnectorConfigurationRequest"} "#,
            true,
        ),
        (
            r#"{"type": "DescribeConnectorConfigurationRequest"} {}"#,
            false,
        ),
        (
            r#"{"type": "DescribeConnectorConfigurationRequest"}garbage"#,
            false,
        ),
        (
            r#"{"type": "DescribeConnectorConfigurationRequest"}]"#,
            false,
        ),
    ] {
        let (sender, mut responses) = tokio::sync::mpsc::unbounded_channel();
        let api = serve(move |head, body| {
            if !head.starts_with("GET ") {
                sender.send((head.to_owned(), body.to_owned())).unwrap();
            }
            (200, payload.to_owned())
        })
        .await;
        let mut process = Command::new(program("salesforce-connector"))
            .env("AWS_LAMBDA_RUNTIME_API", api.trim_start_matches("http://"))
            .env("AWS_LAMBDA_FUNCTION_NAME", "connector")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let (head, body) = responses.recv().await.unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
        let path = head.split(' ').nth(1).unwrap();
        if is_valid {
            assert!(path.ends_with("/response"), "{payload}: {path} {body}");
        } else {
            assert!(path.ends_with("/error"), "{payload}: {path} {body}");
            assert!(body.contains("other text follows its 49 bytes"), "{body}");
        }
    }
}
