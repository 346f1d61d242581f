//! Faults on demand: which calls fail, how, and how often that happened.
//!
//! [`plan`] says what can go wrong and when, [`state`] decides for each call. `crate::http::faults`
//! carries it out.

pub(crate) mod plan;
pub(crate) mod state;
