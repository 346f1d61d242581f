//! A Salesforce that is slow, unavailable, throttling or returns something else.

mod support;

use std::time::{Duration, Instant};

use appflow_connector_sdk::Call;
use salesforce_sandbox::{Calls, Fault, FaultPlan, Moment, NextCalls};
use serde_json::{Value, json};
use support::{Connection, Salesforce, canned_server, error, fake_server, http_response, records};
use tokio::net::TcpListener;

fn list() -> Value {
    json!({ "type": "ListEntitiesRequest" })
}

#[tokio::test]
async fn error_codes_follow_from_status_and_body() {
    for (status, headers, body, code, retry_after) in [
        (
            "503 Service Unavailable",
            "Retry-After: 30\r\n",
            "",
            "ServiceUnavailable",
            json!(30),
        ),
        (
            "503 Service Unavailable",
            "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n",
            "",
            "ServiceUnavailable",
            json!(5),
        ),
        (
            "403 Forbidden",
            "",
            r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#,
            "RateLimitExceeded",
            json!(3_600),
        ),
        (
            "403 Forbidden",
            "",
            r#"[{"message":"ConcurrentPerOrgLongTxn Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#,
            "RateLimitExceeded",
            json!(5),
        ),
        (
            "302 Found",
            "Location: https://example.com/\r\n",
            "",
            "InvalidArgument",
            json!(null),
        ),
        (
            "200 OK",
            "",
            "<html>maintenance</html>",
            "ServerError",
            json!(5),
        ),
        ("200 OK", "", "{}", "ServerError", json!(5)),
    ] {
        let connection = Connection::new(
            canned_server(http_response(status, headers, body)).await,
            "token",
        );
        let response = connection.send(&list()).await;
        assert_eq!(error(&response).0, code, "{status} {body}");
        assert_eq!(response["errorDetails"]["retryAfterSeconds"], retry_after);
    }
}

#[tokio::test]
async fn an_unreachable_server_and_a_broken_connection_are_service_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let response = Connection::new(url.clone(), "token").send(&list()).await;
    let (code, message) = error(&response);
    assert_eq!(code, "ServiceUnavailable");
    assert!(
        message.starts_with(&format!("Salesforce cannot be reached at {url}: ")),
        "{message}"
    );

    let broken = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".to_owned();
    let response = Connection::new(canned_server(broken).await, "token")
        .send(&list())
        .await;
    let (code, message) = error(&response);
    assert_eq!(code, "ServiceUnavailable");
    assert!(
        message.starts_with("the connection to Salesforce at http://127.0.0.1:"),
        "{message}"
    );
}

#[tokio::test]
async fn a_silent_server_is_a_timeout_before_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connection = Connection::new(
        format!("http://{}", listener.local_addr().unwrap()),
        "token",
    );
    let call = Call {
        deadline: Some(Instant::now() + Duration::from_secs(1)),
        ..Call::default()
    };
    let response = connection.send_within(&list(), &call).await;
    assert_eq!(
        error(&response),
        (
            "RequestTimeout",
            &*format!(
                "Salesforce did not respond in time at {}",
                connection.instance_url
            )
        )
    );
}

#[tokio::test]
async fn a_response_that_is_too_large_is_an_error() {
    let body = " ".repeat(33 * 1024 * 1024);
    let connection = Connection::new(
        canned_server(http_response("200 OK", "", &body)).await,
        "token",
    );
    let response = connection.send(&list()).await;
    assert_eq!(error(&response).0, "ServerError");
}

