//! Flows.

mod checks;
pub(crate) mod definition;
pub(crate) mod flow;
mod objects;
pub(crate) mod operations;
pub(crate) mod runs;
mod view;
