//! What may be written, and how: values against their fields, records against their object, then one SQL statement.
//!
//! All checks come before the statement, so a record that fails leaves no trace.

mod error;
mod input;
mod value;
mod writer;

pub(crate) use error::WriteError;
pub(crate) use value::column_value;
pub(crate) use writer::{Saved, Writer};
