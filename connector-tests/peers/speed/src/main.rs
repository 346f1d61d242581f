//! Measures a connector on this SDK, the official Python SDK's example and a connector on the
//! official Java SDK in rotation, on this machine, and prints one Markdown table. `speed/run`
//! builds and installs what this program needs and starts it.

mod connector;
mod filter;
mod median;
mod program;
mod report;
mod round;
mod servers;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::connector::Connector;
use crate::program::{IS_RELEASE, Result};
use crate::report::{Column, Report};
use crate::round::WARM_CALLS;
use crate::servers::Servers;

/// Compares a connector on this SDK, the official Python SDK's example and a connector on the
/// official Java SDK
#[derive(Parser)]
struct Arguments {
    /// Our connector: the program `salesforce-connector`
    #[arg(long, value_name = "PROGRAM")]
    connector: PathBuf,
    /// The Python of the environment in which the official SDK is installed
    #[arg(long, value_name = "PROGRAM")]
    python: PathBuf,
    /// The folder `target` of the Maven project; without it Java is skipped
    #[arg(long, value_name = "FOLDER")]
    java: Option<PathBuf>,
    /// The number of measurements, each with new processes
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Write the table into this Markdown file, between its two markers
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    // Dropping the measurement kills its processes, also on Ctrl-C.
    let measured = tokio::select! {
        measured = run(Arguments::parse()) => measured,
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
    };
    let Err(error) = measured else {
        return ExitCode::SUCCESS;
    };
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

async fn run(arguments: Arguments) -> Result<()> {
    if arguments.write.is_some() && !IS_RELEASE {
        return Err("--write needs a release build".into());
    }
    let servers = Servers::start().await?;
    let mut connectors = vec![
        Connector::ours(arguments.connector),
        Connector::python(arguments.python.clone()),
    ];
    connectors.extend(arguments.java.map(Connector::java));

    let mut columns = Vec::new();
    for connector in &connectors {
        columns.push(Column {
            name: connector.name,
            rounds: Vec::new(),
            filter_parses: Vec::new(),
            package_bytes: connector.package_bytes(&arguments.python).await?,
            runtime: connector.runtime().await?,
        });
    }
    let mut bare_gets = Vec::new();
    for round in 1..=arguments.rounds {
        eprintln!("round {round} of {}", arguments.rounds);
        for (connector, column) in connectors.iter().zip(&mut columns) {
            let measured = round::measure(connector, &servers).await;
            let measured = measured.map_err(|error| format!("{}: {error}", connector.name))?;
            column.rounds.push(measured);
        }
        bare_gets.push(servers.bare_get(WARM_CALLS).await?);
        columns[0].filter_parses.push(filter::ours()?);
        columns[1]
            .filter_parses
            .push(filter::official(&arguments.python).await?);
    }

    let page_bytes = servers.page_bytes;
    let report = Report {
        columns,
        bare_gets,
        page_bytes,
    };
    let text = report.to_string();
    print!("{text}");
    if let Some(file) = arguments.write {
        report::write(&file, &text)?;
    }
    Ok(())
}
