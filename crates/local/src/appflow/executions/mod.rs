//! Runs of flows.

pub(crate) mod record;
pub(crate) mod records;
