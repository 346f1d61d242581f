//! Text from outside where it is read by people and programs: logs, terminals, reports.

use std::fs::File;
use std::io::Write;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::connector::Connector;
use crate::programs::program;

const TOKEN: &str = "canary-token-0123456789";

/// Salesforce with two fields, whose records and errors have canaries.
fn salesforce(head: &str, body: &str) -> (u16, String) {
    let path = head.split(' ').nth(1).unwrap();
    let row = json!({
        "attributes": {"type": "Account"}, "Id": "001000000000001AAA", "Name": "canary-row",
    });
    let field = |name: &str| {
        json!({
            "name": name, "label": name, "type": if name == "Id" { "id" } else { "string" },
            "filterable": true, "sortable": true, "createable": true, "updateable": true,
            "nillable": true, "length": 100, "defaultedOnCreate": false, "externalId": false,
            "idLookup": name == "Id",
        })
    };
    if path.contains("/describe") {
        let described = json!({
            "name": "Account", "label": "Account", "queryable": true, "createable": true,
            "updateable": true, "deletable": true, "fields": [field("Id"), field("Name")],
        });
        (200, described.to_string())
    } else if body.contains("\"ids\"") {
        (200, json!([row]).to_string())
    } else if path.contains("/query") {
        let page = json!({"totalSize": 1, "done": true, "records": [row]});
        (200, page.to_string())
    } else if body.contains("canary-fails") {
        let fault = json!([{"errorCode": "UNKNOWN", "message": "canary-fault for canary-fails"}]);
        (500, fault.to_string())
    } else {
        let result = json!([{"id": "001000000000001AAA", "success": true, "errors": []}]);
        (200, result.to_string())
    }
}

