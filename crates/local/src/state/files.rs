//! The folder of the state: readable by its owner only, and used by one process at a time.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::state::error::StateError;

const OWNER_ONLY_FOLDER: u32 = 0o700;
const OWNER_ONLY_FILE: u32 = 0o600;

/// Creates the folder if it is missing, and locks it. The lock ends with the returned file.
pub(super) fn prepare(folder: &Path) -> Result<File, StateError> {
    let failed = |source: io::Error| StateError::Folder {
        folder: folder.to_owned(),
        source: Arc::new(source),
    };
    DirBuilder::new()
        .recursive(true)
        .mode(OWNER_ONLY_FOLDER)
        .create(folder)
        .map_err(failed)?;
    let lock = private_file(&folder.join("lock")).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StateError::InUse {
            folder: folder.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Creates the database's file before SQLite does, because SQLite gives the files that it adds the
/// permissions of this one.
pub(super) fn database_file(folder: &Path) -> Result<PathBuf, StateError> {
    let path = folder.join("state.sqlite");
    private_file(&path).map_err(|source| StateError::Folder {
        folder: folder.to_owned(),
        source: Arc::new(source),
    })?;
    Ok(path)
}

fn private_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(OWNER_ONLY_FILE)
        .open(path)?;
    file.set_permissions(Permissions::from_mode(OWNER_ONLY_FILE))?;
    Ok(file)
}
