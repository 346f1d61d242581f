//! Measures a connector on this SDK, the official Python SDK's example and a connector on the
//! official Java SDK in rotation, on this machine, and prints one Markdown table. `speed/run`
//! builds and installs what this program needs and starts it.

mod connector;
mod filter;
mod report;
mod round;
mod servers;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use tokio::process::Command;

use crate::connector::Connector;
use crate::report::{Column, Report};
use crate::servers::Servers;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// `speed/run` builds this program and the connector with the same profile.
const IS_RELEASE: bool = !cfg!(debug_assertions);

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
        bare_gets.push(servers.bare_get().await?);
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

/// Returns the path of a file in this package.
fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Returns the output of a program, without trailing white space.
async fn output(command: &mut Command) -> Result<String> {
    let output = command.kill_on_drop(true).output().await?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{:?}: {}: {error}", command.as_std(), output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}
