//! `cargo appflow demo`: the calls that AppFlow makes to a connector, in order, on this machine.

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

use crate::cargo;
use crate::output::Output;

/// Run the Salesforce connector from AppFlow's first request to records on disk.
///
/// Builds the connector, starts it together with a Salesforce look-alike and AppFlow on this
/// machine, registers and connects it through AppFlow's API, reads 3,376 airports through it, and
/// writes 1,000 back. Run it in a clone of this project.
#[derive(Args)]
#[command(after_help = "Example: cargo appflow demo --output airports")]
pub struct Demo {
    /// The command that starts the connector. Default: the Salesforce connector, which is built
    /// first.
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
            None => cargo::target_folder().await?.join("demo"),
        };

        let environment = environment::Environment::start(&command).await?;
        let mut report = report::Report::new();
        let summary = flow::run(environment, &output, &mut report).await;
        let mut output = Output::new();
        output.line(report.table())?;
        let summary = summary?;
        output.line("The rows of the CSV file that Salesforce refused:")?;
        output.line(summary.refused)?;
        for file in summary.files {
            output.line(file.display())?;
        }
        output.end()?;
        Ok(ExitCode::SUCCESS)
    }
}
