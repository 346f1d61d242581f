//! What outlives the process: one SQLite database, with a thread that writes and threads that read.
//!
//! A write is durable when its future ends. Waiting writes share one transaction, each in a
//! savepoint of its own, so that twenty clients pay for one flush to disk. Work runs in the order in
//! which [`Database::write`] is called, not in which its futures are polled.

mod database;
mod error;
mod files;
mod worker;

pub(crate) use database::Database;
pub(crate) use error::StateError;
