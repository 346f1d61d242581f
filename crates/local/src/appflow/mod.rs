//! Amazon AppFlow: its public API, connectors, connections and flows.

pub(crate) mod call;
pub(crate) mod clock;
pub(crate) mod error;
pub(crate) mod faults;
pub(crate) mod flows;
pub(crate) mod operations;
pub(crate) mod schedule;
pub(crate) mod service;
pub(crate) mod tasks;
