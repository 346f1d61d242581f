//! `cargo appflow invoke`: sends requests to a connector's process.
//!
//! It uses the process host and not the client, because the payload of a failed invocation and the
//! time of the start are printed as they are.

mod config;
mod operation;

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;

use appflow_connector_client::{PageLimits, to_json};
use appflow_connector_tests::SecretsServer;
use clap::Args;
use lambda_process_host::{Function, Outcome};
use miette::{IntoDiagnostic, Result, bail, miette};
use serde_json::{Value, json};

use self::config::Connection;
use self::operation::{Operation, is_standard_input, read};
use crate::cargo;
use crate::helper::Helper;
use crate::output;
use crate::process::ProcessOptions;

/// Send a request to a connector's process and print the response.
///
/// The request is an operation with its options, or a file (`--event`). With the config file of
/// `cargo appflow test`, it gets that file's settings and credentials, and the connector finds the
/// secret; a request about records also gets the entity's definition, as from AppFlow.
///
/// The response is printed to standard output, the process's log and the measurements to standard
/// error. The exit code is 0 for a response with `isSuccess: true`, 1 for any other response or a
/// failed invocation, 2 if the process cannot be called.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo appflow invoke describe-configuration
  cargo appflow invoke --config test-config.json query --entity tickets --filter 'id > 7'
  cargo appflow invoke --command 'python3 -m awslambdaric main.handler' --event request.json")]
pub struct Invoke {
    #[command(subcommand)]
    operation: Option<Operation>,

    /// The file with a whole request; - for standard input.
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,

    /// The config file of `cargo appflow test`, with settings, credentials and their secret.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The command that starts the connector, in any language. It is not run in a shell. Default:
    /// the program of the package in the working directory, which is built first.
    #[arg(long, global = true)]
    command: Option<String>,

    /// A command that runs next to the connector until the end, such as a look-alike of the
    /// application. It is ready when it has printed its first line. Repeatable.
    #[arg(long = "with", global = true, value_name = "COMMAND")]
    helpers: Vec<String>,

    /// Show the connector's debug log, such as one line for each call of the application: sets
    /// `RUST_LOG=debug`.
    #[arg(long, short, global = true)]
    verbose: bool,

    #[command(flatten)]
    process: ProcessOptions,
}

/// A connector's process, and what it needs until it ends.
struct Connector {
    function: Function,
    connection: Connection,
    _secrets: Option<SecretsServer>,
    _helpers: Vec<Helper>,
}

impl Invoke {
    pub fn reads_standard_input(&self) -> bool {
        self.event.as_deref().is_some_and(is_standard_input)
            || self
                .operation
                .as_ref()
                .is_some_and(Operation::reads_standard_input)
    }

    pub async fn run(self) -> Result<ExitCode> {
        match self.call().await {
            Ok(true) => Ok(ExitCode::SUCCESS),
            Ok(false) => Ok(ExitCode::FAILURE),
            Err(report) => Ok(output::failure(&report, 2)),
        }
    }

    /// Returns whether every call succeeded.
    async fn call(&self) -> Result<bool> {
        match (&self.operation, &self.event) {
            (Some(operation), None) => {
                let connector = self.start().await?;
                connector.call(operation).await
            }
            (None, Some(event)) => {
                let event = read(event)?;
                let connector = self.start().await?;
                // What is not JSON is sent as it is: a connector must refuse it.
                let event = match serde_json::from_str(&event) {
                    Ok(request) if self.config.is_some() => {
                        connector.connection.complete(request).to_string()
                    }
                    _ => event,
                };
                connector
                    .send(event)
                    .await
                    .map(|response| response.is_some())
            }
            (Some(_), Some(_)) => bail!("--event has the whole request: it takes no operation"),
            (None, None) => bail!(
                "the request is missing: name an operation, such as `describe-configuration`, or a file with --event; `cargo appflow invoke --help` lists the operations"
            ),
        }
    }

