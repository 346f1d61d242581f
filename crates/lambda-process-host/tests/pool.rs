//! A function with as many processes as calls at a time.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use lambda_process_host::{CommandLine, Error, FunctionConfig, Outcome, Pool, PoolLimits};
use serde_json::{Value, json};
use support::config;

fn pool(concurrency: usize) -> Pool {
    let mut limits = PoolLimits::default();
    limits.concurrency = concurrency;
    Pool::new(config("airports"), limits).unwrap()
}

fn response(outcome: &Outcome) -> Value {
    serde_json::from_slice(outcome.result.as_ref().unwrap()).unwrap()
}

async fn environment(pool: &Pool, variable: &str) -> Option<String> {
    let outcome = pool.invoke(r#"{"do": "environment"}"#).await.unwrap();
    response(&outcome)[variable].as_str().map(ToOwned::to_owned)
}

/// Waits until the pool is in the expected state.
async fn eventually(what: &str, happened: impl Fn() -> bool) {
    for _ in 0..1000 {
        if happened() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("timed out: {what}");
}

#[tokio::test]
async fn twenty_calls_at_once_have_twenty_processes() {
    let pool = pool(20);
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.invoke(r#"{"do": "sleep", "ms": 500}"#).await })
        })
        .collect();
    for call in calls {
        let outcome = call.await.unwrap().unwrap();
        // The first call of its process.
        assert_eq!(response(&outcome), json!({"calls": 1}));
    }
    let processes: BTreeSet<u32> = pool.idle_process_ids().into_iter().collect();
    assert_eq!(processes.len(), 20);
}

#[tokio::test]
async fn a_call_above_the_limit_is_refused_and_the_next_one_after_an_end_is_not() {
    let pool = pool(2);
    let slow = || {
        let pool = pool.clone();
        tokio::spawn(async move { pool.invoke(r#"{"do": "sleep", "ms": 500}"#).await })
    };
    let (first, second) = (slow(), slow());
    tokio::task::yield_now().await;
    let refused = pool.invoke("{}").await.unwrap_err();
    assert!(
        matches!(&refused, Error::TooManyRequests { function, limit: 2 } if function == "airports"),
        "{refused:?}"
    );
    first.await.unwrap().unwrap();
    assert_eq!(response(&pool.invoke("{}").await.unwrap())["calls"], 2);
    second.await.unwrap().unwrap();
}

#[tokio::test]
async fn calls_one_after_the_other_use_one_process() {
    let pool = pool(10);
    for call in 1..=3 {
        assert_eq!(response(&pool.invoke("{}").await.unwrap())["calls"], call);
    }
    assert_eq!(pool.idle_process_ids().len(), 1);
}

#[tokio::test]
async fn a_call_continues_without_its_caller_and_occupies_its_place() {
    let pool = pool(1);
    let call = pool.invoke(r#"{"do": "sleep", "ms": 700}"#);
    let given_up = tokio::time::timeout(Duration::from_millis(100), call).await;
    assert!(given_up.is_err());
    let refused = pool.invoke("{}").await.unwrap_err();
    assert!(
        matches!(refused, Error::TooManyRequests { .. }),
        "{refused:?}"
    );
    eventually("the call's end", || pool.idle_process_ids().len() == 1).await;
    assert_eq!(response(&pool.invoke("{}").await.unwrap())["calls"], 2);
}

#[tokio::test]
async fn a_process_that_exits_is_replaced() {
    let pool = pool(1);
    let outcome = pool.invoke(r#"{"do": "exit", "code": 1}"#).await.unwrap();
    assert_eq!(outcome.result.unwrap_err().error_type, "Runtime.ExitError");
    assert_eq!(response(&pool.invoke("{}").await.unwrap())["calls"], 1);
}

#[tokio::test]
async fn idle_processes_end_after_their_time() {
    let mut limits = PoolLimits::default();
    limits.idle_timeout = Duration::from_millis(300);
    let pool = Pool::new(config("airports"), limits).unwrap();
    pool.invoke("{}").await.unwrap();
    let process = pool.idle_process_ids()[0];
    assert!(fs::exists(format!("/proc/{process}")).unwrap());
    eventually("the process's end", || {
        pool.idle_process_ids().is_empty()
            && !fs::read_to_string(format!("/proc/{process}/cmdline"))
                .is_ok_and(|command| !command.is_empty())
    })
    .await;
    assert_eq!(response(&pool.invoke("{}").await.unwrap())["calls"], 1);
}

#[tokio::test]
async fn a_changed_command_is_started_again_between_calls() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("function.sh");
    let program = config("airports").command;
    let write = |version: &str| {
        let arguments: Vec<_> = program
            .arguments
            .iter()
            .map(|word| word.to_str().unwrap())
            .collect();
        let command = format!(
            "exec '{}' {}",
            program.program.display(),
            arguments.join(" ")
        );
        fs::write(&script, format!("export VERSION='{version}'\n{command}\n")).unwrap();
    };
    write("first");
    let command = CommandLine::new("sh").argument(&script);
    let pool = Pool::new(
        FunctionConfig::new("airports", command),
        PoolLimits::default(),
    )
    .unwrap();
    assert_eq!(
        environment(&pool, "VERSION").await.as_deref(),
        Some("first")
    );

    let running = {
        let pool = pool.clone();
        tokio::spawn(async move { pool.invoke(r#"{"do": "sleep", "ms": 500}"#).await })
    };
    eventually("the call's start", || pool.idle_process_ids().is_empty()).await;
    write("second version");
    assert_eq!(
        environment(&pool, "VERSION").await.as_deref(),
        Some("second version")
    );
    // The call that was running ends in its own process.
    assert_eq!(response(&running.await.unwrap().unwrap())["calls"], 2);
    for _ in 0..3 {
        assert_eq!(
            environment(&pool, "VERSION").await.as_deref(),
            Some("second version")
        );
    }
}

#[tokio::test]
async fn the_processes_end_with_the_pool() {
    let pool = pool(1);
    pool.invoke("{}").await.unwrap();
    let process = pool.idle_process_ids()[0];
    drop(pool);
    eventually("the process's end", || {
        !fs::read_to_string(format!("/proc/{process}/cmdline"))
            .is_ok_and(|command| !command.is_empty())
    })
    .await;
}
