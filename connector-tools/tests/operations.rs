//! The operations of `cargo appflow invoke`, with the Salesforce connector, its sandbox and the
//! config file of `cargo appflow test`.

mod support;

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use support::{Salesforce, cargo_appflow, connector};

/// Runs `cargo appflow invoke` with the config and the connector while the sandbox serves.
async fn invoke(salesforce: &Salesforce, arguments: &[&str], input: &str) -> Output {
    let mut command = cargo_appflow();
    command
        .args(["invoke", "--config"])
        .arg(salesforce.path("config.json"));
    command.arg("--command").arg(connector()).args(arguments);
    command.write_stdin(input);
    let run = tokio::task::spawn_blocking(move || command.output());
    run.await.unwrap().unwrap()
}

/// The responses of a run that must succeed.
async fn responses(salesforce: &Salesforce, arguments: &[&str]) -> Vec<Value> {
    let output = invoke(salesforce, arguments, "").await;
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {log}");
    printed(&output)
}

fn printed(output: &Output) -> Vec<Value> {
    let values = serde_json::Deserializer::from_slice(&output.stdout);
    values.into_iter().map(Result::unwrap).collect()
}

fn record(response: &Value, number: usize) -> Value {
    serde_json::from_str(response["records"][number].as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_is_a_subcommand() {
    let salesforce = Salesforce::start().await;
    let one = async |arguments: &[&str]| {
        let mut responses = responses(&salesforce, arguments).await;
        assert_eq!(responses.len(), 1, "{arguments:?}");
        let response = responses.remove(0);
        assert_eq!(response["isSuccess"], true, "{response}");
        response
    };
    for name in ["describe-configuration", "describe-connector-configuration"] {
        assert_eq!(one(&[name]).await["connectorName"], "Salesforce");
    }
    one(&["validate-settings"]).await;
    one(&["validate-settings", "--scope", "source"]).await;
    one(&["validate-credentials"]).await;
    let entities = one(&["list-entities"]).await;
    assert!(entities.to_string().contains("Account"), "{entities}");
    let described = one(&["describe-entity", "--entity", "Account"]).await;
    assert_eq!(
        described["entityDefinition"]["entity"]["entityIdentifier"],
        "Account"
    );
    let found = one(&[
        "query",
        "--entity",
        "Airport__c",
        "--fields",
        "iata,city",
        "--filter",
        "iata = 'AUS'",
    ])
    .await;
    assert_eq!(
        record(&found, 0),
        json!({ "iata": "AUS", "city": "Austin" })
    );
    let account = r#"{"Name": "First", "ExternalKey__c": "I-1"}"#;
    let written = one(&[
        "write",
        "--entity",
        "Account",
        "--operation",
        "insert",
        "--record",
        account,
    ])
    .await;
    let id = written["writeRecordResults"][0]["recordId"]
        .as_str()
        .unwrap()
        .to_owned();
    let retrieved = one(&[
        "retrieve", "--entity", "Account", "--ids", &id, "--fields", "Name",
    ])
    .await;
    assert_eq!(record(&retrieved, 0)["Name"], "First");
    let by_key = one(&[
        "retrieve-data",
        "--entity",
        "Account",
        "--ids",
        "I-1",
        "--id-field",
        "ExternalKey__c",
    ])
    .await;
    assert_eq!(record(&by_key, 0)["Name"], "First");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_are_read_from_standard_input_and_all_pages_are_printed() {
    let salesforce = Salesforce::start().await;
    let line = |number| format!("{{\"Name\": \"Paged\", \"ExternalKey__c\": \"P-{number}\"}}\n");
    let lines: String = (0..5).map(line).collect();
    let write = [
        "write",
        "--entity",
        "Account",
        "--operation",
        "insert",
        "--records",
        "-",
    ];
    let output = invoke(&salesforce, &write, &lines).await;
    let response = &printed(&output)[0];
    assert_eq!(response["isSuccess"], true, "{response}");
    assert_eq!(response["writeRecordResults"].as_array().unwrap().len(), 5);

    let query = [
        "query",
        "--entity",
        "Account",
        "--filter",
        "Name = 'Paged'",
        "--max-results",
        "2",
    ];
    let first = responses(&salesforce, &query).await;
    assert_eq!(first.len(), 1);
    let pages = responses(&salesforce, &[&query[..], &["--all-pages"]].concat()).await;
    let sizes: Vec<usize> = pages
        .iter()
        .map(|page| page["records"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [2, 2, 1]);
    let token = first[0]["nextToken"].as_str().unwrap();
    let second = responses(
        &salesforce,
        &[&query[..], &["--next-token", token]].concat(),
    )
    .await;
    assert_eq!(second[0]["records"], pages[1]["records"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_gets_what_the_config_has() {
    let salesforce = Salesforce::start().await;
    let event = json!({
        "type": "QueryDataRequest",
        "entityIdentifier": "Airport__c",
        "filterExpression": "iata = 'AUS'",
    });
    let output = invoke(&salesforce, &["--event", "-"], &event.to_string()).await;
    assert_eq!(record(&printed(&output)[0], 0)["iata"], "AUS");

    // As in a report of `cargo appflow test`, whose secrets are gone.
    let of_report = |name: &str| {
        let arn =
            format!("arn:aws:secretsmanager:us-east-1:1:secret:appflow!000000000000-{name}-a");
        let mut event = event.clone();
        event["connectorContext"] = json!({
            "credentials": { "secretArn": arn, "authenticationType": "OAuth2" },
            "apiVersion": "v60.0",
        });
        event.to_string()
    };
    let output = invoke(&salesforce, &["--event", "-"], &of_report("connection")).await;
    assert_eq!(output.status.code(), Some(0), "{:?}", printed(&output));
    let output = invoke(&salesforce, &["--event", "-"], &of_report("wrong")).await;
    let response = &printed(&output)[0];
    assert_eq!(response["errorDetails"]["errorCode"], "InvalidCredentials");

    let credentials = json!({ "type": "ValidateCredentialsRequest" }).to_string();
    let output = invoke(&salesforce, &["--event", "-"], &credentials).await;
    assert_eq!(output.status.code(), Some(0), "{:?}", printed(&output));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_debug_log_has_a_line_for_each_call_of_the_application() {
    let salesforce = Salesforce::start().await;
    let query = [
        "query",
        "--entity",
        "Airport__c",
        "--filter",
        "iata = 'AUS'",
        "--verbose",
    ];
    let text = ["--env", "APPFLOW_LOG_FORMAT=text"];
    let output = invoke(&salesforce, &[&text[..], &query].concat(), "").await;
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let calls: Vec<&str> = log
        .lines()
        .filter(|line| line.contains(" application call "))
        .collect();
    assert_eq!(calls.len(), 1, "{log}");
    let path = "method=GET path=\"/services/data/v66.0/query\" status=200 ";
    assert!(calls[0].contains(path), "{log}");
    assert!(!log.contains("AUS"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_that_is_not_there_is_named_with_its_address() {
    let salesforce = Salesforce::start().await;
    let config = std::fs::read_to_string(salesforce.path("config.json")).unwrap();
    let config = config.replace(
        &format!("\"instanceUrl\": \"{}\"", salesforce.server.url()),
        "\"instanceUrl\": \"http://127.0.0.1:9\"",
    );
    std::fs::write(salesforce.path("config.json"), config).unwrap();
    let output = invoke(&salesforce, &["query", "--entity", "Account"], "").await;
    assert_eq!(output.status.code(), Some(2));
    let response = &printed(&output)[0];
    let message = response["errorDetails"]["errorMessage"].as_str().unwrap();
    assert!(
        message.starts_with("Salesforce cannot be reached at http://127.0.0.1:9: "),
        "{message}"
    );
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        log.contains("DescribeEntityRequest failed, which AppFlow calls before"),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_cannot_be_read_names_the_address_of_secrets_manager() {
    let salesforce = Salesforce::start().await;
    let endpoint = [
        "--env",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER=http://127.0.0.1:9",
    ];
    let keys = [
        "--env",
        "AWS_ACCESS_KEY_ID=a",
        "--env",
        "AWS_SECRET_ACCESS_KEY=b",
    ];
    let arguments = [&endpoint[..], &keys, &["validate-credentials"]].concat();
    let output = invoke(&salesforce, &arguments, "").await;
    assert_eq!(output.status.code(), Some(1));
    let message = printed(&output)[0]["errorDetails"]["errorMessage"].to_string();
    assert!(
        message.contains("Secrets Manager at http://127.0.0.1:9 cannot be reached"),
        "{message}"
    );
}

#[test]
fn a_request_is_an_operation_or_an_event() {
    for (arguments, problem) in [
        (&[][..], "the request is missing"),
        (
            &["--event", "a.json", "describe-configuration"],
            "takes no operation",
        ),
        (
            &["describe-configuration", "--config", "no-such.json"],
            "no-such.json",
        ),
        (
            &[
                "write",
                "--entity",
                "a",
                "--operation",
                "insert",
                "--record",
                "{\"a\"",
            ],
            "record 1 is not JSON",
        ),
    ] {
        let mut command = cargo_appflow();
        command.arg("invoke").args(arguments);
        let assert = command.arg("--command").arg(connector()).assert().code(2);
        let message = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(message.contains(problem), "{arguments:?}: {message}");
    }
}

/// Outside of a package, or in one with several programs, the command must be named.
#[test]
fn the_default_command_is_the_program_of_the_package() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = cargo_appflow();
    command
        .args(["invoke", "describe-configuration"])
        .current_dir(folder.path());
    let assert = command.assert().code(2);
    let message = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(message.contains("--command"), "{message}");

    let mut command = cargo_appflow();
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../connector-example");
    command
        .args(["invoke", "describe-configuration"])
        .current_dir(package);
    let assert = command.assert().success();
    let response: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(response["connectorName"], "Salesforce");
}
