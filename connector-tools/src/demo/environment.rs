//! What the connector needs around it: the application and Secrets Manager.

use std::net::{Ipv4Addr, SocketAddr};

use appflow_connector_client::{Client, ClientCredentials, CommandTarget, Token};
use appflow_local::secrets_manager::SecretsManager;
use lambda_process_host::{CommandLine, FunctionConfig};
use loopback_server::Options;
use miette::{IntoDiagnostic, Result};
use salesforce_sandbox::{Config, Sandbox, Server};

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A client of the connector's process, and the services that it uses.
pub struct Environment {
    pub client: Client<CommandTarget>,
    pub secrets: SecretsManager,
    pub salesforce: Server,
    _secrets_server: loopback_server::Server,
}

impl Environment {
    /// Starts the services; the connector's process starts with the first call.
    pub async fn start(command: &str) -> Result<Self> {
        let salesforce = Sandbox::new(Config::default())
            .into_diagnostic()?
            .start(ANY_PORT)
            .await
            .into_diagnostic()?;

        let secrets = SecretsManager::default();
        let secrets_server =
            loopback_server::Server::bind(ANY_PORT, secrets.router(), Options::default())
                .await
                .into_diagnostic()?;
        let secrets_url = format!("http://{}", secrets_server.address());

        let command: CommandLine = command.parse().into_diagnostic()?;
        let mut config = FunctionConfig::new("salesforce-connector", command);
        config.environment.insert(
            "AWS_ENDPOINT_URL_SECRETS_MANAGER".into(),
            secrets_url.into(),
        );
        let target = CommandTarget::new(config).into_diagnostic()?;
        Ok(Self {
            client: Client::new(target),
            secrets,
            salesforce,
            _secrets_server: secrets_server,
        })
    }

    /// Requests a token with client credentials, as AppFlow does when a connection is created.
    pub async fn fetch_token(&self) -> Result<Token> {
        let config = Config::default();
        let credentials = ClientCredentials {
            token_url: format!("{}/services/oauth2/token", self.salesforce.url()),
            client_id: config.client_id,
            client_secret: config.client_secret.into(),
            scope: None,
        };
        credentials.fetch().await.into_diagnostic()
    }
}
