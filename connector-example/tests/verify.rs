//! The connector put through everything that AppFlow expects, by the harness and the config that `cargo appflow test` takes, too.

use appflow_connector_example::SalesforceConnector;
use appflow_connector_tests::{Config, verify_in_process};
use salesforce_sandbox::{Rows, Sandbox};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_connector_does_what_appflow_expects() {
    let rows = Rows { accounts: 500, ..Rows::default() };
    let sandbox = Sandbox::new(salesforce_sandbox::Config { rows, ..salesforce_sandbox::Config::default() }).unwrap();
    let server = sandbox.start("127.0.0.1:0".parse().unwrap()).await.unwrap();

    let config = include_str!("../test-config.json").replace("http://127.0.0.1:8080", &server.url());
    let config = Config::from_json(&config).unwrap();
    let report = verify_in_process(SalesforceConnector::default(), &config).await.unwrap();
    assert!(report.passed(), "{report}");
}
