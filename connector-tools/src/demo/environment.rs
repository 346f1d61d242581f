//! What the connector needs around it: the application, and AppFlow.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use appflow_connector_client::{Client, CommandTarget};
use appflow_local::AppFlowLocal;
use appflow_local::functions::Functions;
use lambda_process_host::{CommandLine, FunctionConfig, Pool, PoolLimits};
use miette::{IntoDiagnostic, Result};
use salesforce_sandbox::{Config, Sandbox, Server};
use tokio::net::TcpListener;

use crate::api::Api;

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const FUNCTION: &str = "salesforce-connector";

/// AppFlow with the connector as a function, and the application.
pub struct Environment {
    /// AppFlow's API.
    pub appflow: Api,
    /// The connector itself, for the calls that AppFlow makes in a flow.
    pub client: Client<CommandTarget>,
    pub salesforce: Server,
    pub function_arn: String,
    _local: AppFlowLocal,
}

impl Environment {
    /// Starts the services; the connector's processes start with the first calls.
    pub async fn start(command: &str) -> Result<Self> {
        let salesforce = Sandbox::new(Config::default())
            .into_diagnostic()?
            .start(ANY_PORT)
            .await
            .into_diagnostic()?;

        let listener = TcpListener::bind(ANY_PORT).await.into_diagnostic()?;
        let url = format!("http://{}", listener.local_addr().into_diagnostic()?);
        let command: CommandLine = command.parse().into_diagnostic()?;
        let mut config = FunctionConfig::new(FUNCTION, command);
        config
            .environment
            .insert("AWS_ENDPOINT_URL".into(), url.clone().into());
        let pool = Pool::new(config.clone(), PoolLimits::default()).into_diagnostic()?;
        let local = AppFlowLocal::builder()
            .listener(listener)
            .functions(Functions::new().with(Arc::new(pool)))
            .start()
            .await
            .into_diagnostic()?;
        Ok(Self {
            appflow: Api::new(&url)?,
            client: Client::new(CommandTarget::new(config).into_diagnostic()?),
            salesforce,
            function_arn: local.account().function_arn(FUNCTION),
            _local: local,
        })
    }
}
