//! Why the state could not be read or written.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why the state could not be read or written.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum StateError {
    #[error("{folder}: the folder of the state cannot be used: {source}", folder = folder.display())]
    Folder {
        folder: PathBuf,
        source: Arc<io::Error>,
    },
    #[error("{folder}: another process uses this folder", folder = folder.display())]
    InUse { folder: PathBuf },
    #[error("the state's database failed: {0}")]
    Sqlite(Arc<rusqlite::Error>),
    #[error("a thread for the state cannot be started: {0}")]
    Thread(Arc<io::Error>),
    #[error("the work on the state's database ended without a result")]
    Lost,
}

impl From<rusqlite::Error> for StateError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Arc::new(error))
    }
}
