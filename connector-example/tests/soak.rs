//! A Salesforce that fails one call in five, and whose queries and records do not stay: nothing is
//! lost or duplicated, and every failed call has a suitable error code.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use salesforce_sandbox::{
    Calls, Config, Fault, FaultPlan, Moment, Rate, RecordChange, Rows, Sandbox,
};
use serde_json::{Value, json};
use support::{Salesforce, records};

/// The error codes for a call that an injected fault hits. They allow AppFlow to retry.
const TRANSIENT: [&str; 5] = [
    "InvalidCredentials",
    "RateLimitExceeded",
    "RequestTimeout",
    "ServerError",
    "ServiceUnavailable",
];

/// Sends a request until it succeeds, as AppFlow does: with a new token after InvalidCredentials,
/// later after the other errors.
async fn send_until_success(
    salesforce: &Salesforce,
    request: &Value,
    failures: &mut BTreeMap<String, u32>,
) -> Value {
    for _ in 0..50 {
        let response = salesforce.connection.send(request).await;
        let code = response["errorDetails"]["errorCode"].as_str();
        let Some(code) = code.filter(|code| *code != "PartialWriteFailure") else {
            return response;
        };
        assert!(TRANSIENT.contains(&code), "{response}");
        *failures.entry(code.to_owned()).or_default() += 1;
        salesforce.renew_token().await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("fifty calls failed in a row");
}

/// Every kind of fault, with waits that are short enough for a test.
fn one_call_in_five(seed: u64) -> FaultPlan {
    let short = |fault| match fault {
        Fault::StalledBody { .. } => Fault::StalledBody { seconds: 2.0 },
        Fault::SlowBody { .. } => Fault::SlowBody { seconds: 0.3 },
        other => other,
    };
    FaultPlan::Rate(Rate {
        probability: 0.2,
        seed,
        faults: Fault::all().into_iter().map(short).collect(),
        moment: Moment::Either,
        calls: Calls::default(),
    })
}

/// Before one call in twenty, all queries are closed.
fn closed_queries(seed: u64) -> FaultPlan {
    FaultPlan::Rate(Rate {
        probability: 0.05,
        seed,
        faults: vec![Fault::ClosedQueries],
        moment: Moment::Before,
        calls: Calls::default(),
    })
}

/// What other users do between two responses: edit one of the returned accounts, delete another and
/// create a third.
fn change_records(sandbox: &Sandbox, returned: &[String]) {
    let object = || "Account".to_owned();
    let values = |value: Value| value.as_object().unwrap().clone();
    let mut changes = vec![RecordChange::Create {
        object: object(),
        values: values(json!({ "Name": "Late" })),
    }];
    if let [edited, .., deleted] = returned {
        changes.push(RecordChange::Update {
            object: object(),
            id: edited.clone(),
            values: values(json!({ "NumberOfEmployees": 1 })),
        });
        changes.push(RecordChange::Delete {
            object: object(),
            id: deleted.clone(),
        });
    }
    sandbox.change_records(&changes).unwrap();
}

async fn soak(accounts: u32, written: usize) {
    let rows = Rows {
        accounts,
        ..Rows::default()
    };
    let salesforce = Salesforce::with(Config {
        rows,
        locators_end_with_token: true,
        faults: vec![one_call_in_five(7), closed_queries(8)],
        ..Config::default()
    })
    .await;
    let mut failures = BTreeMap::new();

    let describe = json!({ "type": "DescribeEntityRequest", "entityIdentifier": "Account" });
    let entity =
        send_until_success(&salesforce, &describe, &mut failures).await["entityDefinition"].clone();
    let mut context = salesforce.connection.context();
    context["entityDefinition"] = entity;
    let mut request = json!({
        "type": "QueryDataRequest", "entityIdentifier": "Account", "connectorContext": context, "selectedFieldNames": ["Id", "Name"], "maxResults": 250,
    });
    let (mut ids, mut late) = (BTreeSet::new(), 0);
    loop {
        let response = send_until_success(&salesforce, &request, &mut failures).await;
        let mut returned = Vec::new();
        for record in records(&response) {
            let id = record["Id"].as_str().unwrap().to_owned();
            assert!(ids.insert(id.clone()), "{id} was read twice");
            if record["Name"] == "Late" {
                late += 1;
            } else {
                returned.push(id);
            }
        }
        change_records(&salesforce.sandbox, &returned);
        request["nextToken"] = response["nextToken"].clone();
        if request["nextToken"].is_null() {
            break;
        }
    }
    assert_eq!(ids.len() - late, accounts as usize, "read once each");

    let mut pending: Vec<String> = (0..written)
        .map(|number| {
            json!({ "ExternalKey__c": format!("soak-{number}"), "Name": format!("Soak {number}") })
                .to_string()
        })
        .collect();
    while !pending.is_empty() {
        let batch: Vec<String> = pending.drain(..pending.len().min(1_000)).collect();
        let request = json!({
            "type": "WriteDataRequest", "entityIdentifier": "Account", "operation": "UPSERT",
            "idFieldNames": ["ExternalKey__c"], "records": batch,
        });
        let response = send_until_success(&salesforce, &request, &mut failures).await;
        let results = response["writeRecordResults"].as_array().unwrap();
        assert_eq!(results.len(), batch.len());
        // AppFlow reports the failed records to the flow's owner, who sends them again.
        pending.extend(
            results
                .iter()
                .zip(batch)
                .filter(|(result, _)| result["isSuccess"] != true)
                .map(|(_, record)| record),
        );
    }

    let report = salesforce.sandbox.fault_report();
    eprintln!("{report:?}\nfailed calls by error code: {failures:?}");
    let has_closed = report.injected.contains_key("closed_queries");
    assert!(report.injected.len() > 3 && has_closed, "too few faults");
    salesforce.sandbox.clear_faults();
    salesforce.renew_token().await;
    let found = salesforce
        .connection
        .query_all(
            "Account",
            &["ExternalKey__c"],
            Some("ExternalKey__c contains 'soak-'"),
            2_000,
        )
        .await;
    let keys: BTreeSet<&str> = found
        .iter()
        .map(|account| account["ExternalKey__c"].as_str().unwrap())
        .collect();
    assert_eq!(
        (keys.len(), found.len()),
        (written, written),
        "written once each"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_duplicated() {
    soak(6_000, 2_000).await;
}

/// `cargo test -p appflow-connector-example --release --test soak -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; the test above does the same with less"]
async fn fifty_thousand_read_and_twenty_thousand_written() {
    soak(50_000, 20_000).await;
}

/// 20 MB of records, in responses of at most 6 MB.
#[tokio::test(flavor = "multi_thread")]
async fn twenty_megabytes_arrive_complete() {
    let rows = Rows {
        inspections: 1_000,
        report_length: 20_000,
        ..Rows::default()
    };
    let salesforce = Salesforce::with(Config {
        rows,
        ..Config::default()
    })
    .await;
    let found = salesforce
        .connection
        .query_all("Inspection__c", &["Id", "Report__c"], None, 1_000)
        .await;
    let ids: BTreeSet<&str> = found
        .iter()
        .map(|record| record["Id"].as_str().unwrap())
        .collect();
    assert_eq!((ids.len(), found.len()), (1_000, 1_000));
    let bytes: usize = found
        .iter()
        .map(|record| record["Report__c"].as_str().unwrap().len())
        .sum();
    assert!(bytes >= 20_000_000, "{bytes}");
}
