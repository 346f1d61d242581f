use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The connection of a request: an extension of every request that the server passes to the router.
#[derive(Clone)]
pub struct Connection {
    /// The client's address.
    pub peer: SocketAddr,
    /// The address of this machine that the client is connected to.
    pub local: SocketAddr,
    pub(crate) is_reset: Arc<AtomicBool>,
}

impl Connection {
    /// Sends nothing more. The client sees a reset of the connection.
    pub fn reset(&self) {
        self.is_reset.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} to {}", self.peer, self.local)
    }
}
