//! Building the connector of this workspace.

use miette::{Context, Result};

use crate::cargo;

/// Builds the Salesforce connector and returns the command that starts it. Cargo shows its own
/// progress.
pub async fn connector() -> Result<String> {
    cargo::build("appflow-connector-example", "salesforce-connector")
        .await
        .wrap_err("cannot build the connector; `cargo appflow demo` runs in a clone of the project")
}
