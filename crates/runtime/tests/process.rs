//! A connector as a process: the Lambda loop under the process host, with secrets from an HTTP
//! endpoint.
//!
//! The process is this test's own executable, started again with the name of one test,
//! [`connector_process`].

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use appflow_connector_runtime::run;
use appflow_local::secrets_manager::SecretsManager;
use lambda_process_host::{CommandLine, Function, FunctionConfig, Outcome};
use serde_json::{Value, json};
use support::Misbehaving;
use tokio::net::TcpListener;

#[tokio::test]
#[ignore = "the process that the other tests start"]
async fn connector_process() {
    run(Misbehaving).await.unwrap();
}

/// A connector's process and the secrets it reads.
struct Connector {
    function: Function,
    secrets: SecretsManager,
    log: tempfile::NamedTempFile,
}

impl Connector {
    async fn start(timeout: Duration, environment: &[(&str, &str)]) -> Self {
        let secrets = SecretsManager::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, secrets.router()).into_future());

        let command = CommandLine::new(std::env::current_exe().unwrap())
            .argument("--exact")
            .argument("connector_process")
            .argument("--ignored")
            .argument("--nocapture");
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut config = FunctionConfig::new("misbehaving", command);
        config.timeout = timeout;
        config.log_file = Some(log.path().to_owned());
        config
            .environment
            .insert("AWS_ENDPOINT_URL".into(), url.into());
        config.environment.extend(
            environment
                .iter()
                .map(|(name, value)| (name.into(), value.into())),
        );
        Self {
            function: Function::new(config).unwrap(),
            secrets,
            log,
        }
    }

    async fn query(&self, entity: &str, secret_arn: Option<&str>) -> Outcome {
        let request = json!({
            "type": "QueryDataRequest",
            "entityIdentifier": entity,
            "connectorContext": {
                "credentials": secret_arn.map(|arn| json!({"secretArn": arn, "authenticationType": "OAuth2"})),
                "flowName": "nightly",
                "executionId": "42",
                "connectorProfileLabel": "production",
            },
        });
        self.invoke(&request.to_string()).await
    }

    async fn invoke(&self, payload: &str) -> Outcome {
        self.function.invoke(payload.to_owned()).await.unwrap()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap()
    }
}

fn response(outcome: &Outcome) -> Value {
    serde_json::from_slice(outcome.result.as_ref().unwrap()).unwrap()
}

fn error_code(outcome: &Outcome) -> Value {
    response(outcome)["errorDetails"]["errorCode"].clone()
}

