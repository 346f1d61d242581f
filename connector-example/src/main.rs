//! The Lambda function.

use std::process::ExitCode;

use appflow_connector_example::SalesforceConnector;
use appflow_connector_sdk::run;

// One thread for the handlers. `run` has another one, for the deadline and the Lambda Runtime API.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Err(error) = run(SalesforceConnector::default()).await else {
        return ExitCode::SUCCESS;
    };
    eprintln!("{error}");
    ExitCode::FAILURE
}
