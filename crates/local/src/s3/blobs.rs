//! The bytes of objects and parts, as files of one folder.
//!
//! A blob is written to a file with the ending `.tmp`, flushed to disk and renamed; only then does
//! the database name it. A blob that the database does not name is removed: by the code that
//! replaced it, or when the store is opened again. Names are never used again.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use crate::s3::digest::{Digest, Digests};

const TEMPORARY: &str = ".tmp";

/// Where blobs are kept.
#[derive(Clone, Debug)]
pub(crate) enum BlobFolder {
    /// In this folder, for ever. It is created if it is missing.
    Durable(PathBuf),
    /// In a new folder among the system's temporary files, which is created for the first blob and
    /// removed with the store. What is written is not flushed to disk.
    Temporary,
}

/// The folder of the blobs. A clone is the same one.
#[derive(Clone)]
pub(super) struct Blobs(Arc<Shared>);

struct Shared {
    folder: PathBuf,
    is_durable: bool,
    /// The beginning of the names of all blobs that this value makes.
    session: String,
    made: AtomicU64,
    /// By the ids of the objects that are being read.
    read: Mutex<HashMap<i64, Reading>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        if !self.is_durable {
            // Without a blob the folder does not exist.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

#[derive(Default)]
struct Reading {
    readers: usize,
    /// The object's blobs, if it was replaced or deleted.
    removable: Vec<String>,
}

impl Blobs {
    pub(super) fn open(folder: BlobFolder) -> io::Result<Self> {
        let session = Uuid::new_v4().simple().to_string();
        let (folder, is_durable) = match folder {
            BlobFolder::Durable(folder) => (folder, true),
            BlobFolder::Temporary => {
                let folder = std::env::temp_dir().join(format!("appflow-local-{session}"));
                (folder, false)
            }
        };
        if is_durable {
            make_folder(&folder)?;
        }
        Ok(Self(Arc::new(Shared {
            folder,
            is_durable,
            session,
            made: AtomicU64::new(0),
            read: Mutex::default(),
        })))
    }

    /// Returns the names of all blobs that were made before this value was.
    pub(super) fn earlier(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        if !self.0.is_durable {
            return Ok(names);
        }
        for entry in fs::read_dir(&self.0.folder)? {
            let name = entry?.file_name();
            let name = name.to_string_lossy();
            if !name.starts_with(&self.0.session) {
                names.push(name.into_owned());
            }
        }
        Ok(names)
    }

    /// Starts a blob. Blocks.
    pub(super) fn create(&self, digests: Digests) -> io::Result<BlobWriter> {
        if !self.0.is_durable {
            make_folder(&self.0.folder)?;
        }
        let number = self.0.made.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", self.0.session);
        let temporary = self.path(&format!("{name}{TEMPORARY}"));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        Ok(BlobWriter {
            file,
            unfinished: FileGuard(Some(temporary)),
            blobs: self.clone(),
            name,
            size: 0,
            digests,
        })
    }

    pub(super) fn open_file(&self, name: &str) -> io::Result<File> {
        File::open(self.path(name))
    }

    /// Removes blobs that the database does not name any more. Blocks.
    pub(super) fn remove(&self, names: &[String]) {
        for name in names {
            if let Err(error) = fs::remove_file(self.path(name))
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%error, name, "a file of a deleted object cannot be removed");
            }
        }
    }

    /// Removes the blobs of an object that was replaced or deleted, once nobody reads it. Blocks.
    pub(super) fn remove_object(&self, object: i64, names: Vec<String>) {
        let mut read = self.reading();
        if let Some(reading) = read.get_mut(&object) {
            reading.removable = names;
            return;
        }
        drop(read);
        self.remove(&names);
    }

    /// Keeps the blobs of an object until the returned value is dropped. The caller must make sure
    /// afterwards that the object still exists.
    pub(super) fn hold(&self, object: i64) -> Hold {
        self.reading().entry(object).or_default().readers += 1;
        Hold {
            blobs: self.clone(),
            object,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.folder.join(name)
    }

    fn reading(&self) -> MutexGuard<'_, HashMap<i64, Reading>> {
        self.0.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the renames in the folder durable.
    fn flush_folder(&self) -> io::Result<()> {
        if self.0.is_durable {
            File::open(&self.0.folder)?.sync_all()?;
        }
        Ok(())
    }
}

/// Keeps the blobs of an object from being removed.
pub(super) struct Hold {
    blobs: Blobs,
    object: i64,
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut read = self.blobs.reading();
        let Some(reading) = read.get_mut(&self.object) else {
            return;
        };
        reading.readers -= 1;
        if reading.readers == 0 {
            let removable = read.remove(&self.object).map(|reading| reading.removable);
            drop(read);
            self.blobs.remove(&removable.unwrap_or_default());
        }
    }
}

