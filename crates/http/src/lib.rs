//! Calls an application's HTTP API from a connector: URL policy, authentication, retries within the
//! deadline, errors, links.
//!
//! Depend on this crate, or on `appflow-connector-sdk`, which re-exports it as `http`, if the
//! application that your connector reads or writes has an HTTP API. It depends on
//! `appflow-connector-model` alone, and so serves other programs as well.
//!
//! | you write | the crate does |
//! |---|---|
//! | [`UrlPolicy`]: which URLs a user may give | refuses others before it opens a socket; calls no other origin, wherever a redirect or a response points |
//! | [`Auth`]: where the credentials go | sends them with every attempt, shows them nowhere |
//! | [`Request`]: a value, sent by a [`Session`] | sends it, and retries it where allowed ([`Repeat`], [`RetryPolicy`]) and while time remains |
//! | [`ErrorReader`]: what the application's errors mean | gives AppFlow a code, a short message and when to retry |
//!
//! # Example
//!
//! ```
//! use std::time::{Duration, Instant};
//!
//! use appflow_connector_http::{Auth, HttpClient, Request, Result, UrlPolicy};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct Contact {
//!     name: String,
//! }
//!
//! # fn serve(listener: std::net::TcpListener) {
//! #     use std::io::{BufRead, BufReader, Write};
//! #     let (mut stream, _) = listener.accept().unwrap();
//! #     let mut line = String::new();
//! #     BufReader::new(&stream).read_line(&mut line).unwrap();
//! #     assert_eq!(line, "GET /contacts/7?fields=name HTTP/1.1\r\n");
//! #     stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"name\": \"Anna\"}").unwrap();
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! # let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
//! # let settings = [("instanceUrl".to_owned(), format!("http://{}", listener.local_addr().unwrap()))].into();
//! # std::thread::spawn(|| serve(listener));
//! // A connector keeps one client. It takes settings and deadline from the invocation.
//! let http = HttpClient::builder().application("Example").build();
//! let base = UrlPolicy::any_host().check_setting("instanceUrl", &settings)?;
//! let deadline = Instant::now() + Duration::from_secs(10);
//! let session = http.session(base, Auth::header("X-Api-Key", "key".into()), deadline);
//!
//! let contact: Contact = session.fetch(Request::get("contacts/7").query("fields", "name")).await?;
//! assert_eq!(contact.name, "Anna");
//! # Ok(())
//! # }
//! ```

mod attempt_log;
mod auth;
mod call;
mod client;
mod errors;
mod request;
mod response;
mod result;
mod retry;
mod session;
mod url;

pub use self::auth::{Auth, Outgoing};
pub use self::client::{HttpClient, Quota};
pub use self::errors::{ErrorReader, Problem};
pub use self::request::Request;
pub use self::response::Response;
pub use self::result::Result;
pub use self::retry::{Repeat, RetryPolicy};
pub use self::session::Session;
pub use self::url::{BaseUrl, Url, UrlError, UrlPolicy, path_segment};

/// The types that `builder()` of a struct returns: their methods are the struct's options, with the
/// defaults.
pub mod builders {
    pub use crate::client::HttpClientBuilder;
    pub use crate::retry::RetryPolicyBuilder;
}

pub use reqwest::{Method, header};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
