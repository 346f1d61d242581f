//! Building the connector of this workspace.

use std::path::PathBuf;
use std::process::Stdio;

use miette::{Context, IntoDiagnostic, Result, bail};
use serde::Deserialize;
use tokio::process::Command;

const PACKAGE: &str = "appflow-connector-example";
const BINARY: &str = "salesforce-connector";

/// One line of the output of `cargo build --message-format=json`, as far as it is needed here.
#[derive(Deserialize)]
struct Message {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

/// Builds the Salesforce connector and returns the command that starts it. Cargo shows its own
/// progress.
pub async fn connector() -> Result<String> {
    let messages = cargo(&[
        "build",
        "--package",
        PACKAGE,
        "--bin",
        BINARY,
        "--message-format=json-render-diagnostics",
    ])
    .await
    .wrap_err("cannot build the connector; `cargo appflow demo` runs in a clone of the project")?;
    let executable = String::from_utf8_lossy(&messages)
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| {
            message
                .target
                .as_ref()
                .is_some_and(|target| target.name == BINARY)
        })
        .find_map(|message| message.executable);
    match executable {
        Some(path) => Ok(format!("'{}'", path.display())),
        None => bail!("cargo built {PACKAGE} but reported no executable {BINARY}"),
    }
}

/// Returns cargo's target folder.
pub async fn target_folder() -> Result<PathBuf> {
    let metadata = cargo(&["metadata", "--no-deps", "--format-version", "1"]).await?;
    let metadata: Metadata = serde_json::from_slice(&metadata).into_diagnostic()?;
    Ok(metadata.target_directory)
}

async fn cargo(arguments: &[&str]) -> Result<Vec<u8>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Cargo writes its messages to standard error at once: a build may take minutes.
    let output = Command::new(cargo)
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .into_diagnostic()
        .wrap_err("cannot start cargo")?
        .wait_with_output()
        .await
        .into_diagnostic()?;
    if !output.status.success() {
        bail!("`cargo {}` failed", arguments[0]);
    }
    Ok(output.stdout)
}
