//! The secrets of a run: where the connector finds them, and which texts must not appear in
//! responses, logs and reports.

mod access_key;
mod content;
mod error;
mod known;
#[cfg(feature = "in-process")]
mod provider;
mod server;
mod signature;

pub use access_key::AccessKey;
pub use error::SecretsError;
pub(crate) use known::Secrets;
#[cfg(feature = "in-process")]
pub(crate) use provider::KnownSecrets;
pub use server::SecretsServer;
