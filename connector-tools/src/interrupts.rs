//! The signals that ask the command to end: INT (Ctrl-C), TERM and HUP.

use std::io;
use std::process::ExitCode;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Receives the signals of this process that ask it to end. They have no other effect from then on.
pub struct Interrupts {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
    /// `None` if the process was started with the signal ignored, as `nohup` does.
    #[cfg(unix)]
    hangup: Option<Signal>,
}

/// A received signal, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupt(pub u8);

impl Interrupt {
    /// Returns the exit code of a process that ends because of the signal, as a shell shows it.
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(128 + self.0)
    }
}

#[cfg(unix)]
impl Interrupts {
    pub fn new() -> io::Result<Self> {
        let hangup = (!ignores_hangup()).then(|| signal(SignalKind::hangup()));
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: hangup.transpose()?,
        })
    }

    /// Waits for the next signal.
    pub async fn recv(&mut self) -> Interrupt {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        let kind = tokio::select! {
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = hangup => SignalKind::hangup(),
        };
        Interrupt(u8::try_from(kind.as_raw_value()).unwrap_or_default())
    }
}

/// Whether the process was started with HUP ignored. Known on Linux only.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    const HANGUP_BIT: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.is_some_and(|set| {
        u64::from_str_radix(set.trim(), 16).is_ok_and(|set| set & HANGUP_BIT != 0)
    })
}

#[cfg(not(unix))]
impl Interrupts {
    #[allow(clippy::unnecessary_wraps, reason = "can fail on Unix")]
    pub fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next Ctrl-C.
    pub async fn recv(&mut self) -> Interrupt {
        const INT: u8 = 2;
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Interrupt(INT)
    }
}