/// 2,000 records whose text is all quotes, which double twice in the response, exceed Lambda's
/// limit.
#[tokio::test]
async fn a_page_too_large_for_lambda_is_divided() {
    let record = |number| json!({ "attributes": { "type": "Note__c" }, "Id": format!("a00{number:015}"), "Body__c": "\"".repeat(1_000) });
    let url = fake_server(move |received| {
        let after = received.soql.as_ref().unwrap().rsplit_once("Id > 'a00");
        let first = after.map_or(0, |(_, id)| id[..15].parse::<usize>().unwrap() + 1);
        let records: Vec<Value> = (first..2_000).map(record).collect();
        received.respond(&json!({ "totalSize": records.len(), "done": true, "records": records }))
    });
    let connection = Connection::new(url.await, "token");
    let mut context = connection.context();
    let field = |name: &str| json!({ "fieldName": name, "dataType": "String" });
    context["entityDefinition"] = json!({ "entity": { "entityIdentifier": "Note__c", "hasNestedEntities": false }, "fields": [field("Id"), field("Body__c")] });
    let mut request = json!({ "type": "QueryDataRequest", "entityIdentifier": "Note__c", "connectorContext": context, "maxResults": 2_000 });

    let mut ids = Vec::new();
    loop {
        let response = connection.send(&request).await;
        assert!(response.to_string().len() <= 6_291_456);
        ids.extend(records(&response).iter().map(|record| record["Id"].clone()));
        if response["nextToken"].is_null() {
            break;
        }
        request["nextToken"] = response["nextToken"].clone();
    }
    let every_id: Vec<Value> = (0..2_000)
        .map(|number| json!(format!("a00{number:015}")))
        .collect();
    assert_eq!(ids, every_id);
}

/// A fault of the next `count` calls.
fn next_calls(count: u32, fault: Fault) -> FaultPlan {
    FaultPlan::Next(NextCalls {
        count,
        fault,
        moment: Moment::Before,
        calls: Calls::default(),
    })
}

#[tokio::test]
async fn the_days_quota_takes_one_call_and_other_faults_are_retried() {
    let salesforce = Salesforce::start().await;
    let sandbox = &salesforce.sandbox;
    let fault = Fault::RequestLimitExceeded;
    sandbox.add_fault(next_calls(1, fault)).unwrap();
    let response = salesforce.connection.send(&list()).await;
    let (code, message) = error(&response);
    assert_eq!(code, "RateLimitExceeded");
    assert!(
        message.contains("TotalRequests Limit exceeded"),
        "{message}"
    );
    assert_eq!(response["errorDetails"]["retryAfterSeconds"], 3_600);

    for fault in [
        Fault::ConcurrentLimit,
        Fault::ServerError,
        Fault::HtmlError,
        Fault::InternalUnavailable,
    ] {
        sandbox.add_fault(next_calls(2, fault.clone())).unwrap();
        let response = salesforce.connection.send(&list()).await;
        assert_eq!(response["isSuccess"], true, "{fault:?}: {response}");
    }
}

#[tokio::test]
async fn an_insert_is_not_sent_again_after_a_status_of_500() {
    let salesforce = Salesforce::start().await;
    let insert = json!({
        "type": "WriteDataRequest",
        "entityIdentifier": "Account",
        "operation": "INSERT",
        "records": [json!({ "Name": "once" }).to_string()],
    });
    for fault in [
        Fault::ServerError,
        Fault::HtmlError,
        Fault::InternalUnavailable,
    ] {
        let after = FaultPlan::Next(NextCalls {
            count: 1,
            fault,
            moment: Moment::After,
            calls: Calls::default(),
        });
        salesforce.sandbox.add_fault(after).unwrap();
        let response = salesforce.connection.send(&insert).await;
        let message = response["writeRecordResults"][0]["errorMessage"].as_str();
        let message = message.unwrap_or_else(|| panic!("{response}"));
        assert!(message.contains("it is unknown whether"), "{message}");
    }
    let accounts = &salesforce.connection;
    let accounts = accounts
        .query_all("Account", &["Name"], Some("Name = \"once\""), 1_000)
        .await;
    assert_eq!(accounts.len(), 3);
}

#[tokio::test]
async fn retry_after_is_respected_if_the_deadline_allows_it() {
    let salesforce = Salesforce::start().await;
    let limited = || next_calls(1, Fault::RateLimited { retry_after: 2 });

    salesforce.sandbox.add_fault(limited()).unwrap();
    let begin = Instant::now();
    let response = salesforce.connection.send(&list()).await;
    assert_eq!(response["isSuccess"], true, "{response}");
    assert!(begin.elapsed() >= Duration::from_secs(2));

    salesforce.sandbox.add_fault(limited()).unwrap();
    let call = Call {
        deadline: Some(Instant::now() + Duration::from_millis(1_500)),
        ..Call::default()
    };
    let response = salesforce.connection.send_within(&list(), &call).await;
    assert_eq!(error(&response).0, "RateLimitExceeded");
    assert_eq!(response["errorDetails"]["retryAfterSeconds"], 2);
}
