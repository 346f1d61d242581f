//! Why a file cannot be read or written.

use std::io;

use appflow_connector_model::FieldDataType;

/// Why a source's file cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("it cannot be read: {0}")]
    Io(#[source] io::Error),
    /// What is wrong where, without content.
    #[error("{0}")]
    Content(String),
}

/// Why a record cannot be written to a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EncodeError {
    #[error("A value of the field {field} is not of the type {}", data_type.as_str())]
    WrongType {
        field: String,
        data_type: FieldDataType,
    },
    #[error("The object cannot be written: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
}
