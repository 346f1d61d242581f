//! The life of a function's process: started by the first call, reused, replaced when it exits or
//! hangs.

mod support;

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_process_host::{
    CommandLine, Error, Function, FunctionConfig, FunctionError, MAX_REQUEST_BYTES, Outcome,
};
use serde_json::{Value, json};
use support::config;

fn function(change: impl FnOnce(&mut FunctionConfig)) -> Function {
    let mut config = config("airports");
    change(&mut config);
    Function::new(config).unwrap()
}

async fn call(function: &Function, event: Value) -> Outcome {
    function.invoke(event.to_string()).await.unwrap()
}

fn response(outcome: &Outcome) -> Value {
    serde_json::from_slice(outcome.result.as_ref().unwrap()).unwrap()
}

fn error(outcome: Outcome) -> FunctionError {
    outcome.result.unwrap_err()
}

/// Waits until another process has done something.
async fn eventually<F: Future<Output = bool>>(what: &str, mut happened: impl FnMut() -> F) {
    for _ in 0..1000 {
        if happened().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("timed out: {what}");
}

#[tokio::test]
async fn the_first_call_starts_the_process_and_the_next_calls_reuse_it() {
    let function = function(|_| {});
    assert_eq!(function.process_id(), None);

    let first = call(&function, json!({"a": 1})).await;
    assert_eq!(response(&first), json!({"event": {"a": 1}, "calls": 1}));
    assert!(
        first
            .init_duration
            .is_some_and(|duration| duration > Duration::ZERO)
    );
    assert!(first.duration > Duration::ZERO);
    let process = function.process_id();
    assert!(process.is_some());

    let second = call(&function, json!({})).await;
    assert_eq!(response(&second)["calls"], 2);
    assert_eq!(second.init_duration, None);
    assert_ne!(second.request_id, first.request_id);
    assert_eq!(function.process_id(), process);
}

#[tokio::test]
async fn a_call_has_the_headers_of_the_runtime_api() {
    let function = function(|config| config.region = "eu-central-1".to_owned());
    let now = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_millis()
    };
    let before = now();
    let outcome = call(&function, json!({"do": "headers"})).await;
    let headers = response(&outcome);
    let header = |name: &str| headers[name].as_str().unwrap().to_owned();

    assert_eq!(header("lambda-runtime-aws-request-id"), outcome.request_id);
    assert_eq!(
        header("lambda-runtime-invoked-function-arn"),
        "arn:aws:lambda:eu-central-1:123456789012:function:airports"
    );
    assert_eq!(header("content-type"), "application/json");
    let deadline: u128 = header("lambda-runtime-deadline-ms").parse().unwrap();
    assert!(
        (before + 30_000..=now() + 30_000).contains(&deadline),
        "{deadline}"
    );

    let trace = header("lambda-runtime-trace-id");
    let parts: Vec<&str> = trace.split([';', '-']).collect();
    let ["Root=1", seconds, root, parent, "Sampled=0"] = parts[..] else {
        panic!("{trace}")
    };
    assert_eq!(
        (seconds.len(), root.len(), parent.len()),
        (8, 24, "Parent=".len() + 16),
        "{trace}"
    );
    assert!(
        u32::from_str_radix(seconds, 16).is_ok() && u128::from_str_radix(root, 16).is_ok(),
        "{trace}"
    );
}

#[tokio::test]
async fn the_process_has_lambdas_environment_and_not_the_hosts() {
    let function = function(|config| {
        config
            .environment
            .insert("LOGIN_URL".into(), "http://127.0.0.1:1".into());
        config.memory_size_mb = 256;
    });
    let variables = response(&call(&function, json!({"do": "environment"})).await);
    assert_eq!(variables["AWS_LAMBDA_FUNCTION_NAME"], "airports");
    assert_eq!(variables["AWS_LAMBDA_FUNCTION_VERSION"], "$LATEST");
    assert_eq!(variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "256");
    assert_eq!(variables["AWS_ACCESS_KEY_ID"], "test");
    assert_eq!(
        variables["LAMBDA_TASK_ROOT"],
        std::env::current_dir().unwrap().to_str().unwrap()
    );
    assert_eq!(variables["LOGIN_URL"], "http://127.0.0.1:1");
    // Cargo sets it for this test. It is not one of the variables that are passed on.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    assert_eq!(variables["CARGO_MANIFEST_DIR"], Value::Null);
}

