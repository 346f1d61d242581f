//! A Salesforce connector for Amazon AppFlow: the one to clone and change.
//!
//! Depend on this crate only to try or to test the connector as it is. To write one of your own, copy the crate's folder, and
//! replace what is about Salesforce:
//!
//! | file | what it does |
//! |---|---|
//! | `configuration.rs` | what AppFlow is told about the connector; checks settings and credentials |
//! | `metadata.rs` | which objects there are, and what their fields are |
//! | `records.rs` | reads records page by page, and by id |
//! | `salesforce.rs` | calls Salesforce's REST API, and says what its errors mean to AppFlow |
//!
//! # Example
//!
//! Ask the connector what it is, as AppFlow does when it is registered.
//!
//! ```
//! use appflow_connector_example::SalesforceConnector;
//! use appflow_connector_sdk::model::DescribeConnectorConfigurationResponse;
//! use appflow_connector_sdk::{Call, Dispatcher};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let dispatcher = Dispatcher::new(SalesforceConnector::default());
//! let request = br#"{"type": "DescribeConnectorConfigurationRequest"}"#;
//! let answer = dispatcher.dispatch(request, &Call::default()).await?;
//! let configuration: DescribeConnectorConfigurationResponse = serde_json::from_slice(&answer)?;
//! assert_eq!(configuration.connector_name, "Salesforce");
//! # Ok(())
//! # }
//! ```

mod configuration;
mod metadata;
mod records;
mod row;
mod salesforce;

use tokio::sync::OnceCell;

/// The connector. One serves all calls of a process.
#[derive(Debug, Default)]
pub struct SalesforceConnector {
    /// Made by the first call that needs it: to load the root certificates takes time, and the start shall be fast.
    http: OnceCell<reqwest::Client>,
}
