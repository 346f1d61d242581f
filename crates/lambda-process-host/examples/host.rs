//! Serves one function on port 9000, for `aws lambda invoke`, any AWS SDK or `cargo lambda invoke`:
//!
//! ```sh
//! cargo run --example host -- my-function "python3 -m awslambdaric greeter.handler" &
//! aws lambda invoke --endpoint-url http://127.0.0.1:9000 --function-name my-function response.json
//! cargo lambda invoke --invoke-address 127.0.0.1 my-function --data-ascii '{}'
//! ```

use std::error::Error;
use std::sync::Arc;

use lambda_process_host::{Function, FunctionConfig, router};
use loopback_server::{Options, Server};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(command)) = (arguments.next(), arguments.next()) else {
        return Err("usage: host <function name> <command line>".into());
    };
    let function = Function::new(FunctionConfig::new(name, command.parse()?))?;
    let address = ([127, 0, 0, 1], 9000).into();
    let server = Server::bind(
        address,
        router([Arc::new(function) as _]),
        Options::default(),
    )
    .await?;
    println!("http://{}", server.address());
    server.wait().await;
    Ok(())
}
