//! Registered connectors.

mod configuration;
pub(crate) mod connector;
pub(crate) mod operations;
