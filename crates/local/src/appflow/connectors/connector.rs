//! A registered connector.

use std::collections::BTreeMap;

use appflow_connector_model::{ConnectorConfiguration, DescribeConnectorConfigurationResponse};
use serde::{Deserialize, Serialize};

use crate::appflow::documents::Document;
use crate::appflow::error;
use crate::wire::error::ServiceError;
use crate::wire::timestamp::Timestamp;

/// A registered connector.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Connector {
    pub(crate) label: String,
    pub(crate) arn: String,
    /// Of the registration.
    pub(crate) description: Option<String>,
    pub(crate) function: String,
    /// What the connector told about itself when it was registered.
    pub(crate) answer: DescribeConnectorConfigurationResponse,
    pub(crate) registered_at: Timestamp,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Document for Connector {
    const KIND: &'static str = "connector";

    fn name(&self) -> &str {
        &self.label
    }
}

impl Connector {
    /// What the connector told about itself.
    pub(crate) fn configuration(&self) -> &ConnectorConfiguration {
        &self.answer.configuration
    }
}

/// The error for a label that no connector has.
pub(crate) fn not_registered(label: &str) -> ServiceError {
    error::not_found(format!(
        "Connector:{label} is not registered. Please register it first before creating \
         ConnectorProfile."
    ))
}
