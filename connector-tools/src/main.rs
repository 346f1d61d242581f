//! The command `cargo appflow`: runs, calls and tests Amazon AppFlow connectors on this machine.

// `println!` panics if the output is closed, and writes what a terminal acts on: see `output`.
#![deny(clippy::print_stderr, clippy::print_stdout)]

mod api;
mod cargo;
mod demo;
mod filter;
#[cfg(target_os = "linux")]
mod guard;
mod helper;
mod interrupts;
mod invoke;
mod local;
mod output;
mod process;
mod test;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use miette::{IntoDiagnostic, Result};

use crate::interrupts::Interrupts;

/// How long a blocking read of the terminal may delay the end.
const MAX_TIME_TO_END: Duration = Duration::from_millis(200);

#[derive(Parser)]
#[command(
    name = "cargo appflow",
    bin_name = "cargo appflow",
    version,
    about,
    after_help = "Example: cargo appflow invoke describe-configuration"
)]
struct Cli {
    /// Which of its processes this is.
    #[cfg(target_os = "linux")]
    #[arg(long, hide = true)]
    process: Option<guard::Role>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
    Filter(filter::FilterCommand),
    Invoke(Box<invoke::Invoke>),
    Local(local::Local),
    Test(Box<test::Test>),
}

fn main() -> ExitCode {
    output::use_plain_reports();
    let outcome = match Cli::try_parse_from(arguments()) {
        Ok(cli) => run(cli),
        Err(usage) if usage.use_stderr() => {
            output::note(usage.to_string().trim_end());
            Ok(ExitCode::from(2))
        }
        Err(help) => output::help(&help).map_err(Into::into),
    };
    outcome.unwrap_or_else(|report| output::failure(&report, 1))
}

fn run(cli: Cli) -> Result<ExitCode> {
    #[cfg(target_os = "linux")]
    if !matches!(cli.command, Command::Filter(_)) {
        let reads_input =
            matches!(&cli.command, Command::Invoke(invoke) if invoke.reads_standard_input());
        let role = cli.process.unwrap_or(guard::Role::Outer);
        if let Some(code) = role.play(reads_input).into_diagnostic()? {
            return Ok(code);
        }
    }
    let runtime = tokio::runtime::Runtime::new().into_diagnostic()?;
    let outcome = runtime.block_on(work(cli.command));
    runtime.shutdown_timeout(MAX_TIME_TO_END);
    outcome
}

async fn work(command: Command) -> Result<ExitCode> {
    let mut interrupts = Interrupts::new().into_diagnostic()?;
    match command {
        Command::Demo(demo) => until_interrupt(demo.run(), &mut interrupts).await,
        Command::Filter(filter) => filter.run(),
        Command::Invoke(invoke) => until_interrupt(invoke.run(), &mut interrupts).await,
        Command::Local(local) => local.run(&mut interrupts).await,
        Command::Test(test) => until_interrupt(test.run(), &mut interrupts).await,
    }
}

/// Runs to the end or to a signal. What the work has started ends when it is dropped.
async fn until_interrupt(
    work: impl Future<Output = Result<ExitCode>>,
    interrupts: &mut Interrupts,
) -> Result<ExitCode> {
    tokio::select! {
        outcome = work => outcome,
        interrupt = interrupts.recv() => Ok(interrupt.exit_code()),
    }
}

/// Returns the command's arguments. Cargo passes the name of an installed subcommand before them.
fn arguments() -> impl Iterator<Item = std::ffi::OsString> {
    let mut arguments = std::env::args_os().peekable();
    let program = arguments.next();
    arguments.next_if(|argument| argument == "appflow");
    program.into_iter().chain(arguments)
}
