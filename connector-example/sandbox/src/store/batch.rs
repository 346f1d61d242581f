//! Several changes in one transaction.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Store;
use crate::schema::catalog::Schema;
use crate::write::Saved;
use crate::write::WriteError;
use crate::write::Writer;

/// How the records of one call belong together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Batch {
    /// Whether one failure undoes everything.
    pub all_or_none: bool,
    /// Whether the first record is held by somebody else, and so cannot be changed. It is a fault on demand.
    pub first_is_locked: bool,
}

impl Store {
    /// Makes one change for each of `inputs`, in order. A change that fails leaves no trace; the others are kept unless the
    /// batch is all or none.
    pub(crate) fn write<I>(
        &self,
        schema: &Schema,
        batch: Batch,
        inputs: &[I],
        change: impl Fn(&Writer<'_>, &I) -> Result<Saved, WriteError>,
    ) -> rusqlite::Result<Vec<Result<Saved, WriteError>>> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        let writer = Writer::new(&transaction, schema, now());
        let mut outcomes: Vec<_> = inputs
            .iter()
            .enumerate()
            .map(|(number, input)| {
                if batch.first_is_locked && number == 0 {
                    Err(WriteError::locked())
                } else {
                    change(&writer, input)
                }
            })
            .collect();
        if batch.all_or_none && outcomes.iter().any(Result::is_err) {
            transaction.rollback()?;
            for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_ok()) {
                *outcome = Err(WriteError::rolled_back());
            }
        } else {
            transaction.commit()?;
        }
        Ok(outcomes)
    }
}

/// Milliseconds since 1970, to the second, as Salesforce keeps them.
fn now() -> i64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_secs()).unwrap_or_default() * 1_000
}
