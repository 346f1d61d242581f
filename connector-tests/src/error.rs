use appflow_connector_client::TargetError;

use crate::baseline::BaselineError;
use crate::secrets::SecretsError;

/// Why a connector could not be tested. What is wrong with the connector is in a
/// [`Report`](crate::Report).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A secret that the config names is not available.
    #[error("the connection's secret is not available")]
    Secrets(#[from] SecretsError),
    /// The connector cannot be called.
    #[error("the connector cannot be called")]
    Target(#[from] TargetError),
    /// The baseline cannot be read or written.
    #[error("the baseline cannot be used")]
    Baseline(#[from] BaselineError),
}
