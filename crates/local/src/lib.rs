//! Local endpoints of the AWS services that an Amazon AppFlow connector uses: no AWS account is
//! needed.
//!
//! Depend on this crate to run a connector, or a test of one, against local endpoints. It has one
//! service, [`secrets_manager`]. Each service is a module with a router of its own, and the routers
//! can be merged to serve all of them on one port.
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
//! assert!(arn.starts_with("arn:aws:secretsmanager:us-east-1:000000000000:secret:airports-"));
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

#[cfg(feature = "appflow")]
#[allow(
    dead_code,
    unused_imports,
    reason = "the operations that use it come next"
)]
mod appflow;
pub mod secrets_manager;
mod wire;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
