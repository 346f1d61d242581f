//! A Salesforce that is slow, down, throttling or not itself.

mod support;

use std::time::{Duration, Instant};

use appflow_connector_sdk::Call;
use salesforce_sandbox::{Calls, Fault, FaultPlan, Moment, NextCalls};
use serde_json::{Value, json};
use support::{Connection, Salesforce, canned_server, error, http_answer, records};
use tokio::net::TcpListener;

fn list() -> Value {
    json!({ "type": "ListEntitiesRequest" })
}

#[tokio::test]
async fn answers_are_understood_by_status_and_body() {
    for (status, headers, body, code, retry_after) in [
        ("503 Service Unavailable", "Retry-After: 30\r\n", "", "ServiceUnavailable", json!(30)),
        ("503 Service Unavailable", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n", "", "ServiceUnavailable", json!(5)),
        (
            "403 Forbidden",
            "",
            r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#,
            "RateLimitExceeded",
            json!(5),
        ),
        ("302 Found", "Location: https://example.com/\r\n", "", "InvalidArgument", json!(null)),
        ("200 OK", "", "<html>maintenance</html>", "ServerError", json!(5)),
        ("200 OK", "", "{}", "ServerError", json!(5)),
    ] {
        let connection = Connection::new(canned_server(http_answer(status, headers, body)).await, "token");
        let answer = connection.send(&list()).await;
        assert_eq!(error(&answer).0, code, "{status} {body}");
        assert_eq!(answer["errorDetails"]["retryAfterSeconds"], retry_after);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_or_breaks_off_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let answer = Connection::new(url, "token").send(&list()).await;
    let (code, message) = error(&answer);
    assert_eq!(code, "ServiceUnavailable");
    assert!(message.starts_with("Salesforce cannot be reached: "), "{message}");

    let broken = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".to_owned();
    let answer = Connection::new(canned_server(broken).await, "token").send(&list()).await;
    let (code, message) = error(&answer);
    assert_eq!(code, "ServiceUnavailable");
    assert!(message.starts_with("the connection to Salesforce broke"), "{message}");
}

#[tokio::test]
async fn a_silent_server_is_given_up_in_time_to_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connection = Connection::new(format!("http://{}", listener.local_addr().unwrap()), "token");
    let call = Call { deadline: Some(Instant::now() + Duration::from_secs(1)), ..Call::default() };
    let answer = connection.send_within(&list(), &call).await;
    assert_eq!(error(&answer), ("RequestTimeout", "Salesforce did not respond in time"));
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let body = " ".repeat(33 * 1024 * 1024);
    let connection = Connection::new(canned_server(http_answer("200 OK", "", &body)).await, "token");
    let answer = connection.send(&list()).await;
    assert_eq!(error(&answer).0, "ServerError");
}

/// 2,000 records of 4 kB each, and as much again for their quotes, are more than Lambda takes.
#[tokio::test]
async fn a_page_too_large_for_lambda_comes_in_parts() {
    let record =
        |number| json!({ "attributes": { "type": "Note__c" }, "Id": format!("a00{number:015}"), "Body__c": "\"".repeat(1_000) });
    let page = json!({ "totalSize": 2_000, "done": true, "records": (0..2_000).map(record).collect::<Vec<_>>() });
    let connection = Connection::new(canned_server(http_answer("200 OK", "", &page.to_string())).await, "token");
    let mut context = connection.context();
    let field = |name: &str| json!({ "fieldName": name, "dataType": "String" });
    context["entityDefinition"] = json!({ "entity": { "entityIdentifier": "Note__c", "hasNestedEntities": false }, "fields": [field("Id"), field("Body__c")] });
    let mut request =
        json!({ "type": "QueryDataRequest", "entityIdentifier": "Note__c", "connectorContext": context, "maxResults": 2_000 });

    let mut ids = Vec::new();
    loop {
        let answer = connection.send(&request).await;
        assert!(answer.to_string().len() <= 6_291_456);
        ids.extend(records(&answer).iter().map(|record| record["Id"].clone()));
        if answer["nextToken"].is_null() {
            break;
        }
        request["nextToken"] = answer["nextToken"].clone();
    }
    let every_id: Vec<Value> = (0..2_000).map(|number| json!(format!("a00{number:015}"))).collect();
    assert_eq!(ids, every_id);
}

#[tokio::test]
async fn a_wait_that_salesforce_asks_for_is_kept_if_the_deadline_allows_it() {
    let salesforce = Salesforce::start().await;
    let limited = || {
        let fault = Fault::RateLimited { retry_after: 2 };
        FaultPlan::Next(NextCalls { count: 1, fault, moment: Moment::Before, calls: Calls::default() })
    };

    salesforce.sandbox.add_fault(limited()).unwrap();
    let begin = Instant::now();
    let answer = salesforce.connection.send(&list()).await;
    assert_eq!(answer["isSuccess"], true, "{answer}");
    assert!(begin.elapsed() >= Duration::from_secs(2));

    salesforce.sandbox.add_fault(limited()).unwrap();
    let call = Call { deadline: Some(Instant::now() + Duration::from_millis(1_500)), ..Call::default() };
    let answer = salesforce.connection.send_within(&list(), &call).await;
    assert_eq!(error(&answer).0, "RateLimitExceeded");
    assert_eq!(answer["errorDetails"]["retryAfterSeconds"], 2);
}
