//! Writing: values are checked against their fields and records against their object, then one SQL
//! statement runs.
//!
//! All checks come before the statement, so a record that fails changes nothing.

pub(crate) mod error;
pub(crate) mod value;
pub(crate) mod writer;
