//! Serves the help desk: `help-desk`, or `help-desk 8090 26` with a port and the milliseconds that
//! each request takes. It prints its URL once it is ready.

use std::error::Error;
use std::io::{Write as _, stdout};
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().as_deref().unwrap_or("8090").parse()?;
    let latency: u64 = arguments.next().as_deref().unwrap_or("0").parse()?;
    let address = ([127, 0, 0, 1], port).into();
    let server = help_desk::start(address, Duration::from_millis(latency)).await?;
    writeln!(stdout(), "http://{}", server.address())?;
    server.wait().await;
    Ok(())
}
