//! Why a sandbox cannot start.

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
    /// The file is a database, but not one that this version of the sandbox made.
    #[error("the database file was not made by this version of the sandbox")]
    ForeignDatabase,
    /// The records that every new database begins with cannot be read.
    #[error("the airports cannot be read")]
    Seed(#[from] csv::Error),
    /// A plan of the configuration's `faults` makes no sense.
    #[error("a fault of the configuration makes no sense")]
    Fault(#[from] PlanError),
    /// The address is taken, or not one of this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
}
