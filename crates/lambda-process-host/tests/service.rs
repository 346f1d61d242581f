//! The Lambda service's Invoke operation.

mod support;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_process_host::{CommandLine, Function, FunctionConfig, Invoke, router};
use serde_json::{Value, json};
use tower::ServiceExt;

fn service() -> (Router, Function) {
    let function = Function::new(support::config("airports")).unwrap();
    let broken = Function::new(FunctionConfig::new(
        "broken",
        CommandLine::new("no-such-program"),
    ))
    .unwrap();
    let functions: [Arc<dyn Invoke>; 2] = [Arc::new(function.clone()), Arc::new(broken)];
    (router(functions), function)
}

fn post(function: &str) -> Builder {
    Request::post(format!("/2015-03-31/functions/{function}/invocations"))
}

async fn send(
    service: &Router,
    request: Builder,
    body: impl Into<Body>,
) -> (u16, HeaderMap, Vec<u8>) {
    let response = service
        .clone()
        .oneshot(request.body(body.into()).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    (
        parts.status.as_u16(),
        parts.headers,
        to_bytes(body, usize::MAX).await.unwrap().into(),
    )
}

fn json_of(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

#[tokio::test]
async fn a_synchronous_call_returns_the_functions_response() {
    let (service, _function) = service();
    let (status, headers, body) = send(&service, post("airports"), r#"{"a":1}"#).await;
    assert_eq!(
        (status, json_of(&body)),
        (200, json!({"event": {"a": 1}, "calls": 1}))
    );
    assert_eq!(headers["x-amz-executed-version"], "$LATEST");
    assert_eq!(
        headers.get_all("content-type").iter().collect::<Vec<_>>(),
        ["application/json"]
    );
    assert!(
        !headers.contains_key("x-amz-function-error") && !headers.contains_key("x-amz-log-result")
    );

    let (_, headers, body) = send(&service, post("airports"), r#"{"do":"headers"}"#).await;
    assert_eq!(
        headers["x-amzn-requestid"],
        json_of(&body)["lambda-runtime-aws-request-id"]
            .as_str()
            .unwrap()
    );
}

#[tokio::test]
async fn every_form_of_the_functions_name_is_accepted() {
    let (service, _function) = service();
    for name in [
        "airports",
        "airports:live",
        "airports?Qualifier=live",
        "123456789012:function:airports",
        "arn:aws:lambda:us-east-1:123456789012:function:airports",
        "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Aairports%3A%24LATEST",
    ] {
        let path = match name.split_once('?') {
            Some((name, query)) => format!("/2015-03-31/functions/{name}/invocations?{query}"),
            None => format!("/2015-03-31/functions/{name}/invocations"),
        };
        let (status, ..) = send(&service, Request::post(path), "{}").await;
        assert_eq!(status, 200, "{name}");
    }
}

#[tokio::test]
async fn a_call_without_a_body_has_an_empty_object_as_event() {
    let (service, _function) = service();
    let (_, _, body) = send(&service, post("airports"), "").await;
    assert_eq!(json_of(&body)["event"], json!({}));
}

#[tokio::test]
async fn a_functions_error_is_the_body_and_is_marked_in_a_header() {
    let (service, _function) = service();
    let report = json!({"errorType": "KeyError", "errorMessage": "'id'", "requestId": "x"});
    let event = json!({"do": "error", "report": report}).to_string();
    let (status, headers, body) = send(&service, post("airports"), event).await;
    assert_eq!((status, json_of(&body)), (200, report));
    assert_eq!(headers["x-amz-function-error"], "Unhandled");
}

#[tokio::test]
async fn a_function_that_cannot_be_started_is_a_functions_error() {
    let (service, _function) = service();
    let (status, headers, body) = send(&service, post("broken"), "{}").await;
    assert_eq!(
        (status, &headers["x-amz-function-error"]),
        (200, &"Unhandled".parse().unwrap())
    );
    let error = json_of(&body);
    assert_eq!(error["errorType"], "Runtime.InvalidEntrypoint");
    assert!(
        error["errorMessage"]
            .as_str()
            .unwrap()
            .contains("cannot start no-such-program: "),
        "{error}"
    );
}

#[tokio::test]
async fn the_end_of_the_log_is_returned_on_request() {
    let (service, _function) = service();
    let event = json!({"do": "print", "text": "", "error_text": "ünlogged\n"}).to_string();
    let (_, headers, _) = send(
        &service,
        post("airports").header("X-Amz-Log-Type", "Tail"),
        event,
    )
    .await;
    let log = STANDARD.decode(&headers["x-amz-log-result"]).unwrap();
    assert!(String::from_utf8(log).unwrap().ends_with("ünlogged\n"));
}

#[tokio::test]
async fn an_event_call_is_accepted_and_runs() {
    let (service, function) = service();
    let event = json!({"do": "print", "text": "asynchronous\n", "error_text": ""}).to_string();
    let (status, _, body) = send(
        &service,
        post("airports").header("X-Amz-Invocation-Type", "Event"),
        event,
    )
    .await;
    assert_eq!((status, body.len()), (202, 0));
    while !function.log().contains("asynchronous\n") {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_dry_run_calls_nothing() {
    let (service, function) = service();
    let (status, _, body) = send(
        &service,
        post("airports").header("X-Amz-Invocation-Type", "DryRun"),
        "{}",
    )
    .await;
    assert_eq!((status, body.len()), (204, 0));
    assert_eq!(function.process_id(), None);
}

#[tokio::test]
async fn a_call_continues_if_its_client_disconnects() {
    let (service, function) = service();
    let client = tokio::spawn(async move {
        send(&service, post("airports"), r#"{"do":"sleep","ms":200}"#).await
    });
    while !function.log().contains("sleeping") {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    assert_eq!(
        json_of(&function.invoke("{}").await.unwrap().result.unwrap())["calls"],
        2
    );
}

async fn rejection(request: Builder, body: impl Into<Body>) -> (u16, String, Value) {
    let (service, function) = service();
    let (status, headers, body) = send(&service, request, body).await;
    assert_eq!(function.process_id(), None);
    assert!(headers.contains_key("x-amzn-requestid"));
    (
        status,
        headers["x-amzn-errortype"].to_str().unwrap().to_owned(),
        json_of(&body),
    )
}

#[tokio::test]
async fn an_unknown_function_is_not_found() {
    let (status, error_type, body) = rejection(post("nobody"), "{}").await;
    assert_eq!(
        (status, error_type.as_str()),
        (404, "ResourceNotFoundException")
    );
    let message = "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody";
    assert_eq!(body, json!({"Type": "User", "Message": message}));
}

#[tokio::test]
async fn a_body_that_is_too_large_or_not_json_is_rejected() {
    let number = |size: usize| "1".repeat(size);
    let (status, error_type, body) = rejection(post("airports"), number(6_291_457)).await;
    assert_eq!(
        (status, error_type.as_str()),
        (413, "RequestEntityTooLargeException")
    );
    let message = "Request must be smaller than 6291456 bytes for the InvokeFunction operation";
    assert_eq!(body, json!({"Type": "User", "Message": message}));

    let event = post("airports").header("X-Amz-Invocation-Type", "Event");
    let (status, error_type, _) = rejection(event, number(1024 * 1024 + 1)).await;
    assert_eq!(
        (status, error_type.as_str()),
        (413, "RequestEntityTooLargeException")
    );

    let (status, error_type, _) = rejection(post("airports"), "{").await;
    assert_eq!(
        (status, error_type.as_str()),
        (400, "InvalidRequestContentException")
    );
}

#[tokio::test]
async fn an_unknown_invocation_type_is_rejected() {
    let (status, error_type, _) = rejection(
        post("airports").header("X-Amz-Invocation-Type", "Later"),
        "{}",
    )
    .await;
    assert_eq!(
        (status, error_type.as_str()),
        (400, "InvalidParameterValueException")
    );
}
