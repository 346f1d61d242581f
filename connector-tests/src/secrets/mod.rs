//! The secrets of a run: where the connector finds them, and which texts must not appear in
//! responses, logs and reports.

mod content;
mod error;
mod known;
#[cfg(feature = "in-process")]
mod provider;
mod server;

pub use error::SecretsError;
pub(crate) use known::Secrets;
#[cfg(feature = "in-process")]
pub(crate) use provider::KnownSecrets;
pub use server::SecretsServer;
