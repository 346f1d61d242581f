//! Amazon AppFlow and the AWS services around it, on one machine: no AWS account is needed.
//!
//! Depend on this crate to run a connector, or a test of one, against local endpoints.
//! `AppFlowLocal` (feature `appflow`, on by default) serves all of them on one port. Without
//! features, the crate has [`secrets_manager`] alone, in memory, as a router that can be merged
//! with others.
//!
//! ```
//! use appflow_local::secrets_manager::SecretsManager;
//! use axum::{Router, body::Body, http::Request};
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let secrets = SecretsManager::default();
//! let arn = secrets.create_secret("airports", r#"{"apiKey":"k-1"}"#)?;
//! assert!(arn.starts_with("arn:aws:secretsmanager:us-east-1:123456789012:secret:airports-"));
//!
//! // A program serves the router with the crate `loopback-server`, and sets AWS_ENDPOINT_URL for the
//! // connector.
//! let router: Router = secrets.router();
//! let request = Request::post("/")
//!     .header("X-Amz-Target", "secretsmanager.GetSecretValue")
//!     .body(Body::from(format!(r#"{{"SecretId":"{arn}"}}"#)))?;
//! assert_eq!(router.oneshot(request).await?.status(), 200);
//! # Ok(())
//! # }
//! ```

#![warn(unreachable_pub)]
#![cfg_attr(
    not(feature = "appflow"),
    allow(dead_code, reason = "only AppFlow's API uses it")
)]

mod account;
#[cfg(feature = "appflow")]
mod appflow;
#[cfg(feature = "appflow")]
pub mod functions;
#[cfg(feature = "appflow")]
mod s3;
pub mod secrets_manager;
#[cfg(feature = "appflow")]
mod server;
#[cfg(feature = "appflow")]
mod state;
mod wire;

pub use account::Account;
#[cfg(feature = "appflow")]
pub use appflow::faults::Fault;
#[cfg(feature = "appflow")]
pub use server::{AppFlowLocal, Builder, StartError};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
