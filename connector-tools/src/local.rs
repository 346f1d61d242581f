//! `cargo appflow local`: serves Secrets Manager and Lambda functions on one port of this machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use appflow_local::secrets_manager::SecretsManager;
use clap::Args;
use lambda_process_host::{Pool, PoolLimits, router};
use loopback_server::{Options, Server};
use miette::{Context, IntoDiagnostic, Result};
use tokio::net::TcpListener;

use crate::interrupts::Interrupts;
use crate::output::Output;
use crate::process::ProcessOptions;

/// Serve Secrets Manager and Lambda functions on one port, until Ctrl-C.
///
/// Requests in progress then have 2 seconds to end; a second Ctrl-C ends them at once.
///
/// Set AWS_ENDPOINT_URL, `--endpoint-url` or an SDK's endpoint to its URL. Secrets are kept in
/// memory.
#[derive(Args)]
pub struct Local {
    /// The port on 127.0.0.1; 0 selects a free port.
    #[arg(long, default_value_t = 4566)]
    port: u16,

    /// A function and the command that starts its process; repeatable.
    #[arg(long = "function", value_name = "NAME=COMMAND", value_parser = function)]
    functions: Vec<(String, String)>,

    /// A host name that requests may have in addition to loopback ones; repeatable.
    #[arg(long = "allow-host", value_name = "NAME")]
    allowed_hosts: Vec<String>,

    #[command(flatten)]
    process: ProcessOptions,
}

impl Local {
    pub async fn run(self, interrupts: &mut Interrupts) -> Result<ExitCode> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let listener = TcpListener::bind(address)
            .await
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot listen on {address}"))?;
        let url = format!("http://{}", listener.local_addr().into_diagnostic()?);

        let mut functions = Vec::new();
        for (name, command) in &self.functions {
            let mut config = self.process.config(name, command)?;
            config
                .environment
                .entry("AWS_ENDPOINT_URL".into())
                .or_insert_with(|| url.clone().into());
            functions
                .push(Arc::new(Pool::new(config, PoolLimits::default()).into_diagnostic()?) as _);
        }
        let mut output = Output::new();
        output.line(format!("AWS_ENDPOINT_URL={url}"))?;
        let secrets = "  Secrets Manager   aws secretsmanager list-secrets --endpoint-url";
        output.line(format!("{secrets} {url}"))?;
        for (name, _) in &self.functions {
            let invoke = format!("aws lambda invoke --endpoint-url {url} --function-name {name} …");
            output.line(format!("  {name:17} {invoke}"))?;
        }
        output.end()?;

        let services = SecretsManager::default().router().merge(router(functions));
        let mut options = Options::default();
        options.allowed_hosts = self.allowed_hosts;
        let server = Server::start(listener, services, options).into_diagnostic()?;
        interrupts.recv().await;
        tokio::select! {
            () = server.shutdown() => Ok(ExitCode::SUCCESS),
            second = interrupts.recv() => Ok(second.exit_code()),
        }
    }
}

fn function(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, command)) if !name.is_empty() && !command.is_empty() => {
            Ok((name.to_owned(), command.to_owned()))
        }
        _ => Err("expected NAME=COMMAND".to_owned()),
    }
}
