//! The HTTP client of the asking side, and bodies of limited size.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Makes a client that waits 5 seconds for a connection and follows no redirect: what it sends is
/// for the URL that it was given.
///
/// # Errors
/// If TLS cannot be set up.
pub fn client() -> Result<Client, reqwest::Error> {
    // Fails only if a provider is already installed, which is then used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(Policy::none())
        .build()
}

/// Reads a body up to a number of bytes; the rest is not read.
///
/// # Errors
/// If the connection ends before.
pub async fn read_body(
    mut response: Response,
    max_bytes: usize,
) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = max_bytes - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == max_bytes {
            break;
        }
    }
    Ok(body)
}
