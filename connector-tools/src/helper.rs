//! A process that runs next to the connector.

use std::process::Stdio;
use std::time::Duration;

use lambda_process_host::CommandLine;
use miette::{Context, IntoDiagnostic, Result, miette};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a helper may take to print its first line.
const MAX_START_TIME: Duration = Duration::from_mins(1);

/// A process that has printed its first line. It is killed with all its children when this value is
/// dropped.
pub struct Helper {
    _child: Child,
    group: Option<Pid>,
}

impl Helper {
    pub async fn start(command: &str) -> Result<Self> {
        let CommandLine { program, arguments } = command.parse().into_diagnostic()?;
        let mut child = Command::new(&program)
            .args(&arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot start {}", program.display()))?;
        let group = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        let output = child
            .stdout
            .take()
            .ok_or_else(|| miette!("{command}: the output cannot be read"))?;
        // From here on a failure also ends the process.
        let helper = Self {
            _child: child,
            group,
        };
        let mut lines = BufReader::new(output).lines();
        let first = timeout(MAX_START_TIME, lines.next_line()).await;
        if !matches!(first, Ok(Ok(Some(_)))) {
            return Err(miette!(
                "`{command}` exited or printed nothing for {} seconds; a helper must print a line when it is ready",
                MAX_START_TIME.as_secs()
            ));
        }
        // A helper whose output is not read would block once the pipe is full.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(helper)
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        if let Some(group) = self.group.take() {
            // Fails if no process of the group is running, which is the aim.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
