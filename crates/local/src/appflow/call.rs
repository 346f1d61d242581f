//! One call of an operation.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::appflow::error;
use crate::wire::error::ServiceError;

/// What an operation gets: a request that the model allows.
pub(crate) struct Call {
    /// Without nulls and members that the model does not have.
    pub(crate) input: Value,
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

/// Reads a part of a request. The model has checked its types, so what is left are numbers that are
/// out of range.
pub(crate) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, ServiceError> {
    T::deserialize(value)
        .map_err(|error| error::validation(format!("The request is not valid: {error}")))
}
