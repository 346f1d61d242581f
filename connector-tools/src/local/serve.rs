//! The server.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use appflow_local::functions::Functions;
use appflow_local::{Account, AppFlowLocal};
use clap::Args;
use miette::{Context, IntoDiagnostic, Result};
use tokio::net::TcpListener;

use super::connectors::{self, Connector};
use super::functions::{Scope, Source};
use crate::interrupts::Interrupts;
use crate::output::Output;
use crate::process::ProcessOptions;

/// What is served, and where the state is.
#[derive(Args)]
pub struct Serve {
    /// The port on 127.0.0.1; 0 selects a free port.
    #[arg(long, default_value_t = 4566)]
    port: u16,

    /// The folder of the state. It is created if it is missing, and readable by its owner only.
    #[arg(long, value_name = "FOLDER", default_value = ".appflow")]
    data_dir: PathBuf,

    /// Keep the state in memory, and objects in a temporary folder: both end with the command.
    #[arg(long, conflicts_with = "data_dir")]
    in_memory: bool,

    /// The account in every ARN: 12 digits.
    #[arg(long, value_name = "ID", default_value = "123456789012", value_parser = account)]
    account: String,

    /// The region in every ARN.
    #[arg(long, default_value = "us-east-1")]
    region: String,

    /// A Lambda function, and the command that starts its process or the URL that calls it;
    /// repeatable.
    #[arg(long = "function", value_name = "NAME=COMMAND|URL", value_parser = Source::parse)]
    functions: Vec<Source>,

    /// A custom connector: a function that is registered with AppFlow under this label; repeatable.
    #[arg(long = "connector", value_name = "LABEL=COMMAND|URL", value_parser = Source::parse)]
    connectors: Vec<Source>,

    /// A host name that requests may have in addition to loopback ones; repeatable.
    #[arg(long = "allow-host", value_name = "NAME")]
    allowed_hosts: Vec<String>,

    #[command(flatten)]
    process: ProcessOptions,
}

impl Serve {
    pub async fn run(self, interrupts: &mut Interrupts) -> Result<ExitCode> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let listener = TcpListener::bind(address)
            .await
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot listen on {address}"))?;
        let address = listener.local_addr().into_diagnostic()?;
        let scope = Scope {
            url: format!("http://{address}"),
            account: Account::new(&self.account, &self.region),
            process: &self.process,
        };
        let connectors: Vec<Connector> = self.connectors.iter().map(Connector::of).collect();
        let mut functions = Functions::new();
        for source in &self.functions {
            functions = functions.with(scope.function(&source.name, &source.text)?);
        }
        for connector in &connectors {
            functions = functions.with(scope.function(&connector.function, &connector.source)?);
        }
        let mut builder = AppFlowLocal::builder()
            .listener(listener)
            .allowed_hosts(self.allowed_hosts)
            .account(scope.account.clone())
            .functions(functions);
        if !self.in_memory {
            builder = builder.data_dir(&self.data_dir);
        }
        let local = builder.start().await.into_diagnostic()?;
        connectors::register(&scope, &connectors).await?;

        let mut output = Output::new();
        print_environment(&mut output, &scope)?;
        let names = self.functions.iter().map(|source| &source.name);
        for name in names.chain(connectors.iter().map(|connector| &connector.function)) {
            let arn = scope.account.function_arn(name);
            output.line(format!("# function {name}: {arn}"))?;
        }
        for connector in &connectors {
            output.line(format!("# connector {} is registered", connector.label))?;
        }
        let state = if self.in_memory {
            "in memory".to_owned()
        } else {
            format!("in {}", self.data_dir.display())
        };
        let services = "AppFlow, Secrets Manager, S3, Lambda and STS";
        output.line(format!(
            "# ready: {services} on {}, state {state}",
            scope.url
        ))?;
        output.end()?;

        interrupts.recv().await;
        tokio::select! {
            () = local.shutdown() => Ok(ExitCode::SUCCESS),
            second = interrupts.recv() => Ok(second.exit_code()),
        }
    }
}

/// Prints lines that a shell can read: what every AWS client needs.
fn print_environment(output: &mut Output, scope: &Scope) -> Result<()> {
    let region = scope.account.region.as_str();
    for (name, value) in [
        ("AWS_ENDPOINT_URL", scope.url.as_str()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
    ] {
        output.line(format!("export {name}={value}"))?;
    }
    // They would take precedence.
    output.line("unset AWS_PROFILE AWS_SESSION_TOKEN")?;
    Ok(())
}

fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account has 12 digits".to_owned())
    }
}
