use std::io;
use std::path::PathBuf;

/// Why the host could not make a call. An error of the function itself is a
/// [`FunctionError`](crate::FunctionError).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The function's name does not have 1 to 64 letters, digits, `-` or `_`.
    #[error("{0:?} is not a valid function name: it must have 1 to 64 letters, digits, '-' or '_'")]
    InvalidName(String),
    /// The region does not have 1 to 64 lower-case letters, digits or `-`.
    #[error("{0:?} is not a valid region: it must have 1 to 64 lower-case letters, digits or '-'")]
    InvalidRegion(String),
    /// The account does not have 12 digits.
    #[error("{0:?} is not a valid account: it must have 12 digits")]
    InvalidAccount(String),
    /// The text is empty, or a quotation in it is not closed.
    #[error("cannot parse the command line {0:?}: it is empty, or a quotation in it is not closed")]
    InvalidCommandLine(String),
    /// The function's program could not be started, for example because it does not exist.
    #[error("cannot start {}", program.display())]
    Start {
        /// The program as configured.
        program: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The configured working directory does not exist or is not a directory.
    #[error("the task root {} is not a directory", .0.display())]
    TaskRoot(PathBuf),
    /// The payload is larger than Lambda accepts. Nothing was sent to the function.
    #[error("the payload has {bytes} bytes; Lambda accepts at most {limit}")]
    PayloadTooLarge {
        /// The payload's size.
        bytes: usize,
        /// The limit, [`MAX_REQUEST_BYTES`](crate::MAX_REQUEST_BYTES).
        limit: usize,
    },
    /// The function runs as many calls as it may. The AWS SDKs repeat such a call.
    #[error("{function} runs {limit} calls, and not more at a time")]
    TooManyRequests {
        /// The function's name.
        function: String,
        /// [`PoolLimits::concurrency`](crate::PoolLimits::concurrency).
        limit: usize,
    },
    /// A function that is no process of this machine cannot be called.
    #[error("{function} cannot be called: {problem}")]
    Unreachable {
        /// The function's name.
        function: String,
        /// What went wrong.
        problem: String,
    },
    /// The configured log file cannot be opened.
    #[error("cannot open the log file {}", path.display())]
    LogFile {
        /// The file as configured.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The host could not open its port on the loopback interface, or a pipe for the function's
    /// log.
    #[error("cannot serve the Runtime API on this machine")]
    Host(#[source] io::Error),
}
