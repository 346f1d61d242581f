//! The guards around a handler: deadline, size, panics, messages, credentials. No process and no
//! network.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use appflow_connector_model::RequestError;
use appflow_connector_runtime::{Call, Dispatcher, SecretFuture, SecretProvider};
use serde_json::{Value, json};
use support::Misbehaving;

/// Returns a new token at each fetch; only the second one is valid.
#[derive(Clone, Default)]
struct Renewed(Arc<AtomicUsize>);

impl SecretProvider for Renewed {
    fn secret<'a>(&'a self, _: &'a str) -> SecretFuture<'a> {
        let token = match self.0.fetch_add(1, Ordering::Relaxed) {
            0 => "old",
            _ => "good",
        };
        Box::pin(async move { Ok(json!({ "accessToken": token }).to_string().into()) })
    }
}

async fn send(dispatcher: &Dispatcher<Misbehaving>, request: &Value) -> Value {
    let response = dispatcher
        .dispatch(request.to_string().as_bytes(), &Call::default())
        .await
        .unwrap();
    serde_json::from_slice(&response).unwrap()
}

async fn respond(request: &Value, time: Duration) -> Value {
    let dispatcher = Dispatcher::with_secrets(Misbehaving, Renewed::default());
    let call = Call {
        request_id: "1".to_owned(),
        deadline: Some(Instant::now() + time),
    };
    let response = dispatcher
        .dispatch(request.to_string().as_bytes(), &call)
        .await
        .unwrap();
    serde_json::from_slice(&response).unwrap()
}

async fn query(entity: &str) -> Value {
    let request =
        json!({"type": "QueryDataRequest", "entityIdentifier": entity, "connectorContext": {}});
    respond(&request, Duration::from_secs(5)).await
}

#[tokio::test]
async fn a_response_has_every_field() {
    assert_eq!(
        query("good").await,
        json!({
            "isSuccess": true,
            "errorDetails": null,
            "records": ["{\"text\":\"xxxxxxxxxx\"}"],
            "nextToken": null,
        }),
    );
}

