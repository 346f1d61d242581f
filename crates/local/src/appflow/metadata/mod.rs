//! Entities and fields of a connection, as the connector describes them.

pub(crate) mod cache;
pub(crate) mod entities;
mod field;
pub(crate) mod operations;
