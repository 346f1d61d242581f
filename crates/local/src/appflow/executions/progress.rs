//! What a run has done so far.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::appflow::executions::record::ExecutionRecord;

/// Counters of a run in progress.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    records: AtomicU64,
    bytes_read: AtomicU64,
    bytes_written: AtomicU64,
    failures: AtomicU64,
    first_failure: Mutex<Option<String>>,
}

impl Progress {
    /// Counts records that were read from the source, and the bytes of their text.
    pub(crate) fn read(&self, records: usize, bytes: usize) {
        self.records.fetch_add(records as u64, Ordering::Relaxed);
        self.bytes_read.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts bytes of an object that is complete, or of records that the destination has accepted.
    pub(crate) fn written(&self, bytes: u64) {
        self.bytes_written.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts a record that was not written.
    pub(crate) fn failed(&self, reason: &str) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let mut first = self.lock_first();
        first.get_or_insert_with(|| reason.to_owned());
    }

    /// Writes the counters into the run's record.
    pub(crate) fn write_to(&self, record: &mut ExecutionRecord) {
        record.records_processed = self.records.load(Ordering::Relaxed);
        record.bytes_processed = self.bytes_read.load(Ordering::Relaxed);
        record.bytes_written = self.bytes_written.load(Ordering::Relaxed);
        record.put_failures = self.failures.load(Ordering::Relaxed);
        record.message.clone_from(&self.lock_first());
    }

    fn lock_first(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.first_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
