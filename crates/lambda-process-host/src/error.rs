use std::io;
use std::path::PathBuf;

/// Why the host could not make a call. What the function itself did wrong is a [`FunctionError`](crate::FunctionError).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A function's name has 1 to 64 letters, digits, `-` or `_`.
    #[error("{0:?} is no function name: it must have 1 to 64 letters, digits, '-' or '_'")]
    InvalidName(String),
    /// A region has 1 to 64 lower-case letters, digits or `-`.
    #[error("{0:?} is no region: it must have 1 to 64 lower-case letters, digits or '-'")]
    InvalidRegion(String),
    /// The text is empty or a quotation in it doesn't end.
    #[error("cannot read the command line {0:?}: it is empty, or a quotation in it does not end")]
    InvalidCommandLine(String),
    /// The function's program could not be started, for example since it doesn't exist.
    #[error("cannot start {}", program.display())]
    Start {
        /// The program as configured.
        program: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The configured working directory isn't there.
    #[error("the task root {} is no directory", .0.display())]
    TaskRoot(PathBuf),
    /// The payload is larger than Lambda takes. Nothing was sent to the function.
    #[error("the payload has {bytes} bytes, Lambda takes {limit} at most")]
    PayloadTooLarge {
        /// The payload's size.
        bytes: usize,
        /// The limit, [`MAX_REQUEST_BYTES`](crate::MAX_REQUEST_BYTES).
        limit: usize,
    },
    /// The configured log file cannot be opened.
    #[error("cannot open the log file {}", path.display())]
    LogFile {
        /// The file as configured.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The host could not open its port on the loopback interface, or a pipe for the function's log.
    #[error("cannot offer the Runtime API on this machine")]
    Host(#[source] io::Error),
}
