//! A Salesforce connector for Amazon AppFlow, to clone and change.
//!
//! Depend on this crate to try or test the connector as it is. To write your own, copy its folder;
//! the README says how.
//!
//! # Example
//!
//! Request the connector's configuration, as AppFlow does when the connector is registered.
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
//! let response = dispatcher.dispatch(request, &Call::default()).await?;
//! let response: DescribeConnectorConfigurationResponse = serde_json::from_slice(&response)?;
//! assert_eq!(response.configuration.connector_name, "Salesforce");
//! # Ok(())
//! # }
//! ```

mod configuration;
mod files;
mod metadata;
mod pages;
mod parents;
mod query;
mod records;
mod salesforce;
mod write;

use appflow_connector_sdk::http::HttpClient;

/// The connector. One instance serves all calls of a process.
#[derive(Debug)]
pub struct SalesforceConnector {
    http: HttpClient,
}

impl Default for SalesforceConnector {
    fn default() -> Self {
        let http = HttpClient::builder()
            .application("Salesforce")
            .error_reader(salesforce::read_error)
            .quota_reader(salesforce::read_quota);
        Self { http: http.build() }
    }
}
