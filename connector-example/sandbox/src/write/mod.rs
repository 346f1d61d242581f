//! What may be written, and how: values against their fields, records against their object, then one SQL statement.
//!
//! All checks come before the statement, so a record that fails leaves no trace.

pub(crate) mod error;
pub(crate) mod value;
pub(crate) mod writer;
