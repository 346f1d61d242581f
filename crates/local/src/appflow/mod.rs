//! Amazon AppFlow.

pub(crate) mod clock;
pub(crate) mod schedule;
