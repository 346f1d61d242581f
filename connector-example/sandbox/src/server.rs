//! A server that listens on a port.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use loopback_server::Options;

use crate::error::Error;
use crate::http::request::MAX_BODY;

/// A running server. Dropping it stops it.
///
/// It serves only what comes from this machine: the `Host` of a request must be a loopback name or
/// one of [`Config::allowed_hosts`](crate::Config::allowed_hosts), and other web sites are refused.
/// The documentation of the crate `loopback-server` lists the limits on times and connections.
#[derive(Debug)]
pub struct Server(loopback_server::Server);

impl Server {
    pub(crate) async fn start(
        router: Router,
        address: SocketAddr,
        allowed_hosts: Vec<String>,
    ) -> Result<Self, Error> {
        let mut options = Options::default();
        options.allowed_hosts = allowed_hosts;
        // A fault can send a response this slowly.
        options.response_timeout = Duration::from_hours(1);
        // One more than the handlers accept, so that they respond with Salesforce's error.
        options.max_body_bytes = MAX_BODY + 1;
        match loopback_server::Server::bind(address, router, options).await {
            Ok(server) => Ok(Self(server)),
            Err(source) => Err(Error::Listen { address, source }),
        }
    }

    /// Returns the URL of the server, `http://127.0.0.1:8080`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.0.address())
    }

    /// Waits until the server ends, which it does not do on its own.
    pub async fn wait(self) {
        self.0.wait().await;
    }
}
