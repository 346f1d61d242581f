//! One connector behind each target.
//!
//! The process is this test's own executable, started again with the name of one test,
//! [`connector_process`].

mod support;

use std::sync::Arc;
use std::time::Duration;

use appflow_connector_client::{
    CallError, Client, CommandTarget, InvocationFailure, Pager, Target, TargetError, UrlTarget,
};
use lambda_process_host::{CommandLine, Function, FunctionConfig, router};
use serde_json::json;
use support::{busy, process, query};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the process that the other tests start"]
async fn connector_process() {
    support::serve().await;
}

async fn read_airports<T: Target>(client: &Client<T>) -> Vec<String> {
    let mut records = Vec::new();
    let mut pager = Pager::new(query("Airport"));
    while let Some(request) = pager.next_request() {
        let page = client.call(request).await.unwrap();
        let found = page.records.unwrap_or_default();
        pager.add_page(found.len(), found.len(), page.next_token);
        records.extend(found.iter().map(|record| record.as_str().to_owned()));
    }
    pager.finish().unwrap();
    records
}

/// What every target must do alike.
async fn check<T: Target>(target: T) {
    let client = Client::new(target);
    assert_eq!(
        read_airports(&client).await,
        [r#"{"iata":"AUS"}"#, r#"{"iata":"BOS"}"#]
    );
    match client.call(query("Busy")).await.unwrap_err() {
        CallError::Connector(error) => assert_eq!(error, busy()),
        other => panic!("{other:?}"),
    }
    let exchange = client.send(json!({"type": "Dance"})).await.unwrap();
    let failure = exchange.reply.result.unwrap_err();
    assert_eq!(failure.error_message, "unknown request type `Dance`");
    assert_eq!(client.calls(), 4);
}

/// Serves the connector's process as the Runtime Interface Emulator does.
async fn emulator() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut config = process();
    config.name = "function".into();
    let routes = router([Arc::new(Function::new(config).unwrap()) as _]);
    tokio::spawn(axum::serve(listener, routes).into_future());
    url
}

#[tokio::test]
async fn a_command_is_called() {
    check(CommandTarget::new(process()).unwrap()).await;
}

#[tokio::test]
async fn a_url_is_called() {
    check(UrlTarget::new(&emulator().await).unwrap()).await;
}

#[cfg(feature = "in-process")]
#[tokio::test]
async fn a_rust_type_is_called() {
    use appflow_connector_client::InProcessTarget;
    use appflow_connector_runtime::Dispatcher;

    check(InProcessTarget::new(Dispatcher::new(support::Airports))).await;
}

#[tokio::test]
async fn a_command_shows_its_log_and_memory_and_can_be_killed() {
    let client = Client::new(CommandTarget::new(process()).unwrap());
    for expected in [1, 2] {
        let exchange = client.send(query_json("Airport")).await.unwrap();
        assert!(exchange.reply.log.unwrap().contains("query of Airport"));
        #[cfg(target_os = "linux")]
        assert!(exchange.reply.peak_memory_bytes.unwrap() > 0);
        let log = client.target().log().unwrap();
        assert_eq!(log.matches("query of Airport").count(), expected);
        assert!(client.target().kill().await);
    }
}

#[tokio::test]
async fn a_process_that_exits_is_a_failed_invocation_with_its_log() {
    let client = Client::new(CommandTarget::new(process()).unwrap());
    match client.call(query("Exit")).await.unwrap_err() {
        CallError::Invocation { source, log } => {
            assert_eq!(source.error_type, InvocationFailure::EXITED);
            assert!(log.unwrap().contains("query of Exit"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_process_that_cannot_be_started_cannot_be_called() {
    let config = FunctionConfig::new("missing", CommandLine::new("/no/such/connector"));
    let client = Client::new(CommandTarget::new(config).unwrap());
    let error = client.call(query("Airport")).await.unwrap_err();
    assert!(
        matches!(error, CallError::Target(TargetError::Process(_))),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_url_that_refuses_connections_cannot_be_called_and_has_no_log() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let client = Client::new(UrlTarget::new(&url).unwrap());
    let error = client.call(query("Airport")).await.unwrap_err();
    assert!(
        matches!(error, CallError::Target(TargetError::Url { .. })),
        "{error:?}"
    );
    assert_eq!(client.target().log(), None);
    assert!(!client.target().kill().await);
}

#[tokio::test]
async fn a_url_that_does_not_respond_times_out() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let target = UrlTarget::new(&url).unwrap();
    let call = tokio::spawn(async move {
        let limit = Duration::from_millis(1);
        target.invoke(b"{}".to_vec(), limit).await
    });
    let failure = call.await.unwrap().unwrap().result.unwrap_err();
    assert_eq!(failure.error_type, InvocationFailure::TIMED_OUT);
    assert_eq!(failure.error_message, "no response within 5.0 seconds");
}

fn query_json(entity: &str) -> serde_json::Value {
    use appflow_connector_client::{Request as _, to_json};
    to_json(&query(entity).into_request())
}
