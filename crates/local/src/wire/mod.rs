//! What the services' protocols share: requests and responses in JSON, errors, constraints, timestamps.
//!
//! Nothing here knows a service. A service has a module of its own next to this one and uses this one.

pub(crate) mod constraint;
pub(crate) mod error;
pub(crate) mod json_1_1;
pub(crate) mod timestamp;
