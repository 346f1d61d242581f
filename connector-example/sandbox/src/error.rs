//! Why a sandbox cannot start, and why records were not changed.

use std::io;
use std::net::SocketAddr;

use crate::faults::state::PlanError;

/// Why a sandbox cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// SQLite cannot open, read or write the database.
    #[error("the database cannot be used")]
    Database(#[from] rusqlite::Error),
    /// The file is a database that this version of the sandbox did not create.
    #[error("the database file was not made by this version of the sandbox")]
    ForeignDatabase,
    /// The airports that every new database starts with cannot be read.
    #[error("the airports cannot be read")]
    Seed(#[from] csv::Error),
    /// A fault of the configuration is not valid.
    #[error("a configured fault is not valid")]
    Fault(#[from] PlanError),
    /// A duplicate rule of the configuration names an unknown object or field.
    #[error("the duplicate rule `{object}.{field}` names an unknown object or field")]
    DuplicateRule {
        /// The object of the rule.
        object: String,
        /// The field of the rule.
        field: String,
    },
    /// The address is in use or does not belong to this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The operating system's error.
        source: io::Error,
    },
}

/// Why records were not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// SQLite cannot read or write the database.
    #[error("the database cannot be used")]
    Database(#[from] rusqlite::Error),
    /// A change was refused, as Salesforce would refuse it.
    #[error("change {number} was refused: {code}: {message}")]
    Refused {
        /// The index of the change.
        number: usize,
        /// Salesforce's error code.
        code: &'static str,
        /// Salesforce's message.
        message: String,
    },
}
