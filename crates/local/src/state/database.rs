//! The database, and the two ways to use it.

use std::fs::File;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::Builder;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use crate::state::error::StateError;
use crate::state::files;
use crate::state::worker::{self, Done, Job};

const READERS: usize = 2;

/// The database. A clone is the same one. Its threads end when the last clone is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    writes: Sender<Job>,
    /// The same as `writes` for a database in memory, which has one connection.
    reads: Sender<Job>,
    _lock: Option<Arc<File>>,
}

impl Database {
    /// Opens the database of a folder, and creates both if they are missing. `schema` are the
    /// statements that create every table which is missing.
    ///
    /// # Errors
    /// If the folder cannot be written, or another process uses it.
    pub(crate) fn open(folder: &Path, schema: &[&str]) -> Result<Self, StateError> {
        let lock = files::prepare(folder)?;
        let path = files::database_file(folder)?;
        let writer = Connection::open(&path)?;
        writer.pragma_update(None, "journal_mode", "WAL")?;
        writer.pragma_update(None, "synchronous", "FULL")?;
        create_tables(&writer, schema)?;
        let (reads, read_jobs) = channel();
        let read_jobs = Arc::new(Mutex::new(read_jobs));
        for _ in 0..READERS {
            let reader = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            let jobs = Arc::clone(&read_jobs);
            spawn("state-reader", move || worker::read_all(&reader, &jobs))?;
        }
        Ok(Self {
            writes: spawn_writer(writer)?,
            reads,
            _lock: Some(Arc::new(lock)),
        })
    }

    /// Makes a database that ends with the process.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub(crate) fn in_memory(schema: &[&str]) -> Result<Self, StateError> {
        let connection = Connection::open_in_memory()?;
        create_tables(&connection, schema)?;
        let writes = spawn_writer(connection)?;
        Ok(Self {
            reads: writes.clone(),
            writes,
            _lock: None,
        })
    }

    /// Runs `work` in a transaction. What it wrote is durable when the future ends with `Ok`, and
    /// undone if `work` fails. It is queued by this call, whether or not the future is awaited.
    ///
    /// # Errors
    /// [`StateError::Sqlite`], for example if the disk is full.
    pub(crate) fn write<T, W>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<T, StateError>> + Send + use<T, W>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        queue(&self.writes, work)
    }

    /// Runs `work`, which only reads. It sees every write whose future has ended.
    ///
    /// # Errors
    /// [`StateError::Sqlite`].
    pub(crate) fn read<T, W>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<T, StateError>> + Send + use<T, W>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        queue(&self.reads, work)
    }
}

fn queue<T, W>(
    jobs: &Sender<Job>,
    work: W,
) -> impl Future<Output = Result<T, StateError>> + Send + use<T, W>
where
    T: Send + 'static,
    W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let job: Job = Box::new(move |connection| {
        let result = work(connection);
        Done {
            is_kept: result.is_ok(),
            finish: Box::new(move |committed| {
                let result = result.map_err(StateError::from);
                // The caller may have gone.
                let _ = sender.send(committed.and(result));
            }),
        }
    });
    // If the thread has ended, the sender in `job` is dropped, and the receiver sees it.
    let _ = jobs.send(job);
    async move { receiver.await.unwrap_or(Err(StateError::Lost)) }
}

fn create_tables(connection: &Connection, schema: &[&str]) -> rusqlite::Result<()> {
    connection.execute_batch(&format!("BEGIN IMMEDIATE;\n{}\nCOMMIT;", schema.join("\n")))
}

fn spawn_writer(connection: Connection) -> Result<Sender<Job>, StateError> {
    let (writes, jobs): (Sender<Job>, Receiver<Job>) = channel();
    spawn("state-writer", move || worker::write_all(connection, &jobs))?;
    Ok(writes)
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), StateError> {
    Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map(drop)
        .map_err(|error| StateError::Thread(Arc::new(error)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::*;

    const SCHEMA: &[&str] = &["CREATE TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY) STRICT;"];

    async fn sum(database: &Database) -> i64 {
        let sum = "SELECT coalesce(sum(n), 0) FROM numbers";
        database
            .read(move |connection| connection.query_row(sum, [], |row| row.get(0)))
            .await
            .unwrap()
    }

    fn add(database: &Database, n: i64) -> impl Future<Output = Result<usize, StateError>> + use<> {
        database.write(move |connection| connection.execute("INSERT INTO numbers VALUES (?1)", [n]))
    }

    #[tokio::test]
    async fn what_was_written_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let database = Database::open(&path, SCHEMA).unwrap();
        add(&database, 1).await.unwrap();
        assert!(matches!(
            Database::open(&path, SCHEMA),
            Err(StateError::InUse { .. })
        ));
        drop(database);
        // The writer's thread may still be closing its connection.
        let database = Database::open(&path, SCHEMA).unwrap();
        assert_eq!(sum(&database).await, 1);
    }

    #[tokio::test]
    async fn one_failing_write_undoes_itself_and_no_other() {
        let database = Database::in_memory(SCHEMA).unwrap();
        let good = add(&database, 1);
        let bad = database.write(|connection| {
            connection.execute("INSERT INTO numbers VALUES (10)", [])?;
            connection.execute("INSERT INTO numbers VALUES (1)", [])
        });
        let panicking = database.write(|connection| -> rusqlite::Result<()> {
            connection.execute("INSERT INTO numbers VALUES (100)", [])?;
            panic!("on purpose")
        });
        let last = add(&database, 2);
        assert!(good.await.is_ok());
        assert!(matches!(bad.await, Err(StateError::Sqlite(_))));
        assert!(matches!(panicking.await, Err(StateError::Lost)));
        assert!(last.await.is_ok());
        assert_eq!(sum(&database).await, 3);
    }

    #[tokio::test]
    async fn a_write_needs_no_one_to_wait_for_it() {
        let database = Database::in_memory(SCHEMA).unwrap();
        drop(add(&database, 7));
        assert_eq!(sum(&database).await, 7);
    }

    #[tokio::test]
    async fn only_the_owner_can_read_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let database = Database::open(&path, SCHEMA).unwrap();
        add(&database, 1).await.unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        let files: Vec<PathBuf> = std::fs::read_dir(&path)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(files.len() >= 3, "{files:?}");
        for file in files {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }
}
