//! Runs of flows.
//!
//! A run reads its source, carries out the tasks and writes to its destination at the same time:
//! three parts with short queues between them, so that memory does not grow with the data.

pub(crate) mod active;
mod custom_destination;
mod custom_source;
mod custom_stage;
mod error;
mod failures;
pub(crate) mod lifecycle;
pub(crate) mod operations;
mod progress;
pub(crate) mod record;
pub(crate) mod records;
mod run;
mod s3_destination;
mod s3_source;
mod s3_stage;
pub(crate) mod scheduler;
mod source;