    async fn start(&self) -> Result<Connector> {
        let mut helpers = Vec::new();
        for command in &self.helpers {
            helpers.push(Helper::start(command).await?);
        }
        let connection = Connection::read(self.config.as_deref()).await?;
        let command = match &self.command {
            Some(command) => command.clone(),
            None => cargo::build_own().await?,
        };
        let mut config = self.process.shown_config("invoke", &command)?;
        if self.verbose {
            let levels = config.environment.entry("RUST_LOG".into());
            levels.or_insert_with(|| "debug".into());
        }
        let secrets = connection.serve_secrets(&mut config).await?;
        Ok(Connector {
            function: Function::new(config).into_diagnostic()?,
            connection,
            _secrets: secrets,
            _helpers: helpers,
        })
    }
}

impl Connector {
    async fn call(&self, operation: &Operation) -> Result<bool> {
        // Before any call, as the records of a write may be unreadable.
        let context = self.connection.context();
        let request = operation.request(context.clone(), self.connection.settings())?;
        let mut request = to_json(&request);
        if operation.has_context() && context.api_version.is_none() {
            let configuration = Operation::DescribeConfiguration;
            let configuration = configuration.request(context, self.connection.settings())?;
            let response = self.ask(&to_json(&configuration)).await?;
            request["connectorContext"]["apiVersion"] = response["supportedApiVersions"][0].clone();
        }
        if let Some(entity) = operation.entity_of_data() {
            let describe = json!({
                "type": "DescribeEntityRequest",
                "entityIdentifier": entity,
                "connectorContext": request["connectorContext"],
            });
            let response = self.ask(&describe).await?;
            request["connectorContext"]["entityDefinition"] = response["entityDefinition"].clone();
        }
        let mut tokens = HashSet::new();
        loop {
            let Some(response) = self.send(request.to_string()).await? else {
                return Ok(false);
            };
            let token = &response["nextToken"];
            if !operation.reads_all_pages() || token.is_null() {
                return Ok(true);
            }
            let max_pages = PageLimits::default().pages;
            if !tokens.insert(token.to_string()) || tokens.len() >= max_pages {
                bail!(
                    "the pages do not end: page {} has the nextToken of an earlier page, or is number {max_pages}",
                    tokens.len() + 1
                );
            }
            request["nextToken"] = token.clone();
        }
    }

    /// Makes a call for what another call needs. Its response is printed only if it failed.
    async fn ask(&self, request: &Value) -> Result<Value> {
        let outcome = self.function.invoke(request.to_string()).await;
        let outcome = outcome.into_diagnostic()?;
        let response = read_response(&outcome);
        if let Some(response) = response.filter(is_success) {
            return Ok(response);
        }
        print(&outcome)?;
        let name = request["type"].as_str().unwrap_or_default();
        Err(miette!("{name} failed, which AppFlow calls before"))
    }

    /// Makes a call and prints its outcome. Returns the response if it succeeded.
    async fn send(&self, event: String) -> Result<Option<Value>> {
        let outcome = self.function.invoke(event).await.into_diagnostic()?;
        print(&outcome)?;
        Ok(read_response(&outcome).filter(is_success))
    }
}

fn is_success(response: &Value) -> bool {
    response["isSuccess"] == true
}

fn read_response(outcome: &Outcome) -> Option<Value> {
    serde_json::from_slice(outcome.result.as_ref().ok()?).ok()
}

fn print(outcome: &Outcome) -> Result<()> {
    if !outcome.log_tail.is_empty() {
        output::note(outcome.log_tail.trim_end_matches('\n'));
    }
    output::note(measurements(outcome));
    let payload = match &outcome.result {
        Ok(payload) => payload,
        Err(error) => &error.payload,
    };
    match serde_json::from_slice::<Value>(payload) {
        Ok(response) => output::line(format!("{response:#}"))?,
        Err(_) => output::line(String::from_utf8_lossy(payload))?,
    }
    Ok(())
}

fn measurements(outcome: &Outcome) -> String {
    let mut parts = Vec::new();
    if let Some(init) = outcome.init_duration {
        parts.push(format!("init {:.1} ms", init.as_secs_f64() * 1_000.0));
    }
    parts.push(format!(
        "call {:.1} ms",
        outcome.duration.as_secs_f64() * 1_000.0
    ));
    if let Some(bytes) = outcome.peak_memory_bytes {
        parts.push(format!("peak memory {} MiB", bytes.div_ceil(1 << 20)));
    }
    parts.join(", ")
}
