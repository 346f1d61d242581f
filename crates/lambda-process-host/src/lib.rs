//! Runs any AWS Lambda function, in any language, as a process on this machine: over the real Lambda Runtime API, with
//! Lambda's limits, timeouts and error shapes, and without AWS. It measures start, calls and memory on the way.
//!
//! Depend on it to try, test or measure a function: from a Rust test with [`Function::invoke`], or from any AWS SDK or the
//! `aws` command with [`router`]. It knows nothing of AppFlow. It needs a Unix and is tested on Linux.
//!
//! ```standalone_crate
//! use lambda_process_host::{CommandLine, Function, FunctionConfig};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() { return greet_once(); }
//! # let command = CommandLine::new(std::env::current_exe()?);
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! # if false {
//! let command: CommandLine = "python3 -m awslambdaric greeter.handler".parse()?;
//! # }
//! let greeter = Function::new(FunctionConfig::new("greeter", command))?;
//!
//! let outcome = greeter.invoke(r#"{"name":"Ada"}"#).await?;
//! assert_eq!(outcome.result?, r#""Hello, Ada""#);
//! println!("started in {:?}, answered in {:?}", outcome.init_duration, outcome.duration);
//! # Ok(()) })
//! # }
//! #
//! # /// The function's process.
//! # fn greet_once() -> Result<(), Box<dyn std::error::Error>> {
//! #     use std::io::{Read, Write};
//! #     use std::net::TcpStream;
//! #     let api = std::env::var("AWS_LAMBDA_RUNTIME_API")?;
//! #     let mut next = TcpStream::connect(&api)?;
//! #     write!(next, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: {api}\r\nConnection: close\r\n\r\n")?;
//! #     let mut invocation = String::new();
//! #     next.read_to_string(&mut invocation)?;
//! #     assert!(invocation.ends_with(r#"{"name":"Ada"}"#));
//! #     let id = invocation.split("lambda-runtime-aws-request-id: ").nth(1).unwrap().lines().next().unwrap();
//! #     let body = r#""Hello, Ada""#;
//! #     let mut answer = TcpStream::connect(&api)?;
//! #     write!(answer, "POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: {api}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
//! #     answer.read_to_string(&mut invocation)?;
//! #     Ok(())
//! # }
//! ```
//!
//! What differs from Lambda: the memory size is told to the process but not enforced; the process is not frozen between calls
//! and keeps the machine's file system and network; one function has one process and never two at a time; there are no
//! extensions, layers, response streaming, client contexts or SnapStart. The process starts with a clean environment: of the
//! host's variables it sees `PATH`, `HOME`, `LD_LIBRARY_PATH` and `TMPDIR` only, so that real AWS credentials stay out.

#![warn(unreachable_pub)]

mod config;
mod environment;
mod error;
mod function;
mod function_error;
mod limits;
mod log;
mod process;
mod runtime_api;
mod service;
mod variables;

pub use config::{CommandLine, FunctionConfig};
pub use error::Error;
pub use function::{Function, Outcome};
pub use function_error::FunctionError;
pub use limits::{MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES};
pub use service::router;
