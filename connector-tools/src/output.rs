//! Text for the terminal, the one place that writes to standard output and standard error.
//!
//! Characters that a terminal acts on are shown as escapes, whatever an application, a connector or
//! a file has. An output that cannot be written ends the command: quietly if its reader has ended,
//! as `head` does, with an error if the disk is full.

use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};
use std::process::ExitCode;

use appflow_connector_tests::printable;
use miette::{Diagnostic, MietteHandlerOpts, Report};

/// The exit code that a shell shows for a program that SIGPIPE has ended.
const READER_ENDED: u8 = 128 + 13;

/// Standard output cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output: {0}")]
pub struct OutputError(#[from] io::Error);

impl Diagnostic for OutputError {}

/// Many lines of standard output.
pub struct Output(BufWriter<StdoutLock<'static>>);

impl Output {
    pub fn new() -> Self {
        Self(BufWriter::new(io::stdout().lock()))
    }

    /// Writes a text and a line break.
    pub fn line(&mut self, text: impl Display) -> Result<(), OutputError> {
        let text = text.to_string();
        Ok(writeln!(self.0, "{}", printable(&text))?)
    }

    /// Writes what is buffered.
    pub fn end(mut self) -> Result<(), OutputError> {
        Ok(self.0.flush()?)
    }
}

/// Writes a text and a line break to standard output.
pub fn line(text: impl Display) -> Result<(), OutputError> {
    let mut output = Output::new();
    output.line(text)?;
    output.end()
}

/// Writes the help or the version, which has no text from outside, in colours where there are any.
pub fn help(help: &clap::Error) -> Result<ExitCode, OutputError> {
    help.print()?;
    io::stdout().flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a text and a line break to standard error. Nobody can be told if that fails.
pub fn note(text: impl Display) {
    let text = text.to_string();
    let _ = writeln!(io::stderr().lock(), "{}", printable(&text));
}

/// Writes why a command failed to standard error, and returns its exit code.
pub fn failure(report: &Report, code: u8) -> ExitCode {
    let output = report.downcast_ref::<OutputError>();
    if output.is_some_and(|OutputError(error)| error.kind() == ErrorKind::BrokenPipe) {
        return ExitCode::from(READER_ENDED);
    }
    note(format!("{report:?}"));
    ExitCode::from(code)
}

/// Makes reports plain text: in colours, their escapes and those of a text from outside would look
/// the same.
pub fn use_plain_reports() {
    let options = || MietteHandlerOpts::new().color(false).terminal_links(false);
    // Fails if it is set already.
    let _ = miette::set_hook(Box::new(move |_| Box::new(options().build())));
}
