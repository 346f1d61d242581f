use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, PipeReader, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

#[cfg(target_os = "linux")]
use rustix::process::kill_process;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::config::CommandLine;
use crate::error::Error;
use crate::log::Log;
#[cfg(target_os = "linux")]
use crate::process_tree::relatives;

/// A process whose main thread has ended can still have others. This is how long to wait for its
/// end.
const MAX_TIME_TO_END: Duration = Duration::from_secs(1);
const SIGKILL_BIT: u64 = 1 << 8;

/// A function's process, in its own process group. The whole group is killed on drop.
pub(crate) struct Process {
    child: Child,
    group: Option<Pid>,
    /// The pipe of the log. It is read on demand; its duplicate is read by a task as soon as data
    /// arrives.
    log_source: PipeReader,
    log_task: AbortHandle,
    log: Arc<Log>,
    running_id: Arc<AtomicU32>,
}

impl Process {
    /// Starts the process. `running_id` contains its id until this value is dropped, then 0.
    pub(crate) fn start(
        command: &CommandLine,
        task_root: &Path,
        variables: BTreeMap<OsString, OsString>,
        log: Arc<Log>,
        running_id: Arc<AtomicU32>,
    ) -> Result<Self, Error> {
        // One pipe for both streams keeps their order. Lambda does not separate them either.
        let (log_source, output) = io::pipe().map_err(Error::Host)?;
        let duplicate = OwnedFd::from(log_source.try_clone().map_err(Error::Host)?);
        let receiver = pipe::Receiver::from_owned_fd(duplicate).map_err(Error::Host)?;

        let start_error = |source| Error::Start {
            program: command.program.clone(),
            source,
        };
        let child = Command::new(program_path(&command.program).map_err(start_error)?)
            .args(&command.arguments)
            .current_dir(task_root)
            .env_clear()
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(output.try_clone().map_err(Error::Host)?)
            .stderr(output)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(start_error)?;

        let id = child.id().unwrap_or_default();
        running_id.store(id, Ordering::Relaxed);
        let task_log = Arc::clone(&log);
        let log_task = tokio::spawn(async move {
            while receiver.readable().await.is_ok()
                && task_log.pull(|buffer| receiver.try_read(buffer))
            {}
        });
        Ok(Self {
            child,
            group: i32::try_from(id).ok().and_then(Pid::from_raw),
            log_source,
            log_task: log_task.abort_handle(),
            log,
            running_id,
        })
    }

    /// Returns the process's id, which is that of its group too.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Whether the process is alive. A process that was killed is not, even if it has not ended
    /// yet.
    pub(crate) async fn is_running(&mut self) -> bool {
        let has_not_ended = matches!(self.child.try_wait(), Ok(None));
        let is_ending = self.status().is_some_and(|status| is_ending(&status));
        has_not_ended && !(is_ending && timeout(MAX_TIME_TO_END, self.child.wait()).await.is_ok())
    }

    pub(crate) async fn exit(&mut self) -> ExitStatus {
        // Waiting fails only if other code has already waited for this child; the status is lost
        // then.
        self.child.wait().await.unwrap_or_default()
    }

    /// Reads what the process has written to its log so far.
    pub(crate) fn read_log(&self) {
        self.log.pull(|buffer| (&self.log_source).read(buffer));
    }

    /// Returns the peak resident memory of the process, without its children, in bytes. Only on
    /// Linux.
    pub(crate) fn peak_memory_bytes(&self) -> Option<u64> {
        peak_memory_in(&self.status()?)
    }

    /// Returns Linux's status file of the process.
    fn status(&self) -> Option<String> {
        std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()
    }

    /// Kills the group and waits for the end of the process.
    pub(crate) async fn kill(&mut self) {
        self.kill_group();
        self.exit().await;
    }

    fn kill_group(&mut self) {
        if let Some(group) = self.group.take() {
            #[cfg(target_os = "linux")]
            kill_relatives(group);
            // Fails if the group has no process any more, which is the aim.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill_group();
        self.read_log();
        self.log_task.abort();
        self.running_id.store(0, Ordering::Relaxed);
    }
}

/// Kills the children that have left the group, as far as their parents are alive.
#[cfg(target_os = "linux")]
fn kill_relatives(process: Pid) {
    let relatives = u32::try_from(process.as_raw_nonzero().get()).map(relatives);
    for relative in relatives.into_iter().flatten() {
        if let Some(relative) = i32::try_from(relative).ok().and_then(Pid::from_raw) {
            // Fails if it has ended, which is the aim.
            let _ = kill_process(relative, Signal::KILL);
        }
    }
}

/// Makes a path absolute, because the process starts in another directory. A bare name stays, to be
/// looked up in `PATH`.
fn program_path(program: &Path) -> io::Result<PathBuf> {
    if program.components().count() > 1 {
        std::path::absolute(program)
    } else {
        Ok(program.to_owned())
    }
}

/// Whether a kill is pending or the main thread has ended. In the second case the status has no
/// memory figures.
fn is_ending(status: &str) -> bool {
    let kill_is_pending = status.lines().any(|line| {
        let signals = line
            .strip_prefix("SigPnd:")
            .or_else(|| line.strip_prefix("ShdPnd:"));
        signals.is_some_and(|set| {
            u64::from_str_radix(set.trim(), 16).is_ok_and(|set| set & SIGKILL_BIT != 0)
        })
    });
    kill_is_pending || peak_memory_in(status).is_none()
}

fn peak_memory_in(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peak_memory_is_returned_in_bytes() {
        assert_eq!(
            peak_memory_in("Name:\tx\nVmPeak:\t 9 kB\nVmHWM:\t    1234 kB\nVmRSS:\t 8 kB\n"),
            Some(1_263_616)
        );
        assert_eq!(peak_memory_in("Name:\tx\n"), None);
        assert_eq!(peak_memory_in("VmHWM:\t much kB\n"), None);
    }

    #[test]
    fn a_process_that_is_being_killed_is_ending() {
        let status =
            |sets: &str| format!("Name:\tx\nVmHWM:\t 9 kB\n{sets}SigBlk:\t0000000000000100\n");
        assert!(!is_ending(&status(
            "SigPnd:\t0000000000000000\nShdPnd:\t0000000000000002\n"
        )));
        assert!(is_ending(&status(
            "SigPnd:\t0000000000000100\nShdPnd:\t0000000000000000\n"
        )));
        assert!(is_ending(&status(
            "SigPnd:\t0000000000000000\nShdPnd:\t0000000000000102\n"
        )));
        assert!(is_ending("Name:\tx\nState:\tZ (zombie)\n"));
    }

    #[test]
    fn a_name_is_kept_and_a_path_becomes_absolute() {
        assert_eq!(
            program_path(Path::new("python3")).unwrap(),
            Path::new("python3")
        );
        assert!(program_path(Path::new("target/x")).unwrap().is_absolute());
        assert!(program_path(Path::new("./x")).unwrap().is_absolute());
    }
}
