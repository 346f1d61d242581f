//! Serves an axum [`Router`](axum::Router) to programs on this machine.
//!
//! Depend on this crate to serve a development tool, or a stand-in for a service in tests, that
//! trusts its callers. `axum::serve` trusts whoever reaches the port: a web page in the user's
//! browser can, and one client that stalls holds a connection for ever.
//!
//! ```
//! use axum::{Router, routing::get};
//! use loopback_server::{Options, Server};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let router = Router::new().route("/", get(|| async { "hello" }));
//! let server = Server::bind(([127, 0, 0, 1], 0).into(), router, Options::default()).await?;
//! println!("http://{}", server.address());
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Who is served
//!
//! A request gets 403, with a text that says what is allowed, unless all of these hold:
//!
//! - Its `Host` is `localhost`, a name under `.localhost`, an address in 127.0.0.0/8, `[::1]`, or
//!   one of [`Options::allowed_hosts`]. On a connection to another address of the machine, this
//!   address is allowed too. A web site whose name is pointed at 127.0.0.1 (DNS rebinding) sends
//!   its own name.
//! - Its `Origin`, if it has one, is the server's own: a form or a script of another site sends
//!   that site's.
//! - Its `Sec-Fetch-Site`, if it has one, is `same-origin` or `none`.
//! - [`Options::admission`] admits the connection.
//!
//! # Limits
//!
//! | what | default | then |
//! |---|---|---|
//! | connections | 512, at most half of the process's limit of open files | the connection that has waited longest for its client is closed; if none waits, new ones are accepted later |
//! | from the connection to the end of the first request's head | 10 s | the connection is closed |
//! | from a response to the end of the next request's head | 60 s | the connection is closed |
//! | from the end of the head to the end of the body | 30 s, and 1 s for each 64 KiB | the connection is closed |
//! | until the client has taken the response | 60 s, and 1 s for each 64 KiB | the connection is closed |
//! | no byte of a body is sent, or of a response taken | 30 s, 60 s | the connection is closed |
//! | a request's body | 8 MiB | reading it fails; [`read_body`] has a limit of its own, and reads at most 1 MiB more |
//! | a request's head | 100 headers, about 400 KB | 431 (hyper's limits) |
//! | from [`Server::shutdown`] to the end of the requests in progress | 2 s | their connections are closed |
//!
//! The times are exact to a second. A handler may take as long as it needs.

#![warn(unreachable_pub)]

mod access;
mod body;
mod connection;
mod link;
mod options;
mod server;
mod stream;

pub use body::{BodyError, discard_body, read_body};
pub use connection::Connection;
pub use options::{Admission, Options};
pub use server::Server;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