/// A blob that is being written. Its file is removed on drop.
pub(super) struct BlobWriter {
    file: File,
    unfinished: FileGuard,
    blobs: Blobs,
    name: String,
    size: u64,
    digests: Digests,
}

impl BlobWriter {
    /// Blocks.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.digests.update(bytes);
        self.size += bytes.len() as u64;
        self.file.write_all(bytes)
    }

    /// Makes the blob durable. Blocks.
    pub(super) fn finish(mut self) -> io::Result<NewBlob> {
        if self.blobs.0.is_durable {
            self.file.sync_all()?;
        }
        let path = self.blobs.path(&self.name);
        if let Some(temporary) = &self.unfinished.0 {
            fs::rename(temporary, &path)?;
        }
        self.unfinished.0 = Some(path);
        self.blobs.flush_folder()?;
        Ok(NewBlob {
            name: self.name,
            size: self.size,
            digest: self.digests.finish(),
            unnamed: self.unfinished,
        })
    }
}

/// A durable blob. Its file is removed on drop, unless it is kept.
pub(super) struct NewBlob {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) digest: Digest,
    unnamed: FileGuard,
}

impl NewBlob {
    /// The database names the blob, or may do so.
    pub(super) fn keep(mut self) {
        self.unnamed.0 = None;
    }
}

/// Removes a file on drop.
struct FileGuard(Option<PathBuf>);

impl Drop for FileGuard {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            remove_unfinished(path);
        }
    }
}

fn remove_unfinished(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(%error, path = %path.display(), "an unfinished file cannot be removed");
    }
}

/// Makes a folder that only its owner can read, if it does not exist.
fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn blobs(folder: &Path) -> Blobs {
        Blobs::open(BlobFolder::Durable(folder.to_owned())).unwrap()
    }

    fn write(blobs: &Blobs, bytes: &[u8]) -> NewBlob {
        let mut writer = blobs.create(Digests::default()).unwrap();
        writer.write(bytes).unwrap();
        writer.finish().unwrap()
    }

    fn count(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn what_is_not_finished_or_not_kept_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = blobs(folder.path());
        let mut writer = blobs.create(Digests::default()).unwrap();
        writer.write(b"1").unwrap();
        assert_eq!(count(folder.path()), 1);
        drop(writer);
        assert_eq!(count(folder.path()), 0);
        drop(write(&blobs, b"2"));
        assert_eq!(count(folder.path()), 0);
        write(&blobs, b"3").keep();
        assert_eq!(count(folder.path()), 1);
    }

    #[test]
    fn only_the_owner_can_read_blobs() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("objects");
        let blobs = blobs(&folder);
        let blob = write(&blobs, b"1");
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join(&blob.name)), 0o600);
    }

    #[test]
    fn a_deleted_object_stays_as_long_as_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = blobs(folder.path());
        let blob = write(&blobs, b"1");
        let name = blob.name.clone();
        blob.keep();
        let (first, second) = (blobs.hold(7), blobs.hold(7));
        blobs.remove_object(7, vec![name.clone()]);
        drop(first);
        assert!(blobs.open_file(&name).is_ok());
        drop(second);
        assert!(blobs.open_file(&name).is_err());
    }

    #[test]
    fn blobs_of_earlier_sessions_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let first = blobs(folder.path());
        write(&first, b"1").keep();
        assert_eq!(first.earlier().unwrap().len(), 0);
        let second = blobs(folder.path());
        write(&second, b"2").keep();
        assert_eq!(second.earlier().unwrap().len(), 1);
    }

    #[test]
    fn a_temporary_folder_ends_with_its_last_clone() {
        let blobs = Blobs::open(BlobFolder::Temporary).unwrap();
        write(&blobs, b"1").keep();
        let folder = blobs.0.folder.clone();
        let clone = blobs.clone();
        drop(blobs);
        assert!(folder.exists());
        drop(clone);
        assert!(!folder.exists());
    }
}
