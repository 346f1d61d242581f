//! How a client reads what comes back.

mod support;

use std::time::Duration;

use appflow_connector_client::{
    CallError, Client, Exchange, InvocationFailure, Reply, Target, TargetError, TargetFuture,
    TimeLimits,
};
use appflow_connector_model::{ErrorCode, QueryDataResponse};
use serde_json::{Value, json};
use support::query;

/// Returns the same payload to every request.
struct Canned(&'static str);

impl Target for Canned {
    fn name(&self) -> String {
        "canned".to_owned()
    }

    fn invoke(&self, _: Vec<u8>, _: Duration) -> TargetFuture<'_, Result<Reply, TargetError>> {
        let result = Ok(self.0.as_bytes().to_vec());
        Box::pin(async { Ok(Reply::new(result, Duration::ZERO)) })
    }
}

/// Never returns.
struct Stuck;

impl Target for Stuck {
    fn name(&self) -> String {
        "stuck".to_owned()
    }

    fn invoke(&self, _: Vec<u8>, _: Duration) -> TargetFuture<'_, Result<Reply, TargetError>> {
        Box::pin(std::future::pending())
    }
}

async fn call(payload: &'static str) -> Result<QueryDataResponse, CallError> {
    Client::new(Canned(payload)).call(query("Airport")).await
}

#[tokio::test]
async fn a_success_and_an_error_are_told_apart() {
    let response = call(r#"{"isSuccess":true,"records":["{}"],"nextToken":"2"}"#)
        .await
        .unwrap();
    assert_eq!(response.next_token.as_deref(), Some("2"));

    let error =
        r#"{"isSuccess":false,"errorDetails":{"errorCode":"AccessDenied","errorMessage":"no"}}"#;
    match call(error).await.unwrap_err() {
        CallError::Connector(error) => {
            assert_eq!(
                (error.code(), error.message()),
                (ErrorCode::AccessDenied, "no")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_invalid_response_is_named_with_the_place() {
    for (payload, expected) in [
        ("null", "."),
        ("{}", "."),
        ("not JSON", "."),
        (r#"{"isSuccess":true} {}"#, "."),
        (r#"{"isSuccess":"perhaps"}"#, "isSuccess"),
        (r#"{"isSuccess":true,"records":["{}",1]}"#, "records[1]"),
        (
            r#"{"isSuccess":false,"errorDetails":{"errorCode":"Tired","errorMessage":"no"}}"#,
            "errorDetails.errorCode",
        ),
    ] {
        match call(payload).await.unwrap_err() {
            CallError::InvalidResponse { path, .. } => assert_eq!(path, expected, "{payload}"),
            other => panic!("{payload}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn an_envelope_is_read_from_a_response_that_is_otherwise_wrong() {
    let exchange = |payload| async move {
        let client = Client::new(Canned(payload));
        let exchange: Exchange = client.send(json!({})).await.unwrap();
        exchange.envelope().unwrap()
    };
    let envelope = exchange(r#"{"isSuccess":false,"errorDetails":"no object","records":7}"#).await;
    assert_eq!(envelope.is_success, Some(false));
    assert_eq!(envelope.error_details, Some(json!("no object")));
    let envelope = exchange("{}").await;
    assert_eq!((envelope.is_success, envelope.error_details), (None, None));
}

#[cfg(feature = "in-process")]
#[tokio::test]
async fn a_partial_write_returns_the_result_of_each_record() {
    use appflow_connector_client::InProcessTarget;
    use appflow_connector_runtime::Dispatcher;

    let client = Client::new(InProcessTarget::new(Dispatcher::new(support::Airports)));
    let response = client.call(support::insert(2)).await.unwrap();
    let results = response.write_record_results.unwrap();
    assert_eq!(
        results
            .iter()
            .map(|result| result.is_success)
            .collect::<Vec<_>>(),
        [true, false]
    );
    let code = response.error_details.unwrap().error_code;
    assert_eq!(code, ErrorCode::PartialWriteFailure);
}

#[tokio::test]
async fn a_response_is_read_whatever_it_says() {
    let payload = r#"{"isSuccess":false,"nextToken":"2"}"#;
    let exchange = Client::new(Canned(payload)).send(json!({})).await.unwrap();
    let response: QueryDataResponse = exchange.response().unwrap();
    assert_eq!(response.next_token.as_deref(), Some("2"));
    let error = exchange.success::<QueryDataResponse>().unwrap_err();
    assert!(matches!(error, CallError::Connector(_)), "{error:?}");
}

#[tokio::test]
async fn a_request_is_sent_without_the_keys_that_have_no_value() {
    let client = Client::new(Canned("{}"));
    let request = appflow_connector_client::Request::into_request(query("Airport"));
    let exchange = client.exchange(&request).await.unwrap();
    assert_eq!(exchange.request["type"], "QueryDataRequest");
    assert!(!has_null(&exchange.request), "{}", exchange.request);
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(fields) => fields.values().any(has_null),
        _ => false,
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_abandoned_ten_seconds_after_its_time_limit() {
    let client = Client::new(Stuck).with_time_limits(TimeLimits {
        metadata: Duration::from_secs(1),
        data: Duration::from_secs(2),
    });
    for (request_type, limit) in [("DescribeEntityRequest", 1), ("WriteDataRequest", 2)] {
        let exchange = client.send(json!({"type": request_type})).await.unwrap();
        assert_eq!(exchange.time_limit, Duration::from_secs(limit));
        assert_eq!(exchange.reply.duration, Duration::from_secs(limit + 10));
        let failure = exchange.reply.result.unwrap_err();
        assert_eq!(failure.error_type, InvocationFailure::TIMED_OUT);
    }
}
