use std::sync::Arc;
use std::time::Duration;

use crate::connection::Connection;

/// Decides about a connection, once, when it is accepted. Returns why it is refused.
pub type Admission = Arc<dyn Fn(&Connection) -> Result<(), String> + Send + Sync>;

/// Who is served, and the limits. The crate's documentation describes each.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Host names that are allowed in addition to the loopback ones, without a port. Default: none.
    pub allowed_hosts: Vec<String>,
    /// Every request of a connection that is not admitted gets 403. Default: all are admitted.
    pub admission: Option<Admission>,
    /// Default: 512, at most half of the process's limit of open files.
    pub max_connections: usize,
    /// The largest request body, in bytes. Default: 8 MiB, enough for Lambda's 6 MiB.
    pub max_body_bytes: usize,
    /// From the connection to the end of the first request's head. Default: 10 s.
    pub head_timeout: Duration,
    /// From a response to the end of the next request's head. Default: 60 s.
    pub idle_timeout: Duration,
    /// From the end of a head to the end of the body, and 1 s more for each 64 KiB; also the time
    /// between two of its bytes. Default: 30 s.
    pub body_timeout: Duration,
    /// How long the client may take to read a response, and 1 s more for each 64 KiB; also the time
    /// between two of its bytes. Default: 60 s.
    pub response_timeout: Duration,
    /// How long requests in progress may take after [`Server::shutdown`](crate::Server::shutdown).
    /// Default: 2 s.
    pub grace: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allowed_hosts: Vec::new(),
            admission: None,
            max_connections: max_connections(),
            max_body_bytes: 8 * 1024 * 1024,
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_mins(1),
            body_timeout: Duration::from_secs(30),
            response_timeout: Duration::from_mins(1),
            grace: Duration::from_secs(2),
        }
    }
}

/// Half of the files that the process may open: the rest is for the process itself.
fn max_connections() -> usize {
    const MAX: usize = 512;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let files = limit.and_then(|limit| usize::try_from(limit).ok());
    files.map_or(MAX, |files| (files / 2).clamp(1, MAX))
}
