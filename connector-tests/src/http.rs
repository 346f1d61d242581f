//! What the harness needs of HTTP: a client, and bodies of a bounded size.

use std::time::Duration;

use reqwest::{Client, Response};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) fn client() -> Result<Client, reqwest::Error> {
    // Fails only where a provider is installed already, which then serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().connect_timeout(CONNECT_TIMEOUT).build()
}

/// Reads a body up to a number of bytes; what is beyond is left unread.
pub(crate) async fn read_body(
    mut response: Response,
    most_bytes: usize,
) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = most_bytes - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == most_bytes {
            break;
        }
    }
    Ok(body)
}
