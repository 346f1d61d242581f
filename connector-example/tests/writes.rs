//! Writing records: every record has its result, in the same order, whatever fails.

mod support;

use salesforce_sandbox::{Calls, Config, Fault, FaultPlan, Moment, NextCalls};
use serde_json::{Value, json};
use support::{Salesforce, error};

/// Sends records. `how` has the keys `operation`, `idFieldNames` and `allOrNone`.
async fn write(salesforce: &Salesforce, object: &str, how: Value, records: &[Value]) -> Value {
    let mut request = how;
    request["type"] = json!("WriteDataRequest");
    request["entityIdentifier"] = json!(object);
    request["records"] = records.iter().map(Value::to_string).collect();
    salesforce.connection.send(&request).await
}

fn upsert() -> Value {
    json!({ "operation": "UPSERT", "idFieldNames": ["ExternalKey__c"] })
}

/// Returns the results of a write: `written`, or the error message.
fn results(response: &Value) -> Vec<String> {
    let result = |result: &Value| {
        result["errorMessage"]
            .as_str()
            .unwrap_or("written")
            .to_owned()
    };
    response["writeRecordResults"]
        .as_array()
        .unwrap_or_else(|| panic!("{response}"))
        .iter()
        .map(result)
        .collect()
}

fn next(fault: Fault, moment: Moment) -> FaultPlan {
    FaultPlan::Next(NextCalls {
        count: 1,
        fault,
        moment,
        calls: Calls::default(),
    })
}

