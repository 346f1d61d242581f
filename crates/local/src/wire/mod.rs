//! What the services' protocols have in common: JSON over HTTP, errors, constraints and timestamps.
//!
//! Nothing in this module depends on a service. Each service is a module next to this one.

pub(crate) mod constraint;
pub(crate) mod error;
pub(crate) mod json_1_1;
#[cfg(feature = "appflow")]
pub(crate) mod model;
#[cfg(feature = "appflow")]
pub(crate) mod rest_json;
pub(crate) mod timestamp;
#[cfg(feature = "appflow")]
pub(crate) mod walker;
