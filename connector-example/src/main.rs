//! The Lambda function.

use appflow_connector_example::SalesforceConnector;
use appflow_connector_sdk::{RunError, run};

// One thread for the handlers. `run` has another one, for the deadline and the Lambda Runtime API.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), RunError> {
    run(SalesforceConnector::default()).await
}
