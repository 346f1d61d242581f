//! One call of an operation.

use rusqlite::Connection;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::appflow::clock::Clock;
use crate::appflow::error;
use crate::appflow::tokens::ClientToken;
use crate::wire::error::ServiceError;

/// What an operation gets: a request that the model allows.
#[derive(Debug)]
pub(crate) struct Call {
    /// Without nulls, members that the model does not have, and the client token.
    pub(crate) input: Value,
    pub(crate) token: Option<ClientToken>,
}

impl Call {
    /// Reads the members that the operation uses.
    ///
    /// # Errors
    /// If a value is out of the range of its Rust type, such as a time before 1970.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, ServiceError> {
        read(&self.input)
    }
}

/// Remembers the response of a call that had a token, in the transaction that has its effect.
pub(crate) fn remember(
    token: Option<&ClientToken>,
    connection: &Connection,
    clock: &Clock,
    response: &Value,
) -> rusqlite::Result<()> {
    match token {
        Some(token) => token.remember(connection, clock, response),
        None => Ok(()),
    }
}

/// Reads a part of a request. The model has checked its types, so what is left are numbers that are
/// out of range.
pub(crate) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, ServiceError> {
    T::deserialize(value)
        .map_err(|error| error::validation(format!("The request is not valid: {error}")))
}
