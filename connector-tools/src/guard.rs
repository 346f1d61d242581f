//! The end of a command, however it comes: nothing that it has started runs on.
//!
//! A command that starts processes runs in the innermost of three processes:
//!
//! ```text
//! cargo-appflow        the one that the user has started, and signals
//! └─ appflow-guard     in a process group of its own
//!    └─ appflow-work   does the work, starts connectors and helpers
//! ```
//!
//! The first two are guards. A guard passes signals on, and once its child has ended, the second
//! signal has come or the time after the first one is over, it kills all its descendants. It is
//! the new parent of every descendant whose own parent ends (a child subreaper), so that none
//! escapes by a process group or a session of its own. There are two, because any one of the three
//! can be killed: the kernel tells the inner guard when the outer one ends, and the outer one
//! inherits what the inner one leaves.

use std::collections::HashMap;
use std::fs;
use std::io::{self, IsTerminal as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode, Stdio};
use std::str::FromStr;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, getpid, getppid, kill_process, set_child_subreaper,
    set_parent_process_death_signal, wait,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep, sleep_until};

use crate::interrupts::{Interrupt, Interrupts};

/// From the first signal until everything is killed. `local` gives requests in progress 2 s; the
/// rest is for its own end.
const GRACE: Duration = Duration::from_millis(2500);
/// How long to wait for processes that were killed. One that belongs to another user stays.
const MAX_TIME_TO_END: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(2);

/// Which of the three processes this is, and who has started it: the value of the hidden option
/// `--process`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The process that the user has started.
    Outer,
    /// The inner guard.
    Guard { parent: Pid },
    /// The process that does the work.
    Work { parent: Pid },
}

impl FromStr for Role {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = "this option is for the command itself";
        let (role, parent) = text.split_once(':').ok_or(invalid)?;
        let parent = parent.parse().ok().and_then(Pid::from_raw).ok_or(invalid)?;
        match role {
            "guard" => Ok(Self::Guard { parent }),
            "work" => Ok(Self::Work { parent }),
            _ => Err(invalid),
        }
    }
}

impl Role {
    /// Returns the exit code of the command if this process is a guard, after the command's end.
    /// Returns `None` if this process is to do the work.
    ///
    /// `reads_input`: whether the work reads the standard input.
    pub fn play(self, reads_input: bool) -> io::Result<Option<ExitCode>> {
        let child_role = match self {
            Self::Outer => "guard",
            Self::Guard { .. } => "work",
            Self::Work { parent } => {
                set_name("appflow-work");
                end_with(parent)?;
                return Ok(None);
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        // Registered first: from here on no signal ends this process before its descendants.
        let _context = runtime.enter();
        let mut interrupts = Interrupts::new()?;
        if let Self::Guard { parent } = self {
            set_name("appflow-guard");
            end_with(parent)?;
        }
        set_child_subreaper(Some(getpid()))?;
        runtime.block_on(async {
            let child = self.start(child_role, reads_input)?;
            let code = self.watch(child, &mut interrupts).await;
            kill_descendants().await;
            code.map(Some)
        })
    }

    /// Starts this program with the same arguments in another role, in a process group of its own:
    /// a terminal's Ctrl-C reaches the outer process only.
    fn start(self, role: &str, reads_input: bool) -> io::Result<Pid> {
        let own_arguments = if self == Self::Outer { 1 } else { 2 };
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg(format!("--process={role}:{}", std::process::id()))
            .args(crate::arguments().skip(own_arguments))
            .process_group(0);
        // Only the terminal's foreground group may read from the terminal.
        if io::stdin().is_terminal() {
            command.stdin(if reads_input {
                Stdio::piped()
            } else {
                Stdio::null()
            });
        }
        let mut child = command.spawn()?;
        if let Some(mut input) = child.stdin.take() {
            std::thread::spawn(move || io::copy(&mut io::stdin().lock(), &mut input));
        }
        // Its end is awaited together with that of the adopted processes.
        Ok(Pid::from_child(&child))
    }

    /// Waits until the descendants are to be killed. Returns the exit code of the command.
    async fn watch(self, child: Pid, interrupts: &mut Interrupts) -> io::Result<ExitCode> {
        let mut ended = signal(SignalKind::child())?;
        let mut first: Option<(Interrupt, Instant)> = None;
        loop {
            if let Some(status) = reap(child) {
                return Ok(exit_code(status));
            }
            if let Self::Guard { parent } = self
                && getppid() != Some(parent)
            {
                return Ok(ExitCode::FAILURE);
            }
            let limit = first.map_or_else(Instant::now, |(_, at)| at + GRACE);
            tokio::select! {
                _ = ended.recv() => {}
                interrupt = interrupts.recv() => {
                    if let Some((first, _)) = first {
                        return Ok(first.exit_code());
                    }
                    first = Some((interrupt, Instant::now()));
                    if let Some(signal) = Signal::from_named_raw(interrupt.0.into()) {
                        // Fails if the child has ended, which the next round sees.
                        let _ = kill_process(child, signal);
                    }
                }
                () = sleep_until(limit), if first.is_some() => {
                    return Ok(first.map_or(ExitCode::FAILURE, |(first, _)| first.exit_code()));
                }
            }
        }
    }
}

/// Names the process for `ps` and `pkill`. Without the name, all work in the same way.
fn set_name(name: &str) {
    let _ = fs::write("/proc/self/comm", name);
}

/// Lets the kernel send TERM to this process when its parent ends. Fails if it has ended already.
fn end_with(parent: Pid) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::TERM))?;
    if getppid() == Some(parent) {
        Ok(())
    } else {
        Err(io::Error::other(
            "the process that started this one has ended",
        ))
    }
}

