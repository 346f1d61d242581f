//! Verifies the connector with the harness and the config of `cargo appflow test`.

mod support;

use appflow_connector_example::SalesforceConnector;
use appflow_connector_tests::{
    Config, Selection, Verdict, Verification, all_checks, verify_in_process,
};
use salesforce_sandbox::{Rows, Sandbox, Server};
use support::{Connection, token};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_connector_does_what_appflow_expects() {
    let (_server, config) = sandbox(500).await;
    let report = verify_in_process(SalesforceConnector::default(), &config)
        .await
        .unwrap();
    assert!(report.passed(), "{report}");
}

/// The verdict of a check does not depend on the checks before it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_check_alone_has_the_verdict_of_the_whole_run() {
    let (_server, config) = sandbox(150).await;
    let verification = Verification::new(config).await.unwrap();
    let target = verification.in_process(SalesforceConnector::default());
    let whole = verification.run(&target, &mut ()).await.unwrap();
    assert_eq!(whole.results.len(), all_checks().count());
    for result in &whole.results {
        let alone = Selection::new(&[result.id], &[]).unwrap();
        let alone = verification.clone().with_selection(alone);
        let report = alone.run(&target, &mut ()).await.unwrap();
        let [of_alone] = report.results.as_slice() else {
            panic!("{report}")
        };
        assert_eq!(of_alone.verdict, result.verdict, "{}\n{report}", result.id);
        let has_checked = report.calls > 0 || result.verdict != Verdict::Passed;
        assert!(has_checked, "{} passes without a call", result.id);
    }
}

/// The harness changes records of its own, and leaves the others as they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_check_of_changes_between_pages_touches_no_other_record() {
    let (server, config) = sandbox(150).await;
    let verification = Verification::new(config).await.unwrap();
    let check = "writes.pages-survive-changes";
    let verification = verification.with_selection(Selection::new(&[check], &[]).unwrap());
    let target = verification.in_process(SalesforceConnector::default());
    let report = verification.run(&target, &mut ()).await.unwrap();
    let result = report.result(check).unwrap();
    assert_eq!(result.verdict, Verdict::Passed, "{report}");
    assert_eq!(result.note.as_deref(), Some("3 changes between pages"));

    let sandbox = Connection::new(server.url(), &token(&server.url()).await);
    let accounts = async |filter| {
        let found = sandbox.query_all("Account", &["Id"], filter, 2_000);
        found.await.len()
    };
    assert_eq!(accounts(None).await, 150);
    // Those that were not written since the sandbox started.
    let as_before = "LastModifiedDate < 2025-06-01T00:00:00Z";
    assert_eq!(accounts(Some(as_before)).await, 150);
    let deleted = "IsDeleted = true and ExternalKey__c contains 'T-'";
    assert_eq!(accounts(Some(deleted)).await, 10);
    assert_eq!(accounts(Some("IsDeleted = true")).await, 10);
}

/// A sandbox with some accounts, and the example's config for it.
async fn sandbox(accounts: u32) -> (Server, Config) {
    let rows = Rows {
        accounts,
        ..Rows::default()
    };
    let sandbox = Sandbox::new(salesforce_sandbox::Config {
        rows,
        ..salesforce_sandbox::Config::default()
    })
    .unwrap();
    let server = sandbox.start("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let config =
        include_str!("../test-config.json").replace("http://127.0.0.1:8080", &server.url());
    let config = config.replace(r#""Account": 5000"#, &format!(r#""Account": {accounts}"#));
    (server, Config::from_json(&config).unwrap())
}
