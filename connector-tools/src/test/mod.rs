//! `cargo appflow test`: tests a connector, in any language, for everything that AppFlow expects of
//! it.

mod progress;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use appflow_connector_tests::{
    AccessKey, Baseline, CONFIG_SCHEMA, Config, Report, Selection, Target, UrlTarget, Verification,
    all_checks,
};
use clap::Args;
use miette::{Context, IntoDiagnostic, Result};

use self::progress::Spinner;
use crate::helper::Helper;
use crate::output::{self, Output};
use crate::process::ProcessOptions;

/// Test a connector for everything that AppFlow expects.
///
/// The connector is a command, a URL that accepts calls as AWS's Runtime Interface Emulator does,
/// or a function on AWS Lambda. The config file has the keys of the official TestConfig.json, and
/// optional keys of this tool under `harness`. The exit code is 0 without findings, 1 with
/// findings, 2 if the connector cannot be tested.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo appflow test --config test-config.json --command target/debug/my-connector
  cargo appflow test --config test-config.json --command target/debug/my-connector --only data.
  cargo appflow test --list")]
#[command(group = clap::ArgGroup::new("target").required(true).args(["command", "url", "lambda", "list", "schema"]))]
pub struct Test {
    /// The config file.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["list", "schema"])]
    config: Option<PathBuf>,

    /// The command that starts the connector, in any language. It is not run in a shell.
    #[arg(long)]
    command: Option<String>,

    /// The address of a Runtime Interface Emulator, or the whole URL of a function.
    #[arg(long)]
    url: Option<String>,

    /// The ARN or the name of a function on AWS Lambda (requires the feature `aws`).
    #[arg(long, value_name = "ARN")]
    lambda: Option<String>,

    /// List the checks and exit.
    #[arg(long)]
    list: bool,

    /// Print the JSON schema of the config file and exit.
    #[arg(long)]
    schema: bool,

    /// A command that runs next to the connector until the end, such as a look-alike of the
    /// application. It is ready when it has printed its first line. Repeatable.
    #[arg(long = "with", value_name = "COMMAND")]
    helpers: Vec<String>,

    /// The port on which to serve the config's secrets, for a connector behind a URL.
    #[arg(long, value_name = "PORT", requires = "url")]
    secrets_port: Option<u16>,

    /// The address of this machine that has the port, for a connector in a container or on another
    /// machine.
    #[arg(long, value_name = "ADDRESS", requires = "secrets_port", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    secrets_address: IpAddr,

    /// A host name by which the connector reaches that address; repeatable. IP addresses and
    /// loopback names need none.
    #[arg(long, value_name = "NAME", requires = "secrets_port")]
    secrets_host: Vec<String>,

    /// A file with the access key that the connector signs its requests for secrets with, as lines
    /// AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=…. It is created with a new key if it does not
    /// exist. Default: a new key, which is printed.
    #[arg(long, value_name = "FILE", requires = "secrets_port")]
    secrets_key: Option<PathBuf>,

    /// Make only the checks whose id starts with this; repeatable.
    #[arg(long, value_name = "ID")]
    only: Vec<String>,

    /// Skip the checks whose id starts with this; repeatable.
    #[arg(long, value_name = "ID")]
    skip: Vec<String>,

    /// A folder that stores what the connector describes. Later runs fail if settings or fields are
    /// removed or change their type.
    #[arg(long, value_name = "FOLDER")]
    baseline: Option<PathBuf>,

    /// Write the report as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Write the report as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    #[command(flatten)]
    process: ProcessOptions,
}

impl Test {
    pub async fn run(self) -> Result<ExitCode> {
        match self.test().await {
            Ok(code) => Ok(code),
            Err(report) => Ok(output::failure(&report, 2)),
        }
    }

    async fn test(&self) -> Result<ExitCode> {
        if self.schema {
            output::line(CONFIG_SCHEMA.trim_end())?;
            return Ok(ExitCode::SUCCESS);
        }
        let Some(config) = self.config.as_ref().filter(|_| !self.list) else {
            list()?;
            return Ok(ExitCode::SUCCESS);
        };
        let config = Config::read(config)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot use the config file {}", config.display()))?;
        let selection = Selection::new(&self.only, &self.skip).into_diagnostic()?;
        // Helpers end when they are dropped, however the run ends.
        let mut helpers = Vec::new();
        for command in &self.helpers {
            helpers.push(Helper::start(command).await?);
        }
        let mut verification = Verification::new(config)
            .await
            .into_diagnostic()?
            .with_selection(selection);
        if let Some(folder) = &self.baseline {
            verification = verification.with_baseline(Baseline::new(folder));
        }
        let _secrets = match self.secrets_port {
            Some(port) => {
                let address = SocketAddr::new(self.secrets_address, port);
                let key = self.secrets_key()?;
                Some(
                    verification
                        .serve_secrets(address, self.secrets_host.clone(), key)
                        .await
                        .into_diagnostic()?,
                )
            }
            None => None,
        };

        let target = self.target(&verification).await?;
        let mut spinner = Spinner::new();
        let outcome = verification.run(&*target, &mut spinner).await;
        spinner.finish();
        let report = outcome.into_diagnostic()?;
        let printed = output::line(&report);
        self.write(&report)?;
        printed?;
        Ok(if report.passed() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    async fn target(&self, verification: &Verification) -> Result<Box<dyn Target>> {
        if let Some(command) = &self.command {
            let config = self.process.config("connector", command)?;
            let target = verification.command(config).await.into_diagnostic()?;
            return Ok(Box::new(target));
        }
        if let Some(url) = &self.url {
            return Ok(Box::new(UrlTarget::new(url).into_diagnostic()?));
        }
        deployed(self.lambda.as_deref().unwrap_or_default())
    }

    fn secrets_key(&self) -> Result<AccessKey> {
        if let Some(path) = &self.secrets_key {
            return AccessKey::read_or_create(path)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot use the access key in {}", path.display()));
        }
        let key = AccessKey::random();
        for (name, value) in key.variables() {
            output::note(format!("{name}={value}"));
        }
        Ok(key)
    }

    fn write(&self, report: &Report) -> Result<()> {
        if let Some(path) = &self.json {
            write(path, &format!("{:#}\n", report.to_json()))?;
        }
        if let Some(path) = &self.junit {
            write(path, &report.to_junit().into_diagnostic()?)?;
        }
        Ok(())
    }
}

fn list() -> Result<()> {
    let mut output = Output::new();
    for check in all_checks() {
        output.line(format!("{:45} {}", check.id, check.why))?;
    }
    Ok(output.end()?)
}

#[cfg(feature = "aws")]
fn deployed(function: &str) -> Result<Box<dyn Target>> {
    let function = appflow_connector_tests::LambdaTarget::new(function).into_diagnostic()?;
    Ok(Box::new(function))
}

#[cfg(not(feature = "aws"))]
fn deployed(function: &str) -> Result<Box<dyn Target>> {
    Err(miette::miette!(
        help = "in a clone: cargo install --path connector-tools --features aws, or cargo run -p cargo-appflow --features aws -- test …",
        "{function} cannot be invoked: this command was built without the feature `aws`"
    ))
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write {}", path.display()))
}