/// Calls with a canary in every place of a request that may be secret or have a record's content.
async fn calls_with_canaries(connector: &Connector) {
    let settings = json!({"canarySetting": "canary-setting"});
    let query = |filter: &str| {
        json!({
            "type": "QueryDataRequest", "entityIdentifier": "Account",
            "selectedFieldNames": ["Id", "Name"], "filterExpression": filter,
        })
    };
    for request in [
        query("Name = \"canary-filter\""),
        query("Name contains \"canary-filter"),
        {
            let mut query = query("Name = \"canary-filter\"");
            query["nextToken"] = "canary-page-token".into();
            query
        },
        json!({
            "type": "RetrieveDataRequest", "entityIdentifier": "Account",
            "selectedFieldNames": ["Id", "Name"], "idFieldName": "Id", "ids": ["canary-id"],
        }),
        write(r#"{"Name": "canary-record"}"#),
        write(r#"{"Name": "canary-fails"}"#),
        write(r#"{"Name": "canary-malformed"#),
    ] {
        connector.call(request, settings.clone()).await;
    }
    let response = connector.call(query("Id != null"), settings).await;
    assert!(response.to_string().contains("canary-row"), "{response}");
}

fn write(record: &str) -> Value {
    json!({
        "type": "WriteDataRequest", "entityIdentifier": "Account", "operation": "INSERT",
        "idFieldNames": ["Id"], "records": [record],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_level_logs_what_a_request_or_a_response_has() {
    let longer_names = [
        "trace",
        "hyper_util::client=trace",
        "hyper_util::client::legacy=trace",
        "lambda_runtime=trace",
        "lambda_runtime::layers=trace",
        "lambda_runtime::layers::api_client=trace",
        "aws_smithy_runtime::client=trace",
        "aws_smithy_runtime::client::orchestrator=trace",
        "aws_sdk_secretsmanager::operation=trace",
        "aws_smithy_http_client::client=trace",
        "aws_runtime::auth=trace",
        "aws_sigv4::http_request=trace",
        "reqwest::connect=trace",
        "h2::codec=trace",
        "rustls::client=trace",
    ]
    .join(",");
    for levels in ["info", "trace", &longer_names] {
        let environment = [("RUST_LOG", levels), ("AWS_LAMBDA_LOG_LEVEL", "TRACE")];
        let connector = Connector::start(salesforce, TOKEN, &environment).await;
        calls_with_canaries(&connector).await;
        let log = connector.log();
        assert!(log.contains("\"call\""), "{log}");
        let found = log.lines().find(|line| line.contains("canary"));
        assert_eq!(found, None, "with RUST_LOG={levels}");
    }
}

/// A request's definition of an entity names its fields, and their names become part of a query's
/// SELECT list.
#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_field_cannot_read_another_object() {
    let queries = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&queries);
    let record = move |head: &str, body: &str| {
        log.lock().unwrap().push(format!("{head}{body}"));
        salesforce(head, body)
    };
    let connector = Connector::start(record, TOKEN, &[]).await;
    for name in [
        "Id FROM User WHERE Name LIKE 'a%'",
        "Id,(SELECT Id FROM Contacts)",
        "Id, Name",
        "Id FROM User--",
        "FORMAT(Name)",
        "Id\nFROM\nUser",
        "Id/**/FROM/**/User",
        "Owner.Profile.Name FROM Account",
    ] {
        let field = |name: &str| json!({"fieldName": name, "dataType": "String"});
        let definition = json!({
            "entity": {"entityIdentifier": "Account", "hasNestedEntities": false},
            "fields": [field("Id"), field(name)],
        });
        let query = |key: &str, value: Value| {
            let mut query = json!({
                "type": "QueryDataRequest", "entityIdentifier": "Account",
                "connectorContext": {"entityDefinition": definition},
            });
            query[key] = value;
            query
        };
        let retrieve = json!({
            "type": "RetrieveDataRequest", "entityIdentifier": "Account",
            "selectedFieldNames": ["Id"], "idFieldName": name, "ids": ["a"],
            "connectorContext": {"entityDefinition": definition},
        });
        for request in [
            query("selectedFieldNames", json!([name])),
            // Without a selection, all fields of the definition are selected.
            query("maxResults", json!(100)),
            retrieve,
        ] {
            let response = connector.call(request, json!({})).await;
            let error = &response["errorDetails"];
            assert_eq!(error["errorCode"], "InvalidArgument", "{name}: {response}");
        }
    }
    assert_eq!(*queries.lock().unwrap(), [""; 0]);
}

/// What a terminal acts on: escape sequences, a title, C1, directions of writing.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;title\u{7}\r\u{9b}31m\u{202e}\u{2066}";

fn appflow(arguments: &[&str]) -> Command {
    let mut command = Command::new(program("cargo-appflow"));
    command.args(arguments).env_remove("RUST_BACKTRACE");
    command
}

fn start(arguments: &[&str], stdout: Stdio) -> Child {
    let mut command = appflow(arguments);
    command.stdin(Stdio::piped()).stderr(Stdio::piped());
    command.stdout(stdout).spawn().unwrap()
}

fn assert_harmless(output: &Output) {
    for bytes in [&output.stdout, &output.stderr] {
        let text = std::str::from_utf8(bytes).unwrap();
        let acts = |character: char| {
            character.is_control() && !matches!(character, '\n' | '\t')
                || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!text.contains(acts), "{text:?}");
    }
}

#[test]
fn no_text_from_outside_acts_on_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &Value| {
        let path = folder.path().join(name);
        std::fs::write(&path, content.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let entity = json!({
        "entity": {"entityIdentifier": HOSTILE, "label": HOSTILE},
        "fields": [{"fieldName": "a", "label": HOSTILE, "dataType": "String", "dataTypeLabel": "String",
            "readProperties": {"isQueryable": true, "isRetrievable": true}}],
    });
    let entity = file("entity.json", &entity);
    let records = file("records.json", &json!({"a": "x", "b\u{9b}": HOSTILE}));
    let event = file("event.json", &json!({}));
    let prints = format!("printf '{{\"a\\u001b\": \"%s\"' '{HOSTILE}' >&2; exit 1");
    let script = file("connector.sh", &json!(null));
    std::fs::write(&script, prints).unwrap();

    let condition = format!("a contains '{HOSTILE}'");
    let unknown = format!("a = 1 and '{HOSTILE}");
    let command = format!("sh {script}");
    for arguments in [
        &["filter", "check", &condition, "--entity", &entity][..],
        &["filter", "check", "a = 'x'", "--entity", &entity],
        &["filter", "check", "b = 'x'", "--entity", &entity],
        &["filter", "check", &unknown],
        &["filter", "parse", &condition],
        &["filter", "parse", &unknown],
        &["filter", "soql", &condition],
        &["filter", "odata", &condition],
        &["filter", "sql", "--dialect", "postgres", &condition],
        &["filter", "eval", "a = 'x'", "--records", &records],
        &["filter", "eval", "a = 'x'", "--records", HOSTILE],
        &["invoke", "--command", &command, "--event", &event],
        &["test", "--url", "http://127.0.0.1:1", HOSTILE],
    ] {
        let output = appflow(arguments).output().unwrap();
        assert!(
            !output.stdout.is_empty() || !output.stderr.is_empty(),
            "{arguments:?}"
        );
        assert_harmless(&output);
    }

    // In JSON the escapes mean the same.
    let output = appflow(&["filter", "eval", "a = 'x'", "--records", &records]);
    let printed = { output }.output().unwrap().stdout;
    let printed: Value = serde_json::from_slice(&printed).unwrap();
    assert_eq!(printed, json!({"a": "x", "b\u{9b}": HOSTILE}));
}

#[cfg(unix)]
#[test]
fn a_reader_that_ends_early_ends_the_command_quietly() {
    for arguments in [
        &["filter", "parse"][..],
        &["filter", "eval", "a = 1", "--records", "-"],
        &["test", "--list"],
        &["test", "--schema"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut child = start(arguments, writer.into());
        drop(reader);
        let mut input = child.stdin.take().unwrap();
        // Fails when the command has ended.
        while input.write_all(b"{\"a\": 1}\n").is_ok() {
            if child.try_wait().unwrap().is_some() {
                break;
            }
        }
        drop(input);
        let output = child.wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(error, "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(141), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    for arguments in [
        &["filter", "parse", "a = 1"][..],
        &["filter", "check", "a = 1"],
        &["filter", "soql", "a = 1"],
        &["test", "--list"],
        &["test", "--schema"],
        &["--help"],
        &["test", "--help"],
        &["--version"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = start(arguments, full.into()).wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            error.contains("cannot write to standard output"),
            "{arguments:?}: {error}"
        );
        assert!(!error.contains("panicked"), "{error}");
        assert!(
            matches!(output.status.code(), Some(1 | 2)),
            "{arguments:?}: {}",
            output.status
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_whose_errors_nobody_reads_still_ends_with_its_code() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let mut command = appflow(&["filter", "parse", "a ="]);
    let status = command.stdout(full()).stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(1));
}
