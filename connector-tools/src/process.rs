//! The options of every command that runs a connector's process.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use lambda_process_host::FunctionConfig;
use miette::{IntoDiagnostic, Result};

/// How a connector's process is run.
#[derive(Args)]
pub struct ProcessOptions {
    /// The time limit of one call, in seconds.
    #[arg(long, default_value_t = 30, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=900))]
    timeout: u64,

    /// An environment variable of the process; repeatable.
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = variable)]
    environment: Vec<(OsString, OsString)>,

    /// A file that the output of the process is appended to.
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
}

impl ProcessOptions {
    /// Returns the time limit of one call.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// Makes the configuration of a function with this name and command line.
    pub fn config(&self, name: &str, command: &str) -> Result<FunctionConfig> {
        let mut config = FunctionConfig::new(name, command.parse().into_diagnostic()?);
        config.timeout = self.timeout();
        config.environment.extend(self.environment.iter().cloned());
        config.log_file.clone_from(&self.log_file);
        Ok(config)
    }

    /// The same for a connector whose log is shown to the user: as text, if that reads a terminal.
    pub fn shown_config(&self, name: &str, command: &str) -> Result<FunctionConfig> {
        let mut config = self.config(name, command)?;
        if std::io::stderr().is_terminal() {
            let format = config.environment.entry("APPFLOW_LOG_FORMAT".into());
            format.or_insert_with(|| "text".into());
        }
        Ok(config)
    }
}

fn variable(text: &str) -> Result<(OsString, OsString), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}
