//! AppFlow's surroundings on one machine: the AWS services that a connector talks to, without an account.
//!
//! Depend on this crate to run a connector, or a test of one, against local endpoints. Today it has one
//! service, [`secrets_manager`]; each further one comes as a module with a router of its own, and all of them
//! can be merged under one port.
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
//! // In earnest: `axum::serve(listener, router)`, and AWS_ENDPOINT_URL in the connector's environment.
//! let router: Router = secrets.router();
//! let request = Request::post("/")
//!     .header("X-Amz-Target", "secretsmanager.GetSecretValue")
//!     .body(Body::from(format!(r#"{{"SecretId":"{arn}"}}"#)))?;
//! assert_eq!(router.oneshot(request).await?.status(), 200);
//! # Ok(())
//! # }
//! ```

#![warn(unreachable_pub)]

pub mod secrets_manager;
mod wire;
