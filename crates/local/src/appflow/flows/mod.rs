//! Flows.

pub(crate) mod definition;
