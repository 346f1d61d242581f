use appflow_connector_client::TokenError;

use crate::config::ConfigError;

/// Why a run's secrets are not available.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretsError {
    /// A file with a secret cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The token endpoint does not return a token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The local Secrets Manager does not accept the secret, for example because it is too long.
    #[error("the secret cannot be served: {0}")]
    Unservable(String),
    /// No port can be opened for the local Secrets Manager.
    #[error("cannot open a port for Secrets Manager")]
    Listen(#[source] std::io::Error),
}
