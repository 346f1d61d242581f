//! Serves Secrets Manager on a port of the loopback address, 4566 by default:
//!
//! ```text
//! cargo run -p appflow-local --example secrets_manager -- 4566
//! aws --endpoint-url http://127.0.0.1:4566 secretsmanager list-secrets
//! ```
//!
//! Port 0 selects a free port. The first line of output is the address.

use appflow_local::secrets_manager::SecretsManager;
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = match std::env::args().nth(1) {
        Some(port) => port.parse()?,
        None => 4566,
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, SecretsManager::default().router()).await?;
    Ok(())
}
