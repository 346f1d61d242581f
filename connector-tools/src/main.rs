//! The command `cargo appflow`: runs, calls and tests Amazon AppFlow connectors on this machine.

mod demo;
mod filter;
mod invoke;
mod local;
mod process;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo appflow", bin_name = "cargo appflow", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
    Filter(filter::FilterCommand),
    Invoke(invoke::Invoke),
    Local(local::Local),
    Test(Box<test::Test>),
}

#[tokio::main]
async fn main() -> miette::Result<ExitCode> {
    match Cli::parse_from(arguments()).command {
        Command::Demo(demo) => demo.run().await,
        Command::Filter(filter) => filter.run(),
        Command::Invoke(invoke) => invoke.run().await,
        Command::Local(local) => local.run().await,
        Command::Test(test) => test.run().await,
    }
}

/// Returns the command's arguments. Cargo passes the name of an installed subcommand before them.
fn arguments() -> impl Iterator<Item = std::ffi::OsString> {
    let mut arguments = std::env::args_os().peekable();
    let program = arguments.next();
    arguments.next_if(|argument| argument == "appflow");
    program.into_iter().chain(arguments)
}
