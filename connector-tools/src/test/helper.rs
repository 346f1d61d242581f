//! A process that runs beside the connector.

use std::process::Stdio;
use std::time::Duration;

use appflow_function_host::CommandLine;
use miette::{Context, IntoDiagnostic, Result, miette};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a helper may take until its first line.
const MOST_TIME_TO_START: Duration = Duration::from_secs(60);

/// A process that has printed its first line. It is killed when this is dropped.
pub struct Helper {
    _child: Child,
}

impl Helper {
    pub async fn start(command: &str) -> Result<Self> {
        let CommandLine { program, arguments } = command.parse().into_diagnostic()?;
        let mut child = Command::new(&program)
            .args(&arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot start {}", program.display()))?;
        let output = child
            .stdout
            .take()
            .ok_or_else(|| miette!("{command}: no output"))?;
        let mut lines = BufReader::new(output).lines();
        let first = timeout(MOST_TIME_TO_START, lines.next_line()).await;
        let ready = matches!(first, Ok(Ok(Some(_))));
        if !ready {
            return Err(miette!(
                "{command}: ended, or printed nothing for {} seconds",
                MOST_TIME_TO_START.as_secs()
            ));
        }
        // A helper whose output no one reads would stop at some time.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { _child: child })
    }
}
