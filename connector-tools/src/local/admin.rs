//! What asks or tells a running endpoint.

use std::process::ExitCode;

use clap::Args;
use miette::Result;

use crate::api::Api;
use crate::output;

/// Where the endpoint is.
#[derive(Args)]
pub(super) struct Endpoint {
    /// The endpoint's URL. Default: AWS_ENDPOINT_URL, else http://127.0.0.1:4566.
    #[arg(
        long,
        env = "AWS_ENDPOINT_URL",
        default_value = "http://127.0.0.1:4566"
    )]
    pub(super) url: String,
}

/// Show what a running `cargo appflow local` has.
#[derive(Args)]
#[command(after_help = "Example: cargo appflow local status")]
pub struct Status {
    #[command(flatten)]
    endpoint: Endpoint,
}

/// Delete everything that a running `cargo appflow local` has: flows, connections, connectors,
/// secrets, buckets.
#[derive(Args)]
#[command(after_help = "Example: cargo appflow local reset")]
pub struct Reset {
    #[command(flatten)]
    endpoint: Endpoint,
}

impl Status {
    pub async fn run(self) -> Result<ExitCode> {
        let status = Api::new(&self.endpoint.url)?
            .get("_appflow-local/status")
            .await?;
        output::line(format!("{status:#}"))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Reset {
    pub async fn run(self) -> Result<ExitCode> {
        let api = Api::new(&self.endpoint.url)?;
        api.call("_appflow-local/reset", &serde_json::json!({}))
            .await?;
        Ok(ExitCode::SUCCESS)
    }
}