#[tokio::test]
async fn a_sleeping_handler_is_dropped_at_the_deadline() {
    let request =
        json!({"type": "QueryDataRequest", "entityIdentifier": "sleep", "connectorContext": {}});
    let response = respond(&request, Duration::from_millis(200)).await;
    assert_eq!(response["errorDetails"]["errorCode"], "RequestTimeout");
    assert_eq!(
        response["errorDetails"]["errorMessage"],
        "the connector did not finish QueryDataRequest within 0.2 s"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocking_handler_does_not_delay_the_response() {
    let request =
        json!({"type": "QueryDataRequest", "entityIdentifier": "block", "connectorContext": {}});
    let response = respond(&request, Duration::from_millis(100)).await;
    assert_eq!(response["errorDetails"]["errorCode"], "RequestTimeout");
}

#[tokio::test(start_paused = true)]
async fn without_a_deadline_appflows_limit_applies() {
    let dispatcher = Dispatcher::with_secrets(Misbehaving, Renewed::default());
    let request =
        br#"{"type":"QueryDataRequest","entityIdentifier":"sleep","connectorContext":{}}"#;
    let response = dispatcher
        .dispatch(request, &Call::default())
        .await
        .unwrap();
    let response: Value = serde_json::from_slice(&response).unwrap();
    let message = response["errorDetails"]["errorMessage"].as_str().unwrap();
    assert_eq!(
        message,
        "the connector did not finish QueryDataRequest within 30.0 s"
    );
}

#[tokio::test]
async fn a_panic_becomes_an_error_and_its_text_stays_in_the_log() {
    let response = query("panic").await;
    assert_eq!(response["errorDetails"]["errorCode"], "ServerError");
    assert!(!response.to_string().contains("canary"));
}

#[tokio::test]
async fn the_error_for_a_response_over_6_mb_has_its_size_and_what_to_lower() {
    let response = query("big").await;
    assert_eq!(
        response["errorDetails"],
        json!({
            "errorCode": "InvalidArgument",
            "errorMessage": "the response has 7000085 bytes, AWS Lambda accepts at most 6291456: lower maxResults (it was 1000) or \
                             select fewer fields",
            "retryAfterSeconds": null,
        }),
    );
}

#[tokio::test]
async fn a_message_is_truncated_at_a_character_boundary() {
    let response = query("long message").await;
    let message = response["errorDetails"]["errorMessage"].as_str().unwrap();
    assert_eq!(message, "é".repeat(799) + "…");
}

#[tokio::test]
async fn the_error_for_a_missing_field_has_its_name() {
    let response = respond(
        &json!({"type": "DescribeEntityRequest", "connectorContext": {}}),
        Duration::from_secs(5),
    )
    .await;
    assert_eq!(response["isSuccess"], false);
    let message = response["errorDetails"]["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("DescribeEntityRequest") && message.contains("entityIdentifier"),
        "{message}"
    );
}

#[tokio::test]
async fn an_invalid_request_is_an_error() {
    let dispatcher = Dispatcher::with_secrets(Misbehaving, Renewed::default());
    let fail = async |payload: &str| {
        dispatcher
            .dispatch(payload.as_bytes(), &Call::default())
            .await
            .unwrap_err()
    };
    assert!(matches!(fail("garbage").await, RequestError::Malformed(_)));
    assert_eq!(fail("{}").await, RequestError::MissingType);
    assert_eq!(
        fail(r#"{"type":"Dance"}"#).await.to_string(),
        "unknown request type `Dance`"
    );
}

#[tokio::test]
async fn the_default_body_of_an_operation_returns_a_clear_error() {
    let request =
        json!({"type": "RetrieveDataRequest", "entityIdentifier": "a", "connectorContext": {}});
    let response = respond(&request, Duration::from_secs(5)).await;
    assert_eq!(
        response["errorDetails"]["errorMessage"],
        "this connector does not retrieve records by id"
    );
}

fn write(entity: &str, records: &[&str]) -> Value {
    json!({
        "type": "WriteDataRequest",
        "entityIdentifier": entity,
        "connectorContext": {},
        "operation": "INSERT",
        "records": records,
    })
}

#[tokio::test]
async fn a_partial_failure_is_derived_from_the_results() {
    let request = write("a", &[r#"{"n":1}"#, r#"{"n":"bad"}"#]);
    let response = respond(&request, Duration::from_secs(5)).await;
    assert_eq!(
        response,
        json!({
            "isSuccess": false,
            "errorDetails": {
                "errorCode": "PartialWriteFailure",
                "errorMessage": "1 of 2 records failed, the first: a bad record",
                "retryAfterSeconds": null,
            },
            "writeRecordResults": [
                {"isSuccess": true, "recordId": "0", "errorMessage": null},
                {"isSuccess": false, "recordId": "1", "errorMessage": "a bad record"},
            ],
        }),
    );
}

#[tokio::test]
async fn a_missing_result_is_an_error() {
    let response = respond(
        &write("forgets one", &[r#"{"n":1}"#]),
        Duration::from_secs(5),
    )
    .await;
    assert_eq!(
        response["errorDetails"]["errorMessage"],
        "the connector returned 0 results for 1 records"
    );
}

#[tokio::test]
async fn the_next_call_fetches_a_refused_token_again() {
    let dispatcher = Dispatcher::with_secrets(Misbehaving, Renewed::default());
    let request = json!({"type": "ValidateCredentialsRequest", "credentials": {"secretArn": "arn", "authenticationType": "OAuth2"}});
    let mut responses = Vec::new();
    for _ in 0..2 {
        let response = dispatcher
            .dispatch(request.to_string().as_bytes(), &Call::default())
            .await
            .unwrap();
        let response: Value = serde_json::from_slice(&response).unwrap();
        responses.push((
            response["isSuccess"].clone(),
            response["errorDetails"]["errorCode"].clone(),
        ));
    }
    assert_eq!(
        responses,
        [
            (json!(false), json!("InvalidCredentials")),
            (json!(true), json!(null))
        ]
    );
}

/// A further page, or a later batch, that the application refuses for its token does not make the
/// call fail. The next call must not meet the same token.
#[tokio::test]
async fn a_token_that_is_refused_after_some_records_is_fetched_again() {
    let context = json!({ "credentials": { "secretArn": "arn", "authenticationType": "OAuth2" } });
    let dispatcher = Dispatcher::with_secrets(Misbehaving, Renewed::default());
    let mut query = json!({
        "type": "QueryDataRequest",
        "entityIdentifier": "refused later",
        "connectorContext": context,
    });
    let first = send(&dispatcher, &query).await;
    assert_eq!(first["records"].as_array().unwrap().len(), 1, "{first}");
    query["nextToken"] = first["nextToken"].clone();
    let second = send(&dispatcher, &query).await;
    assert_eq!(second["records"].as_array().unwrap().len(), 1, "{second}");
    assert_eq!(second["nextToken"], Value::Null);

    let dispatcher = Dispatcher::with_secrets(Misbehaving, Renewed::default());
    let write = json!({
        "type": "WriteDataRequest",
        "entityIdentifier": "refused later",
        "operation": "INSERT",
        "connectorContext": context,
        "records": ["{}", "{}"],
    });
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let response = send(&dispatcher, &write).await;
        outcomes.push(response["isSuccess"].clone());
    }
    assert_eq!(outcomes, [false, true]);
}

#[tokio::test]
async fn the_error_for_missing_credentials_says_so() {
    let response = query("secret").await;
    assert_eq!(
        response["errorDetails"]["errorMessage"],
        "the request names no secret (credentials.secretArn)"
    );
}

#[derive(Clone)]
struct LongToken;

impl SecretProvider for LongToken {
    fn secret<'a>(&'a self, _: &'a str) -> SecretFuture<'a> {
        let secret = json!({"accessToken": "t0ken-t0ken", "username": "ada", "password": "0pen"});
        Box::pin(async move { Ok(secret.to_string().into()) })
    }
}

#[tokio::test]
async fn no_message_of_a_response_has_a_secret() {
    let dispatcher = Dispatcher::with_secrets(Misbehaving, LongToken);
    let context = json!({"credentials": {"secretArn": "arn", "authenticationType": "OAuth2"}});
    for request in [
        json!({"type": "QueryDataRequest", "entityIdentifier": "repeats the token"}),
        json!({"type": "WriteDataRequest", "entityIdentifier": "repeats the token", "records": ["bad", "{}"]}),
    ] {
        let mut request = request;
        request["connectorContext"] = context.clone();
        let response = dispatcher
            .dispatch(request.to_string().as_bytes(), &Call::default())
            .await
            .unwrap();
        let text = String::from_utf8(response).unwrap();
        assert!(!text.contains("t0ken-t0"), "{text}");
        assert!(text.contains("[secret]"), "{text}");
    }
}

#[tokio::test]
async fn the_results_of_a_write_fit_into_the_response() {
    let records = vec!["bad and long"; 20_000];
    let request = json!({
        "type": "WriteDataRequest", "entityIdentifier": "long messages", "connectorContext": {},
        "records": records,
    });
    let response = respond(&request, Duration::from_secs(30)).await;
    assert_eq!(response["errorDetails"]["errorCode"], "PartialWriteFailure");
    let results = response["writeRecordResults"].as_array().unwrap();
    assert_eq!(results.len(), 20_000);
    let message = results[0]["errorMessage"].as_str().unwrap();
    assert!(message.starts_with("xxx"), "{message}");
}
