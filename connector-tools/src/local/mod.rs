//! `cargo appflow local`: AppFlow and the AWS services around it, on one port of this machine.

mod admin;
mod advance;
mod call_log;
mod connectors;
mod functions;
mod runs;
mod serve;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use miette::Result;

use crate::interrupts::Interrupts;

/// Serve AppFlow, Secrets Manager, S3 and Lambda functions on one port, until Ctrl-C.
///
/// It prints what a client's environment needs, then "ready". Each call of a function gets a line
/// on standard error. Requests in progress have 2 seconds to end after Ctrl-C; a second Ctrl-C ends
/// them at once.
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Example: cargo appflow local --function my-connector=target/debug/my-connector"
)]
pub struct Local {
    #[command(subcommand)]
    command: Option<LocalCommand>,

    #[command(flatten)]
    serve: serve::Serve,
}

#[derive(Subcommand)]
enum LocalCommand {
    Status(admin::Status),
    Reset(admin::Reset),
    Advance(advance::Advance),
    Runs(runs::Runs),
}

impl Local {
    pub async fn run(self, interrupts: &mut Interrupts) -> Result<ExitCode> {
        let Some(command) = self.command else {
            return self.serve.run(interrupts).await;
        };
        let work = async {
            match command {
                LocalCommand::Status(status) => status.run().await,
                LocalCommand::Reset(reset) => reset.run().await,
                LocalCommand::Advance(advance) => advance.run().await,
                LocalCommand::Runs(runs) => runs.run().await,
            }
        };
        crate::until_interrupt(work, interrupts).await
    }
}
