//! What the services' protocols have in common: JSON over HTTP, errors, constraints and timestamps.
//!
//! Nothing in this module depends on a service. Each service is a module next to this one.

pub(crate) mod constraint;
pub(crate) mod error;
pub(crate) mod json_1_1;
pub(crate) mod timestamp;
