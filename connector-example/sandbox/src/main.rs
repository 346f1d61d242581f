//! Runs the sandbox until it is stopped, and prints its URL.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use salesforce_sandbox::{Config, Database, Sandbox};

/// A Salesforce look-alike server, to try a connector against.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Keep the records in this SQLite file instead of in memory
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
    /// The consumer key that clients must show
    #[arg(long, default_value_t = Config::default().client_id)]
    client_id: String,
    /// The consumer secret that clients must show
    #[arg(long, default_value_t = Config::default().client_secret)]
    client_secret: String,
    /// The refresh token that gets a new access token
    #[arg(long, default_value_t = Config::default().refresh_token)]
    refresh_token: String,
    /// How long an access token is good, in seconds
    #[arg(long, default_value_t = Config::default().token_lifetime.as_secs())]
    token_lifetime: u64,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("error: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprint!(": {error}");
                cause = error.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let address = SocketAddr::new(arguments.host, arguments.port);
    let sandbox = Sandbox::new(Config {
        client_id: arguments.client_id,
        client_secret: arguments.client_secret,
        refresh_token: arguments.refresh_token,
        token_lifetime: Duration::from_secs(arguments.token_lifetime),
        database: arguments.database.map_or(Database::Memory, Database::File),
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let server = sandbox.start(address).await?;
        println!("{}", server.url());
        server.wait().await;
        Ok(())
    })
}
