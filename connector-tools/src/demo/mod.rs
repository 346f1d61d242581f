//! `cargo appflow demo`: what AppFlow does with a connector, in order, on this machine.

mod airports;
mod build;
mod environment;
mod flow;
mod report;
mod write_back;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use miette::Result;

/// Run the Salesforce connector from AppFlow's first request to records on disk.
///
/// Builds the connector, starts it under a function host beside a Salesforce look-alike and a Secrets Manager, reads 3,376 airports
/// through it, and writes 1,000 back. Must be run in a clone of this project.
#[derive(Args)]
pub struct Demo {
    /// The command that starts the connector; without it the one of this workspace is built.
    #[arg(long)]
    command: Option<String>,

    /// The folder for the records. Default: `demo` in cargo's target folder.
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

impl Demo {
    pub async fn run(self) -> Result<ExitCode> {
        let command = match self.command {
            Some(command) => command,
            None => build::connector().await?,
        };
        let output = match self.output {
            Some(output) => output,
            None => build::target_folder().await?.join("demo"),
        };

        let environment = environment::Environment::start(&command).await?;
        let mut report = report::Report::new();
        let shown = flow::run(environment, &output, &mut report).await;
        report.print();
        let shown = shown?;
        println!(
            "The rows of the CSV file that were refused:\n{}",
            shown.refused
        );
        for file in shown.files {
            println!("{}", file.display());
        }
        Ok(ExitCode::SUCCESS)
    }
}