async fn names(salesforce: &Salesforce, filter: &str) -> Vec<String> {
    let accounts = salesforce
        .connection
        .query_all("Account", &["Name"], Some(filter), 2_000)
        .await;
    accounts
        .iter()
        .map(|account| account["Name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_record_is_inserted_read_updated_and_deleted() {
    let salesforce = Salesforce::start().await;
    let record =
        json!({ "Name": "Acme", "AnnualRevenue": 12_345_678_901.25, "ExternalKey__c": "W-1" });
    let response = write(
        &salesforce,
        "Account",
        json!({ "operation": "INSERT" }),
        &[record],
    )
    .await;
    assert_eq!(response["isSuccess"], true, "{response}");
    let id = response["writeRecordResults"][0]["recordId"].clone();

    let filter = format!("Id = {id}");
    let fields = ["Name", "AnnualRevenue"];
    let found = salesforce
        .connection
        .query_all("Account", &fields, Some(&filter), 10)
        .await;
    assert_eq!(
        json!(found),
        json!([{ "Name": "Acme", "AnnualRevenue": 12_345_678_901.25 }])
    );

    let change = json!({ "Id": id, "Name": "Acme & Sons", "AnnualRevenue": null });
    let response = write(
        &salesforce,
        "Account",
        json!({ "operation": "UPDATE" }),
        &[change],
    )
    .await;
    assert_eq!(results(&response), ["written"]);
    let found = salesforce
        .connection
        .query_all("Account", &fields, Some(&filter), 10)
        .await;
    assert_eq!(
        json!(found),
        json!([{ "Name": "Acme & Sons", "AnnualRevenue": null }])
    );

    for _ in 0..2 {
        // Deleting a record that is already deleted succeeds.
        let response = write(
            &salesforce,
            "Account",
            json!({ "operation": "DELETE" }),
            &[json!({ "Id": id })],
        )
        .await;
        assert_eq!(results(&response), ["written"]);
    }
    assert!(names(&salesforce, &filter).await.is_empty());
}

#[tokio::test]
async fn a_repeated_upsert_changes_no_more() {
    let salesforce = Salesforce::start().await;
    for name in ["first", "second"] {
        let records: Vec<Value> = (0..450)
            .map(|number| json!({ "ExternalKey__c": format!("U-{number}"), "Name": name }))
            .collect();
        let response = write(&salesforce, "Account", upsert(), &records).await;
        assert_eq!(response["isSuccess"], true, "{response}");
    }
    assert_eq!(
        names(&salesforce, "ExternalKey__c contains 'U-'").await,
        vec!["second"; 450]
    );

    // If a record is twice in one request, the later one wins.
    let record = |name: &str| json!({ "ExternalKey__c": "U-0", "Name": name });
    let response = write(
        &salesforce,
        "Account",
        upsert(),
        &[record("third"), record("fourth")],
    )
    .await;
    assert_eq!(results(&response), ["written", "written"]);
    assert_eq!(
        names(&salesforce, "ExternalKey__c = 'U-0'").await,
        ["fourth"]
    );
}

#[tokio::test]
async fn an_invalid_record_fails_alone_and_its_result_is_in_its_place() {
    let salesforce = Salesforce::start().await;
    let records = [
        json!({ "ExternalKey__c": "B-1", "Name": "good" }),
        json!({ "ExternalKey__c": "B-2" }),
        json!("not an object"),
        json!({ "Name": "no key" }),
        json!({ "ExternalKey__c": "B-3", "Name": "x".repeat(256) }),
        json!({ "ExternalKey__c": "B-4", "Name": "good", "Nonsense__c": 1 }),
        json!({ "ExternalKey__c": "B-5", "Name": "good" }),
    ];
    let response = write(&salesforce, "Account", upsert(), &records).await;
    assert_eq!(error(&response).0, "PartialWriteFailure");
    let results = results(&response);
    assert_eq!(results.len(), records.len());
    for (place, part) in [
        (0, "written"),
        (1, "REQUIRED_FIELD_MISSING"),
        (2, "the record cannot be read"),
        (3, "the record has no ExternalKey__c"),
        (4, "STRING_TOO_LONG"),
        (5, "INVALID_FIELD"),
        (6, "written"),
    ] {
        assert!(results[place].contains(part), "{place}: {}", results[place]);
    }
    assert_eq!(
        names(&salesforce, "ExternalKey__c contains 'B-'").await,
        ["good", "good"]
    );
}

#[tokio::test]
async fn a_collection_that_is_refused_as_a_whole_costs_only_its_invalid_records() {
    let salesforce = Salesforce::with(Config {
        strict_collections: true,
        ..Config::default()
    })
    .await;
    let account = |number: usize| {
        let employees = if number % 40 == 7 {
            json!("many")
        } else {
            json!(5)
        };
        json!({
            "ExternalKey__c": format!("C-{number}"),
            "Name": "good",
            "NumberOfEmployees": employees,
        })
    };
    let records: Vec<Value> = (0..220).map(account).collect();
    for how in [upsert(), json!({ "operation": "INSERT" })] {
        let response = write(&salesforce, "Account", how.clone(), &records).await;
        let results = results(&response);
        for (number, result) in results.iter().enumerate() {
            if number % 40 == 7 {
                assert!(result.contains("JSON_PARSER_ERROR"), "{number}: {result}");
            } else if how == upsert() {
                assert_eq!(result, "written", "{number}");
            } else {
                // The upsert before has written the key.
                assert!(result.contains("DUPLICATE_VALUE"), "{number}: {result}");
            }
        }
        let names = names(&salesforce, "ExternalKey__c contains 'C-'").await;
        assert_eq!(names.len(), 214);
    }
}

#[tokio::test]
async fn all_or_none_undoes_a_batch_and_stops() {
    let salesforce = Salesforce::start().await;
    let mut records: Vec<Value> = (0..500)
        .map(|number| json!({ "ExternalKey__c": format!("N-{number}"), "Name": "n" }))
        .collect();
    records[250] = json!({ "ExternalKey__c": "N-250" });
    let mut how = upsert();
    how["allOrNone"] = json!(true);
    let response = write(&salesforce, "Account", how, &records).await;
    let results = results(&response);
    assert!(results[..200].iter().all(|result| result == "written"));
    assert!(
        results[200].contains("ALL_OR_NONE_OPERATION_ROLLED_BACK"),
        "{}",
        results[200]
    );
    assert!(
        results[250].contains("REQUIRED_FIELD_MISSING"),
        "{}",
        results[250]
    );
    assert!(
        results[400..]
            .iter()
            .all(|result| result.starts_with("not attempted"))
    );
    assert_eq!(
        names(&salesforce, "ExternalKey__c contains 'N-'")
            .await
            .len(),
        200
    );
}

#[tokio::test]
async fn a_locked_record_is_sent_again() {
    let salesforce = Salesforce::start().await;
    salesforce
        .sandbox
        .add_fault(next(Fault::LockedRow, Moment::Before))
        .unwrap();
    let records =
        [1, 2].map(|number| json!({ "ExternalKey__c": format!("L-{number}"), "Name": "l" }));
    let response = write(&salesforce, "Account", upsert(), &records).await;
    assert_eq!(results(&response), ["written", "written"]);
}

#[tokio::test]
async fn an_upsert_whose_response_is_lost_is_sent_again_and_an_insert_is_not() {
    let salesforce = Salesforce::start().await;
    salesforce
        .sandbox
        .add_fault(next(Fault::Reset, Moment::After))
        .unwrap();
    let response = write(
        &salesforce,
        "Account",
        upsert(),
        &[json!({ "ExternalKey__c": "R-1", "Name": "r" })],
    )
    .await;
    assert_eq!(results(&response), ["written"]);
    assert_eq!(names(&salesforce, "ExternalKey__c = 'R-1'").await, ["r"]);

    salesforce
        .sandbox
        .add_fault(next(Fault::Reset, Moment::After))
        .unwrap();
    let insert = json!({ "operation": "INSERT" });
    let response = write(
        &salesforce,
        "Account",
        insert,
        &[json!({ "Name": "inserted once" })],
    )
    .await;
    let results = results(&response);
    assert!(
        results[0].contains("it is unknown whether the request took effect"),
        "{}",
        results[0]
    );
    assert_eq!(names(&salesforce, "Name = 'inserted once'").await.len(), 1);
}

#[tokio::test]
async fn an_error_before_anything_is_written_is_the_requests_error() {
    let salesforce = Salesforce::start().await;
    salesforce
        .sandbox
        .add_fault(next(Fault::ExpiredToken, Moment::Before))
        .unwrap();
    let record = json!({ "ExternalKey__c": "T-1", "Name": "t" });
    let response = write(
        &salesforce,
        "Account",
        upsert(),
        std::slice::from_ref(&record),
    )
    .await;
    assert_eq!(error(&response).0, "InvalidCredentials");
    salesforce.renew_token().await;
    assert_eq!(
        results(&write(&salesforce, "Account", upsert(), &[record]).await),
        ["written"]
    );
}

#[tokio::test]
async fn an_invalid_write_request_is_refused() {
    let salesforce = Salesforce::start().await;
    for (object, how, part) in [
        (
            "Account",
            json!({ "operation": "UPSERT" }),
            "an upsert needs one id field",
        ),
        (
            "Account",
            json!({ "operation": "UPDATE", "idFieldNames": ["ExternalKey__c"] }),
            "needs the id field Id",
        ),
        (
            "Account/../User",
            json!({ "operation": "INSERT" }),
            "not a valid name of a Salesforce object",
        ),
    ] {
        let response = write(&salesforce, object, how, &[json!({ "Name": "x" })]).await;
        let (code, message) = error(&response);
        assert_eq!(code, "InvalidArgument");
        assert!(message.contains(part), "{message}");
    }
}
