//! Many calls of one process: what it holds does not grow.

use std::fs;
use std::path::{Path, PathBuf};

use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition};
use serde_json::{Value, json};

use crate::connector::Connector;

/// How much more memory the process may use at the end than after a tenth of the calls.
const MAX_GROWTH_BYTES: u64 = 4 * 1024 * 1024;

/// Salesforce with an account that has 200 pages of 50 records, and faults in between.
fn salesforce(head: &str, _: &str) -> (u16, String) {
    let path = head.split(' ').nth(1).unwrap();
    if path.contains("Refused") {
        let fault = json!([{"errorCode": "MALFORMED_QUERY", "message": "refused"}]);
        return (400, fault.to_string());
    }
    let row = |number: u32| {
        json!({
            "attributes": {"type": "Account"}, "Id": format!("001{number:015}"), "Name": "a".repeat(100),
        })
    };
    let rows: Vec<Value> = (0..50).map(row).collect();
    (
        200,
        json!({"totalSize": 50, "done": true, "records": rows}).to_string(),
    )
}

/// In the environment of the connector, to find its process by.
const MARK: (&str, &str) = ("MEASURED", "calls");

/// Calls the connector and returns, for each tenth of the calls, its memory and its open files.
async fn hold_over(calls: u32) -> Vec<(u64, usize)> {
    let connector = Connector::start(salesforce, "token", &[MARK]).await;
    let field = |name: &str| {
        let data_type = FieldDataType::String;
        FieldDefinition::builder()
            .field_name(name)
            .data_type(data_type)
            .build()
    };
    let definition = EntityDefinition::builder()
        .entity(Entity::builder().entity_identifier("Account").build())
        .fields(vec![field("Id"), field("Name"), field("Refused")])
        .build();
    let query = |name: &str| {
        json!({
            "type": "QueryDataRequest", "entityIdentifier": "Account", "maxResults": 1_000,
            "selectedFieldNames": ["Id", name], "connectorContext": {"entityDefinition": definition},
        })
    };
    let mut held = Vec::new();
    for number in 1..=calls {
        if number % 10 == 0 {
            let response = connector.call(query("Refused"), json!({})).await;
            assert_eq!(
                response["errorDetails"]["errorCode"], "InvalidArgument",
                "{response}"
            );
        } else {
            let response = connector.call(query("Name"), json!({})).await;
            assert_eq!(
                response["records"].as_array().map(Vec::len),
                Some(50),
                "{response}"
            );
        }
        if number % (calls / 10) == 0 {
            held.push(held_by(&connector_process()));
        }
    }
    held
}

/// The process that this test has started; other tests start connectors, too.
fn connector_process() -> PathBuf {
    let mark = format!("{}={}", MARK.0, MARK.1);
    let is_connector = |process: &PathBuf| {
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        let mut variables = environment.split(|byte| *byte == 0);
        variables.any(|variable| variable == mark.as_bytes())
    };
    let processes = fs::read_dir("/proc").unwrap();
    let mut paths = processes.map(|process| process.unwrap().path());
    paths.find(is_connector).expect("the connector runs")
}

fn held_by(process: &Path) -> (u64, usize) {
    let status = fs::read_to_string(process.join("status")).unwrap();
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = kibibytes.unwrap().trim().trim_end_matches(" kB");
    let files = fs::read_dir(process.join("fd")).unwrap().count();
    (kibibytes.parse::<u64>().unwrap() * 1024, files)
}

fn assert_flat(held: &[(u64, usize)]) {
    println!("calls in tenths  memory in KiB  open files");
    for (tenth, (bytes, files)) in held.iter().enumerate() {
        println!("{:15}  {:13}  {files:10}", tenth + 1, bytes / 1024);
    }
    let ((first_bytes, first_files), (last_bytes, last_files)) = (held[0], held[held.len() - 1]);
    assert!(last_bytes <= first_bytes + MAX_GROWTH_BYTES);
    assert!(last_files <= first_files, "{last_files} open files");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_calls_leave_memory_and_files_as_they_were() {
    assert_flat(&hold_over(300).await);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute; docs/src/figures.md has its figures"]
async fn ten_thousand_calls_leave_memory_and_files_as_they_were() {
    assert_flat(&hold_over(10_000).await);
}