#[tokio::test]
async fn a_call_that_times_out_kills_the_process_and_the_next_starts_another() {
    let function = function(|config| config.timeout = Duration::from_millis(1500));
    assert_eq!(response(&call(&function, json!({})).await)["calls"], 1);

    let outcome = call(&function, json!({"do": "sleep", "ms": 600_000})).await;
    assert_eq!(function.process_id(), None);
    assert!(
        outcome.log_tail.contains("sleeping"),
        "{}",
        outcome.log_tail
    );
    let id = outcome.request_id.clone();
    let error = error(outcome);
    assert_eq!(error.error_type, "Sandbox.Timedout");
    let (time, rest) = error.error_message.split_once(' ').unwrap();
    assert_eq!(rest, format!("{id} Task timed out after 1.50 seconds"));
    assert!(
        time.len() == "2026-01-31T12:00:00.000Z".len() && time.ends_with('Z'),
        "{time}"
    );

    let next = call(&function, json!({})).await;
    assert_eq!(response(&next)["calls"], 1);
    assert!(next.init_duration.is_some());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_functions_child_processes_are_killed_with_it() {
    let function = function(|config| config.timeout = Duration::from_millis(1500));
    for behaviour in ["wait for a child", "wait for a child with a session"] {
        let outcome = call(&function, json!({"do": behaviour})).await;
        let child = outcome
            .log_tail
            .lines()
            .find_map(|line| line.strip_prefix("child "))
            .unwrap()
            .to_owned();
        eventually("the child ends", || async { has_ended(&child) }).await;
    }
}

#[tokio::test]
async fn a_process_that_exits_during_a_call_is_reported_and_replaced() {
    let function = function(|_| {});
    for (event, ending) in [
        (
            json!({"do": "exit", "code": 1}),
            "Runtime exited with error: exit status 1",
        ),
        (
            json!({"do": "exit", "code": 0}),
            "Runtime exited without providing a reason",
        ),
        (
            json!({"do": "abort"}),
            "Runtime exited with error: signal: aborted",
        ),
    ] {
        let outcome = call(&function, event).await;
        assert_eq!(outcome.peak_memory_bytes, None);
        let message = format!("RequestId: {} Error: {ending}", outcome.request_id);
        let error = error(outcome);
        assert_eq!(error.error_type, "Runtime.ExitError");
        assert_eq!(
            error.error_message.trim_end_matches(" (core dumped)"),
            message
        );
        assert!(call(&function, json!({})).await.init_duration.is_some());
    }
}

#[tokio::test]
async fn a_process_that_is_killed_during_a_call_is_reported() {
    let function = function(|_| {});
    call(&function, json!({})).await;
    let process = function.process_id().unwrap().to_string();
    let (outcome, ()) = tokio::join!(
        call(&function, json!({"do": "sleep", "ms": 600_000})),
        async {
            eventually("the call begins", || async {
                function.log().contains("sleeping")
            })
            .await;
            kill(&process);
        }
    );
    let error = error(outcome);
    assert!(
        error
            .error_message
            .ends_with("Error: Runtime exited with error: signal: killed"),
        "{error}"
    );
}

#[tokio::test]
async fn a_process_that_exits_between_calls_is_replaced() {
    let function = function(|_| {});
    assert_eq!(
        response(&call(&function, json!({"do": "respond and exit"})).await),
        "bye"
    );
    let next = call(&function, json!({})).await;
    assert_eq!(response(&next)["calls"], 1);
    assert!(next.init_duration.is_some());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_process_that_is_killed_between_calls_is_replaced() {
    let function = function(|_| {});
    call(&function, json!({})).await;
    let process = function.process_id().unwrap().to_string();
    kill(&process);
    eventually("the process ends", || async { has_ended(&process) }).await;
    assert_eq!(response(&call(&function, json!({})).await)["calls"], 1);
    assert_ne!(function.process_id().unwrap().to_string(), process);
}

fn kill(process: &str) {
    assert!(
        std::process::Command::new("kill")
            .args(["-KILL", process])
            .status()
            .unwrap()
            .success()
    );
}

/// An ended process stays in the process table until its parent has read its status.
#[cfg(target_os = "linux")]
fn has_ended(process: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.is_empty() || stat.contains(") Z ")
}

#[tokio::test]
async fn a_reported_init_error_is_the_calls_error() {
    let function = function(|config| {
        config
            .environment
            .insert("FUNCTION_INIT".into(), "error".into());
    });
    for _ in 0..2 {
        let outcome = call(&function, json!({})).await;
        assert_eq!(
            (outcome.init_duration, outcome.duration),
            (None, Duration::ZERO)
        );
        assert!(
            outcome.log_tail.contains("starting"),
            "{}",
            outcome.log_tail
        );
        assert_eq!(
            error(outcome).to_string(),
            "Function.NoConfig: no configuration"
        );
    }
}

#[tokio::test]
async fn an_exit_during_initialisation_is_the_calls_error() {
    let function = function(|config| {
        config
            .environment
            .insert("FUNCTION_INIT".into(), "exit".into());
    });
    let outcome = call(&function, json!({})).await;
    assert!(
        outcome.log_tail.ends_with("cannot start\n"),
        "{}",
        outcome.log_tail
    );
    let error = error(outcome);
    assert_eq!(error.error_type, "Runtime.ExitError");
    assert!(
        error
            .error_message
            .ends_with("Error: Runtime exited with error: exit status 3"),
        "{error}"
    );
}

#[tokio::test]
async fn an_init_timeout_is_the_calls_error() {
    let function = function(|config| {
        config
            .environment
            .insert("FUNCTION_INIT".into(), "sleep".into());
        config.init_timeout = Duration::from_millis(300);
    });
    let error = error(call(&function, json!({})).await);
    assert_eq!(error.error_type, "Sandbox.Timedout");
    assert!(
        error
            .error_message
            .ends_with("did not request an invocation within 0.30 seconds of its start"),
        "{error}"
    );
    assert_eq!(function.process_id(), None);
}

#[tokio::test]
async fn the_error_names_a_program_that_does_not_exist() {
    let function = Function::new(FunctionConfig::new(
        "f",
        CommandLine::new("no-such-program"),
    ))
    .unwrap();
    let error = function.invoke("{}").await.unwrap_err();
    assert!(matches!(error, Error::Start { .. }), "{error:?}");
    assert_eq!(error.to_string(), "cannot start no-such-program");
    assert_eq!(function.process_id(), None);
}

#[tokio::test]
async fn the_error_names_a_working_directory_that_does_not_exist() {
    let function = function(|config| config.task_root = Some("/no/such/folder".into()));
    let error = function.invoke("{}").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the task root /no/such/folder is not a directory"
    );
}

#[tokio::test]
async fn a_response_over_the_limit_is_rejected_and_the_process_stays() {
    let function = function(|_| {});
    let outcome = call(
        &function,
        json!({"do": "response of size", "size": 7 * 1024 * 1024}),
    )
    .await;
    let error = error(outcome);
    assert_eq!(error.error_type, "Function.ResponseSizeTooLarge");
    assert_eq!(
        serde_json::from_slice::<Value>(&error.payload).unwrap(),
        json!({
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
        })
    );
    assert_eq!(response(&call(&function, json!({})).await)["calls"], 2);
    assert!(function.log().contains("status 413"), "{}", function.log());
}

#[tokio::test]
async fn the_largest_response_is_accepted() {
    let outcome = call(
        &function(|_| {}),
        json!({"do": "response of size", "size": 6_291_556}),
    )
    .await;
    assert_eq!(outcome.result.unwrap().len(), 6_291_556);
}

#[tokio::test]
async fn a_payload_over_the_limit_is_not_sent() {
    let function = function(|_| {});
    let error = function
        .invoke(vec![b' '; MAX_REQUEST_BYTES + 1])
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::PayloadTooLarge {
                bytes: 6_291_457,
                limit: 6_291_456
            }
        ),
        "{error:?}"
    );
    assert_eq!(function.process_id(), None);
}

