//! Serves Secrets Manager on a port of the loopback address, 4566 by default:
//!
//! ```text
//! cargo run -p appflow-local --example secrets_manager -- 4566
//! aws --endpoint-url http://127.0.0.1:4566 secretsmanager list-secrets
//! ```
//!
//! Port 0 selects a free port. The first line of output is the address.

use appflow_local::secrets_manager::SecretsManager;
use loopback_server::{Options, Server};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = match std::env::args().nth(1) {
        Some(port) => port.parse()?,
        None => 4566,
    };
    let router = SecretsManager::default().router();
    let server = Server::bind(([127, 0, 0, 1], port).into(), router, Options::default()).await?;
    println!("http://{}", server.address());
    server.wait().await;
    Ok(())
}
