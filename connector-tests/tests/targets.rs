//! The same connector on other targets: as a process, and behind the URL of an emulator.
//!
//! The process is this test's own executable, started with the name of one test,
//! [`connector_process`].

mod support;

use std::sync::Arc;

use appflow_connector_runtime::run;
use appflow_connector_tests::{
    AccessKey, Config, Error, Progress, Report, Selection, UrlTarget, Verdict, Verification,
    verify_command,
};
use lambda_process_host::{CommandLine, Function, FunctionConfig, router};
use support::{CONFIG, Defect, Memory, cases, failed};
use tokio::net::TcpListener;

const DEFECT: &str = "CONNECTOR_DEFECT";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the process that the other tests start"]
async fn connector_process() {
    let defect = match std::env::var(DEFECT).as_deref() {
        Ok("TokenOfProcess") => Some(Defect::TokenOfProcess),
        Ok("LeaksMemory") => Some(Defect::LeaksMemory),
        Ok("SecretInLog") => Some(Defect::SecretInLog),
        _ => None,
    };
    run(Memory::new(defect)).await.unwrap();
}

fn process(name: &str, defect: Option<Defect>) -> FunctionConfig {
    let command = CommandLine::new(std::env::current_exe().unwrap())
        .argument("--exact")
        .argument("connector_process")
        .argument("--ignored")
        .argument("--nocapture");
    let mut config = FunctionConfig::new(name, command);
    if let Some(defect) = defect {
        config
            .environment
            .insert(DEFECT.into(), format!("{defect:?}").into());
    }
    config
}

fn config() -> Config {
    Config::from_json(CONFIG).unwrap()
}

/// Of the checks about a process, those that were not applicable.
fn not_made(report: &Report) -> Vec<&'static str> {
    let about_processes = ["behaviour.recovers-after-kill", "behaviour.memory-flat"];
    let results = about_processes.iter().filter_map(|id| report.result(id));
    let open = results.filter(|result| matches!(result.verdict, Verdict::NotApplicable { .. }));
    open.map(|result| result.id).collect()
}

#[tokio::test]
async fn a_good_process_passes_with_the_checks_of_memory_and_recovery() {
    let report = verify_command(process("good", None), &config())
        .await
        .unwrap();
    assert!(report.passed(), "{report}");
    assert!(not_made(&report).is_empty(), "{report}");
    let note = report
        .result("behaviour.secrets-kept")
        .unwrap()
        .note
        .as_deref();
    assert_eq!(note, Some("responses and logs"));
}

#[tokio::test]
async fn defects_of_processes_are_found() {
    for (defect, ids) in cases::PROCESSES {
        let report = verify_command(process("bad", Some(*defect)), &config())
            .await
            .unwrap();
        assert_eq!(failed(&report), *ids, "{defect:?}\n{report}");
        assert!(
            !report
                .to_json()
                .to_string()
                .contains("correct-horse-battery")
        );
    }
}

#[tokio::test]
async fn a_url_is_called_like_the_emulator() {
    let verification = Verification::new(config()).await.unwrap();
    let key = AccessKey::random();
    let secrets = verification
        .serve_secrets("127.0.0.1:0".parse().unwrap(), Vec::new(), key.clone())
        .await
        .unwrap();
    let mut function = process("function", None);
    function.environment.insert(
        "AWS_ENDPOINT_URL_SECRETS_MANAGER".into(),
        secrets.url().into(),
    );
    for (name, value) in key.variables() {
        function.environment.insert(name.into(), value.into());
    }
    let emulator = router([Arc::new(Function::new(function).unwrap()) as _]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, emulator).into_future());

    let target = UrlTarget::new(&url).unwrap();
    let report = verification.run(&target, &mut ()).await.unwrap();
    assert!(report.passed(), "{report}");
    assert_eq!(not_made(&report).len(), 2, "{report}");
}

#[tokio::test]
async fn a_target_that_cannot_be_called_is_an_error_and_not_a_finding() {
    let verification = Verification::new(config()).await.unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let target = UrlTarget::new(&url).unwrap();
    let error = verification.run(&target, &mut ()).await.unwrap_err();
    assert!(matches!(error, Error::Target(_)), "{error:?}");

    let missing = FunctionConfig::new("missing", CommandLine::new("/no/such/connector"));
    let error = verify_command(missing, &config()).await.unwrap_err();
    assert!(matches!(error, Error::Target(_)), "{error:?}");
}

/// Keeps what it is told.
#[derive(Default)]
struct Recorded {
    began: Vec<&'static str>,
    ended: usize,
    calls: usize,
}

impl Progress for Recorded {
    fn begin(&mut self, check: &appflow_connector_tests::Check) {
        self.began.push(check.id);
    }

    fn call(&mut self, number: usize) {
        self.calls = number;
    }

    fn end(&mut self, _: &appflow_connector_tests::CheckResult) {
        self.ended += 1;
    }
}

#[tokio::test]
async fn progress_is_reported_while_a_run_goes_on() {
    let selection = Selection::new(&["metadata.entit"], &["metadata.entities-unique"]).unwrap();
    let verification = Verification::new(config())
        .await
        .unwrap()
        .with_selection(selection);
    let mut recorded = Recorded::default();
    let target = verification.in_process(Memory::new(None));
    let report = verification.run(&target, &mut recorded).await.unwrap();
    assert_eq!(
        recorded.began,
        ["metadata.entities-listed", "metadata.entity-described"]
    );
    assert_eq!(recorded.ended, 3);
    assert_eq!(recorded.calls, report.calls);
}
