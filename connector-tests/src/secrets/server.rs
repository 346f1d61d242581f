use std::net::SocketAddr;

use loopback_server::{Options, Server};

use super::error::SecretsError;
use super::known::Secrets;

/// The run's Secrets Manager on a port of this machine. Dropping it stops it.
#[derive(Debug)]
pub struct SecretsServer(Server);

impl SecretsServer {
    /// The URL, for `AWS_ENDPOINT_URL_SECRETS_MANAGER` in the connector's environment.
    pub fn url(&self) -> String {
        format!("http://{}", self.0.address())
    }

    pub(crate) async fn start(
        secrets: &Secrets,
        address: SocketAddr,
        allowed_hosts: Vec<String>,
    ) -> Result<Self, SecretsError> {
        let mut options = Options::default();
        options.allowed_hosts = allowed_hosts;
        let started = Server::bind(address, secrets.manager.router(), options).await;
        started.map(Self).map_err(SecretsError::Listen)
    }
}
