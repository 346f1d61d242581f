//! The Lambda function.

use std::process::ExitCode;

use appflow_connector_example::SalesforceConnector;
use appflow_connector_sdk::run;

// Two threads, so that a call still ends at its deadline while its handler blocks one of them.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let Err(error) = run(SalesforceConnector::default()).await else {
        return ExitCode::SUCCESS;
    };
    eprintln!("{error}");
    ExitCode::FAILURE
}
