//! Runs any AWS Lambda function, in any language, as a process on this machine, without AWS: over
//! the Lambda Runtime API, with Lambda's limits, timeouts and error objects. It measures start
//! time, call time and memory.
//!
//! Depend on this crate to run, test or measure a function: from a Rust test with
//! [`Function::invoke`], or from any AWS SDK or the AWS CLI with [`router`]. It does not depend on
//! AppFlow. It needs a Unix and is tested on Linux.
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
//! println!("started in {:?}, responded in {:?}", outcome.init_duration, outcome.duration);
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
//! #     let mut response = TcpStream::connect(&api)?;
//! #     write!(response, "POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: {api}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
//! #     response.read_to_string(&mut invocation)?;
//! #     Ok(())
//! # }
//! ```
//!
//! # Who is served
//!
//! Each process has a Runtime API of its own, on a free port of 127.0.0.1. On Linux it serves only
//! connections of that process, of its process group and of its descendants, so that no other
//! program takes a payload or forges a response; others get 403. A connector in a container, whose
//! process is not a descendant, is therefore not served. Other systems do not tell whose a
//! connection is.
//!
//! # What differs from Lambda
//!
//! - The process knows its memory size, but the size is not enforced.
//! - The process is not frozen between calls, and it uses the machine's file system and network.
//! - A [`Function`] has one process; a [`Pool`] starts more, up to its own limit.
//! - Extensions, layers, response streaming, client contexts and SnapStart are not supported.
//! - The process starts with a clean environment. Of the host's variables it sees only `PATH`,
//!   `HOME`, `LD_LIBRARY_PATH` and `TMPDIR`, so that real AWS credentials are not passed on.

#![warn(unreachable_pub)]

mod config;
mod environment;
mod error;
mod function;
mod function_error;
mod invoke;
mod limits;
mod log;
#[cfg(target_os = "linux")]
mod peer;
mod pool;
mod process;
#[cfg(target_os = "linux")]
mod process_tree;
mod program_files;
mod queue;
mod runtime_api;
mod service;
mod variables;

pub use config::{CommandLine, FunctionConfig};
pub use error::Error;
pub use function::{Function, Outcome};
pub use function_error::FunctionError;
pub use invoke::{Invoke, InvokeFuture};
pub use limits::{MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES};
pub use pool::{Pool, PoolLimits};
pub use service::{function_name, router};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