#[tokio::test]
async fn an_error_that_the_function_reports_is_passed_on_unchanged() {
    let function = function(|_| {});
    let report = json!({"errorType": "KeyError", "errorMessage": "'id'", "stackTrace": ["line 1", "line 2"], "requestId": "x"});
    let error = error(call(&function, json!({"do": "error", "report": report})).await);
    assert_eq!(
        (error.error_type.as_str(), error.error_message.as_str()),
        ("KeyError", "'id'")
    );
    assert_eq!(error.stack_trace, ["line 1", "line 2"]);
    assert_eq!(
        serde_json::from_slice::<Value>(&error.payload).unwrap(),
        report
    );
    assert_eq!(response(&call(&function, json!({})).await)["calls"], 2);
}

#[tokio::test]
async fn a_response_to_another_call_is_rejected() {
    assert_eq!(
        response(&call(&function(|_| {}), json!({"do": "wrong id"})).await),
        400
    );
}

#[tokio::test]
async fn calls_run_one_at_a_time() {
    let function = function(|_| {});
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let function = function.clone();
            tokio::spawn(async move { call(&function, json!({"do": "sleep", "ms": 20})).await })
        })
        .collect();
    let mut counts = Vec::new();
    for call in calls {
        counts.push(response(&call.await.unwrap())["calls"].as_u64().unwrap());
    }
    counts.sort_unstable();
    assert_eq!(counts, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_dropped_call_kills_the_process_and_the_next_starts_another() {
    let function = function(|_| {});
    let dropped = tokio::spawn({
        let function = function.clone();
        async move { call(&function, json!({"do": "sleep", "ms": 600_000})).await }
    });
    eventually("the call begins", || async {
        function.log().contains("sleeping")
    })
    .await;
    dropped.abort();
    assert!(dropped.await.unwrap_err().is_cancelled());
    assert_eq!(function.process_id(), None);

    let next = call(&function, json!({})).await;
    assert_eq!(response(&next)["calls"], 1);
    assert!(next.init_duration.is_some());
}

#[tokio::test]
async fn stop_kills_the_process_and_the_next_call_starts_another() {
    let function = function(|_| {});
    call(&function, json!({})).await;
    function.stop().await;
    assert_eq!(function.process_id(), None);
    function.stop().await;
    assert_eq!(response(&call(&function, json!({})).await)["calls"], 1);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_process_is_killed_with_the_last_clone_of_the_function() {
    let function = function(|_| {});
    call(&function, json!({})).await;
    let process = function.process_id().unwrap().to_string();
    let clone = function.clone();
    drop(function);
    assert_eq!(response(&call(&clone, json!({})).await)["calls"], 2);
    drop(clone);
    eventually("the process ends", || async { has_ended(&process) }).await;
}

#[tokio::test]
async fn the_log_keeps_the_order_of_both_streams_and_is_split_by_call() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("function.log");
    let function = function(|config| config.log_file = Some(file.clone()));

    let first = call(
        &function,
        json!({"do": "print", "text": "one\n", "error_text": "two\n"}),
    )
    .await;
    assert!(
        first.log_tail.contains("starting\n") && first.log_tail.ends_with("one\ntwo\n"),
        "{}",
        first.log_tail
    );
    let ten_kilobytes = format!("{}end\n", "x".repeat(10_000));
    let second = call(
        &function,
        json!({"do": "print", "text": ten_kilobytes, "error_text": ""}),
    )
    .await;
    assert_eq!(second.log_tail, ten_kilobytes[ten_kilobytes.len() - 4096..]);
    let third = call(
        &function,
        json!({"do": "print", "text": "", "error_text": "last"}),
    )
    .await;
    assert_eq!(third.log_tail, "last");

    let log = function.log();
    assert!(
        log.ends_with(&format!("one\ntwo\n{ten_kilobytes}last")),
        "{log}"
    );
    assert_eq!(std::fs::read_to_string(file).unwrap(), log);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn peak_memory_is_that_of_the_process() {
    let function = function(|_| {});
    let before = call(&function, json!({})).await.peak_memory_bytes.unwrap();
    let bytes = 64 * 1024 * 1024;
    let after = call(&function, json!({"do": "allocate", "bytes": bytes}))
        .await
        .peak_memory_bytes
        .unwrap();
    assert!(before < bytes && after > bytes, "{before} {after}");
    // The memory is freed; the peak remains.
    assert!(call(&function, json!({})).await.peak_memory_bytes.unwrap() > bytes);
}
