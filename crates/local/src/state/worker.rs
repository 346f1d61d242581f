//! The threads that use a connection.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::state::error::StateError;

/// How many waiting writes one transaction can take.
const MAX_WRITES: usize = 256;

/// Work on a connection.
pub(super) type Job = Box<dyn FnOnce(&Connection) -> Done + Send>;

/// Work that was done, and is not committed yet.
pub(super) struct Done {
    /// False if it failed, so that what it has written is undone.
    pub(super) is_kept: bool,
    /// Gives the caller the result of the work, or the error of the commit.
    pub(super) finish: Box<dyn FnOnce(Result<(), StateError>) + Send>,
}

/// Runs writes until all senders are dropped.
pub(super) fn write_all(mut connection: Connection, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut waiting = vec![first];
        while waiting.len() < MAX_WRITES
            && let Ok(job) = jobs.try_recv()
        {
            waiting.push(job);
        }
        write_together(&mut connection, waiting);
    }
}

fn write_together(connection: &mut Connection, jobs: Vec<Job>) {
    let mut all_done = Vec::with_capacity(jobs.len());
    let committed = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .and_then(|mut transaction| {
            for job in jobs {
                all_done.extend(run_in_savepoint(&mut transaction, job));
            }
            transaction.commit()
        })
        .map_err(|error| StateError::Sqlite(Arc::new(error)));
    for done in all_done {
        (done.finish)(committed.clone());
    }
}

/// Returns `None` if the work panicked. Its caller then sees that the result will not come.
fn run_in_savepoint(transaction: &mut Transaction<'_>, job: Job) -> Option<Done> {
    let mut savepoint = transaction
        .savepoint()
        .inspect_err(|error| tracing::error!(%error, "a savepoint could not be created"))
        .ok()?;
    let done = catch_unwind(AssertUnwindSafe(|| job(&savepoint))).ok();
    let ended = match &done {
        Some(done) if done.is_kept => savepoint.commit(),
        _ => savepoint.rollback().and_then(|()| savepoint.commit()),
    };
    if let Err(error) = ended {
        tracing::error!(%error, "a savepoint could not be ended");
    }
    done
}

/// Runs reads until all senders are dropped. Several threads share the receiver.
pub(super) fn read_all(connection: &Connection, jobs: &Mutex<Receiver<Job>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        if let Ok(done) = catch_unwind(AssertUnwindSafe(|| job(connection))) {
            (done.finish)(Ok(()));
        }
    }
}