const AMPLE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn one_process_responds_to_every_request() {
    let connector = Connector::start(AMPLE, &[]).await;
    assert_eq!(
        response(&connector.query("good", None).await)["isSuccess"],
        true
    );

    for (payload, message) in [
        ("garbage", ""),
        ("{}", "the request has no `type`"),
        (r#"{"type":"Dance"}"#, "unknown request type `Dance`"),
    ] {
        let error = connector.invoke(payload).await.result.unwrap_err();
        assert!(error.error_message.contains(message), "{payload}: {error}");
        assert!(!error.error_message.is_empty(), "{payload}");
    }
    let missing = connector
        .invoke(r#"{"type":"DescribeEntityRequest","connectorContext":{}}"#)
        .await;
    assert_eq!(error_code(&missing), "InvalidArgument");
    assert_eq!(
        error_code(&connector.query("big", None).await),
        "InvalidArgument"
    );
    assert_eq!(
        error_code(&connector.query("panic", None).await),
        "ServerError"
    );

    let last = connector.query("good", None).await;
    assert_eq!(response(&last)["isSuccess"], true);
    assert_eq!(
        last.init_duration, None,
        "the same process responded to all of them"
    );
}

#[tokio::test]
async fn a_sleeping_handler_ends_before_lambda_stops_the_process() {
    let connector = Connector::start(Duration::from_secs(2), &[]).await;
    assert_eq!(
        error_code(&connector.query("sleep", None).await),
        "RequestTimeout"
    );
    let next = connector.query("good", None).await;
    assert_eq!(response(&next)["isSuccess"], true);
    assert_eq!(
        next.init_duration, None,
        "the same process responded to both"
    );
}

#[tokio::test]
async fn after_a_handler_that_never_yields_the_next_call_gets_a_new_process() {
    let connector = Connector::start(Duration::from_secs(2), &[]).await;
    for call in 0..8 {
        let outcome = connector.query("never yields", None).await;
        assert_eq!(error_code(&outcome), "RequestTimeout", "call {call}");
        assert!(outcome.init_duration.is_some(), "call {call}");
    }
    let next = connector.query("good", None).await;
    assert_eq!(response(&next)["isSuccess"], true);
    let log = connector.log();
    let exits = log.matches("did not yield at its deadline: the process exits");
    assert_eq!(exits.count(), 8, "{log}");
}

#[tokio::test]
async fn a_process_that_exits_in_a_call_is_replaced() {
    let connector = Connector::start(AMPLE, &[]).await;
    let error = connector.query("exit", None).await.result.unwrap_err();
    assert_eq!(error.error_type, "Runtime.ExitError");
    let next = connector.query("good", None).await;
    assert_eq!(response(&next)["isSuccess"], true);
    assert!(next.init_duration.is_some(), "a new process responded");
}

#[tokio::test]
async fn a_secret_is_read_over_http() {
    let connector = Connector::start(AMPLE, &[]).await;
    let arn = connector
        .secrets
        .create_secret("connection", r#"{"accessToken":"good"}"#)
        .unwrap();
    assert_eq!(
        response(&connector.query("secret", Some(&arn)).await)["isSuccess"],
        true
    );
}

#[tokio::test]
async fn an_unknown_secret_is_a_resource_not_found() {
    let connector = Connector::start(AMPLE, &[]).await;
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:nowhere-AbCdEf";
    let outcome = connector.query("secret", Some(arn)).await;
    assert_eq!(error_code(&outcome), "ResourceNotFoundError");
    let message = response(&outcome)["errorDetails"]["errorMessage"].to_string();
    assert!(message.contains(arn), "{message}");
}

#[tokio::test]
async fn a_secret_that_is_created_late_is_found() {
    let connector = Connector::start(AMPLE, &[]).await;
    let secrets = connector.secrets.clone();
    let partial_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:late";
    let create = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        secrets
            .create_secret("late", r#"{"accessToken":"good"}"#)
            .unwrap();
    };
    let (outcome, ()) = tokio::join!(connector.query("secret", Some(partial_arn)), create);
    assert_eq!(response(&outcome)["isSuccess"], true);
}

#[tokio::test]
async fn without_region_the_error_names_the_variable() {
    let connector =
        Connector::start(AMPLE, &[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "")]).await;
    let outcome = connector.query("secret", Some("arn")).await;
    assert_eq!(error_code(&outcome), "ServerError");
    assert!(
        response(&outcome)
            .to_string()
            .contains("AWS_DEFAULT_REGION is not set")
    );
}

/// A Secrets Manager that refuses every request, and the number of requests.
async fn refusing(code: &'static str) -> (String, std::sync::Arc<AtomicUsize>) {
    let requests = std::sync::Arc::new(AtomicUsize::new(0));
    let counter = requests.clone();
    let refuse = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        async move {
            let body = json!({"__type": code, "Message": "no"}).to_string();
            (
                axum::http::StatusCode::BAD_REQUEST,
                [("content-type", "application/x-amz-json-1.1")],
                body,
            )
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, axum::Router::new().fallback(refuse)).into_future());
    (url, requests)
}

#[tokio::test]
async fn a_refused_secret_is_access_denied() {
    let (url, requests) = refusing("AccessDeniedException").await;
    let connector = Connector::start(AMPLE, &[("AWS_ENDPOINT_URL_SECRETS_MANAGER", &url)]).await;
    let outcome = connector
        .query(
            "secret",
            Some("arn:aws:secretsmanager:us-east-1:0:secret:a"),
        )
        .await;
    assert_eq!(error_code(&outcome), "AccessDenied");
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}

/// A function in a VPC without an endpoint: connections are made, or not, but nothing responds.
#[tokio::test]
async fn a_silent_secrets_manager_is_named_before_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let timeout = Duration::from_secs(3);
    let connector = Connector::start(timeout, &[("AWS_ENDPOINT_URL_SECRETS_MANAGER", &url)]).await;
    let arn = "arn:aws:secretsmanager:us-east-1:0:secret:a";
    let outcome = connector.query("secret", Some(arn)).await;
    assert_eq!(error_code(&outcome), "RequestTimeout");
    let message = response(&outcome)["errorDetails"]["errorMessage"].to_string();
    assert!(message.contains(" did not respond within 2."), "{message}");
    assert!(
        message.contains("does the function's VPC have an endpoint for it?"),
        "{message}"
    );
}