/// Takes notice of children that have ended. Returns the status of the given one if it has.
fn reap(child: Pid) -> Option<WaitStatus> {
    let mut status = None;
    while let Ok(Some((ended, of_ended))) = wait(WaitOptions::NOHANG) {
        if ended == child {
            status = Some(of_ended);
        }
    }
    status
}

fn exit_code(status: WaitStatus) -> ExitCode {
    let killed = status.terminating_signal().map(|signal| 128 + signal);
    let code = status.exit_status().or(killed);
    code.and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from)
}

async fn kill_descendants() {
    let started = Instant::now();
    while started.elapsed() < MAX_TIME_TO_END {
        for descendant in descendants(getpid()) {
            // Fails if it has ended, which is the aim, or belongs to another user.
            let _ = kill_process(descendant, Signal::KILL);
        }
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some(_)) | Err(Errno::INTR) => {}
                // No child is left.
                Err(_) => return,
                Ok(None) => break,
            }
        }
        sleep(PAUSE).await;
    }
}

/// Returns the children of a process and their children, to any depth.
fn descendants(ancestor: Pid) -> Vec<Pid> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for (id, parent) in fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let id = entry.ok()?.file_name().to_str()?.parse().ok()?;
            Some((
                id,
                parent_of(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)?,
            ))
        })
    {
        children.entry(parent).or_default().push(id);
    }
    let mut found = Vec::new();
    let mut waiting = vec![ancestor.as_raw_nonzero().get()];
    while let Some(parent) = waiting.pop() {
        let of_parent = children.remove(&parent).unwrap_or_default();
        found.extend(of_parent.iter().copied().filter_map(Pid::from_raw));
        waiting.extend(of_parent);
    }
    found
}

/// Returns the parent in the text of /proc/ID/stat: `ID (NAME) STATE PARENT …`. A name can contain
/// parentheses and spaces.
fn parent_of(stat: &str) -> Option<i32> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_found_after_any_name() {
        assert_eq!(parent_of("7 (sleep) S 5 7 7 0"), Some(5));
        assert_eq!(parent_of("7 (a) S 1 (b) R 5 7"), Some(5));
        assert_eq!(parent_of("7 (sleep"), None);
    }

    #[test]
    fn a_role_needs_a_parent() {
        let parent = Pid::from_raw(12).unwrap();
        assert_eq!("guard:12".parse(), Ok(Role::Guard { parent }));
        assert_eq!("work:12".parse(), Ok(Role::Work { parent }));
        for text in ["guard", "guard:0", "work:x", "outer:1"] {
            assert!(text.parse::<Role>().is_err(), "{text}");
        }
    }
}
