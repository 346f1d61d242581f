//! Carries out the tasks on batches, and turns the records into batches for a connector.

use appflow_connector_model::Record;
use tokio::sync::mpsc::{Receiver, Sender};

use crate::appflow::executions::error::RunError;
use crate::appflow::executions::source::Batch;
use crate::appflow::tasks::{Column, Outcome, Plan, Row, Transform, write_json_object};

/// A call's records, and the bytes of their text.
const RECORDS: usize = 1000;
const BYTES: usize = 4 * 1024 * 1024;

/// Records for one call, or one record that the destination cannot have.
#[derive(Debug)]
pub(crate) enum Write {
    Records(Vec<Record>),
    Failed { record: Record, reason: String },
}

/// Takes batches until there are no more. Blocks its thread.
///
/// # Errors
///
/// If a record ends the run.
pub(crate) fn run(
    plan: &Plan,
    mut batches: Receiver<Batch>,
    writes: &Sender<Write>,
) -> Result<Vec<Record>, RunError> {
    let mut transform = Transform::new(plan)?;
    let mut records = Vec::new();
    let mut bytes = 0;
    while let Some(batch) = batches.blocking_recv() {
        for source in &batch.records {
            let row = match transform.apply(source)? {
                Outcome::Moved(row) => row,
                Outcome::Dropped => continue,
                Outcome::Failed { row, reason } => {
                    let record = record(transform.columns(), &row);
                    send(writes, Write::Failed { record, reason })?;
                    continue;
                }
            };
            let record = record(transform.columns(), &row);
            let length = record.as_str().len();
            if !records.is_empty() && (records.len() == RECORDS || bytes + length > BYTES) {
                send(writes, Write::Records(std::mem::take(&mut records)))?;
                bytes = 0;
            }
            bytes += length;
            records.push(record);
        }
    }
    Ok(records)
}

/// The record with the destination's names; null fields are left out.
fn record(columns: &[Column], row: &Row<'_>) -> Record {
    let mut json = Vec::new();
    write_json_object(columns, row, &mut json);
    let text = String::from_utf8(json).expect("names and values are UTF-8");
    Record::from_json_unchecked(text)
}

fn send(writes: &Sender<Write>, write: Write) -> Result<(), RunError> {
    writes.blocking_send(write).map_err(|_| RunError::Stopped)
}
