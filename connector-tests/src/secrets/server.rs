use std::future::IntoFuture as _;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::error::SecretsError;
use super::known::Secrets;

/// The run's Secrets Manager on a port of this machine. Dropping it stops it.
#[derive(Debug)]
pub struct SecretsServer {
    url: String,
    task: AbortHandle,
}

impl SecretsServer {
    /// The URL, for `AWS_ENDPOINT_URL_SECRETS_MANAGER` in the connector's environment.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn start(
        secrets: &Secrets,
        address: SocketAddr,
    ) -> Result<Self, SecretsError> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(SecretsError::Listen)?;
        let address = listener.local_addr().map_err(SecretsError::Listen)?;
        let server = axum::serve(listener, secrets.manager.router()).into_future();
        Ok(Self {
            url: format!("http://{address}"),
            task: tokio::spawn(server).abort_handle(),
        })
    }
}

impl Drop for SecretsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
