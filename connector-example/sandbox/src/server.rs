//! A sandbox that listens on a port.

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::connection::Connection;
use crate::connection::ResettableListener;
use crate::error::Error;

/// A running server. Once this is dropped it takes no new connections.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub(crate) async fn start(router: Router, address: SocketAddr) -> Result<Self, Error> {
        let failed = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let service = router.into_make_service_with_connect_info::<Connection>();
        let server = axum::serve(ResettableListener(listener), service);
        Ok(Self {
            address,
            task: tokio::spawn(server.into_future()),
        })
    }

    /// The address of the server, `http://127.0.0.1:8080`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until the server ends, which it does not do by itself.
    pub async fn wait(mut self) {
        // Its two possible errors, a panic and a cancelled task, both mean that it has ended.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