#[tokio::test]
async fn no_response_and_no_log_line_shows_a_secret() {
    // The most detailed log.
    let connector = Connector::start(AMPLE, &[("RUST_LOG", "trace")]).await;
    let canary = "c4n4ry-t0ken";
    let secret =
        json!({"accessToken": canary, "refreshToken": canary, "password": canary}).to_string();
    let arn = connector
        .secrets
        .create_secret("connection", &secret)
        .unwrap();
    let broken = connector
        .secrets
        .create_secret("broken", &format!("{{\"accessToken\":[\"{canary}\"]}}"))
        .unwrap();

    let mut seen = String::new();
    for (entity, arn) in [
        ("secret", &arn),
        ("refused", &arn),
        ("secret", &broken),
        ("panic", &arn),
        ("good", &arn),
    ] {
        seen += &response(&connector.query(entity, Some(arn)).await).to_string();
    }
    seen += &connector.log();
    assert!(
        seen.contains("InvalidCredentials"),
        "the calls were made: {seen}"
    );
    assert!(!seen.contains(canary), "{seen}");
}

#[tokio::test]
async fn every_call_writes_one_json_line() {
    let connector = Connector::start(AMPLE, &[]).await;
    connector.query("good", None).await;
    connector.query("panic", None).await;
    let lines: Vec<Value> = connector
        .log()
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["message"] == "call")
        .collect();
    assert_eq!(lines.len(), 2);
    for (line, records, error_code) in [
        (&lines[0], json!(1), Value::Null),
        (&lines[1], Value::Null, json!("ServerError")),
    ] {
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["request_type"], "QueryDataRequest");
        assert_eq!(line["flow_name"], "nightly");
        assert_eq!(line["execution_id"], "42");
        assert_eq!(line["connector_profile"], "production");
        assert_eq!(line["records"], records);
        assert_eq!(line["error_code"], error_code);
        assert!(
            line["duration_ms"].is_u64() && line["bytes"].as_u64() > Some(0),
            "{line}"
        );
    }
}

/// On Lambda the log is JSON. A tool that shows it to a person asks for text.
#[tokio::test]
async fn the_log_is_json_unless_text_is_selected() {
    for (variables, line) in [
        (
            &[][..],
            "\"message\":\"call\",\"request_type\":\"QueryDataRequest\"",
        ),
        (&[("APPFLOW_LOG_FORMAT", "json")], "\"message\":\"call\""),
        (
            &[("APPFLOW_LOG_FORMAT", "text")],
            "call request_type=\"QueryDataRequest\"",
        ),
    ] {
        let connector = Connector::start(AMPLE, variables).await;
        let outcome = connector.query("any", None).await;
        let log = outcome.log_tail;
        assert!(log.contains(line), "{variables:?}: {log}");
        // A terminal's colours are not for those who pass the log on.
        assert!(!log.contains('\u{1b}'), "{log}");
    }
}
