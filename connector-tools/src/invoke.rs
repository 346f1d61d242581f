//! `cargo appflow invoke`: sends one request to a connector's process.
//!
//! It uses the process host and not the client, because the payload of a failed invocation and the
//! time of the start are printed as they are.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use lambda_process_host::Function;
use miette::{Context, IntoDiagnostic, Result};
use serde_json::Value;
use tokio::io::AsyncReadExt;

use crate::output;
use crate::process::ProcessOptions;

/// Send one request to a connector's process and print the response.
///
/// The response is printed to standard output, the process's log and the measurements to standard
/// error. The exit code is 0 for a response with `isSuccess: true`, 1 for any other response or a
/// failed invocation, 2 if the process cannot be called.
#[derive(Args)]
pub struct Invoke {
    /// The command that starts the connector, in any language. It is not run in a shell.
    #[arg(long)]
    command: String,

    /// The file with the request; - for standard input.
    #[arg(long, value_name = "FILE")]
    event: PathBuf,

    #[command(flatten)]
    process: ProcessOptions,
}

impl Invoke {
    pub fn reads_standard_input(&self) -> bool {
        self.event.as_os_str() == "-"
    }

    pub async fn run(self) -> Result<ExitCode> {
        match self.call().await {
            Ok(code) => Ok(code),
            Err(report) => Ok(output::failure(&report, 2)),
        }
    }

    async fn call(&self) -> Result<ExitCode> {
        let event = self.read_event().await?;
        let function =
            Function::new(self.process.config("invoke", &self.command)?).into_diagnostic()?;
        let outcome = function.invoke(event).await.into_diagnostic()?;

        if !outcome.log_tail.is_empty() {
            output::note(outcome.log_tail.trim_end_matches('\n'));
        }
        output::note(measurements(&outcome));
        let payload = match &outcome.result {
            Ok(payload) => payload,
            Err(error) => &error.payload,
        };
        let Ok(response) = serde_json::from_slice::<Value>(payload) else {
            output::line(String::from_utf8_lossy(payload))?;
            return Ok(ExitCode::FAILURE);
        };
        output::line(format!("{response:#}"))?;
        Ok(if response["isSuccess"] == true {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    async fn read_event(&self) -> Result<Vec<u8>> {
        let read = if self.reads_standard_input() {
            let mut event = Vec::new();
            let mut input = tokio::io::stdin();
            input.read_to_end(&mut event).await.map(|_| event)
        } else {
            std::fs::read(&self.event)
        };
        read.into_diagnostic()
            .wrap_err_with(|| format!("cannot read the request from {}", self.event.display()))
    }
}

fn measurements(outcome: &lambda_process_host::Outcome) -> String {
    let mut parts = Vec::new();
    if let Some(init) = outcome.init_duration {
        parts.push(format!("init {:.1} ms", init.as_secs_f64() * 1_000.0));
    }
    parts.push(format!(
        "call {:.1} ms",
        outcome.duration.as_secs_f64() * 1_000.0
    ));
    if let Some(bytes) = outcome.peak_memory_bytes {
        parts.push(format!("peak memory {} MiB", bytes.div_ceil(1 << 20)));
    }
    parts.join(", ")
}
