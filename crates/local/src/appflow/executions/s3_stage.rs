//! Carries out the tasks on batches, and turns the records into objects for Amazon S3.

use std::collections::HashMap;

use tokio::sync::mpsc::{Receiver, Sender};
use uuid::Uuid;

use crate::appflow::executions::error::RunError;
use crate::appflow::executions::source::Batch;
use crate::appflow::flows::definition::S3Destination;
use crate::appflow::formats::{Encoder, Format, ObjectNames, partition_folders};
use crate::appflow::tasks::{Outcome, Plan, Row, Transform};

const MEGABYTE: u64 = 1024 * 1024;

/// What is to be done with an object.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Bytes of the object with this key.
    Write { key: String, bytes: Vec<u8> },
    /// The object's last bytes: it becomes visible.
    Finish { key: String, bytes: Vec<u8> },
}

/// When an object ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aggregation {
    /// With the page or file that it was read from.
    Group,
    /// With the run.
    Run,
    /// When it has this many bytes, or with the run.
    Size(u64),
}

impl Aggregation {
    fn of(destination: &S3Destination) -> Self {
        let format = destination.s3_output_format_config.as_ref();
        let config = format.and_then(|format| format.aggregation_config.as_ref());
        let size = config.and_then(|config| config.target_file_size);
        let kind = config.and_then(|config| config.aggregation_type.as_deref());
        match (size.filter(|size| *size > 0), kind) {
            (Some(size), _) => Self::Size(size.saturating_mul(MEGABYTE)),
            (None, Some("SingleFile")) => Self::Run,
            (None, _) => Self::Group,
        }
    }
}

/// The objects that are being written, by the folders of their partition.
struct Objects<'d> {
    format: Format,
    aggregation: Aggregation,
    names: &'d ObjectNames,
    pieces: &'d Sender<Piece>,
    open: HashMap<String, Object>,
}

struct Object {
    key: String,
    encoder: Encoder,
    size: u64,
}

/// Takes batches until there are no more. Blocks its thread.
///
/// # Errors
///
/// If a record ends the run. The objects that are not finished then are not to be kept.
pub(crate) fn run(
    plan: &Plan,
    destination: &S3Destination,
    names: &ObjectNames,
    mut batches: Receiver<Batch>,
    pieces: &Sender<Piece>,
) -> Result<StageEnd, RunError> {
    let mut transform = Transform::new(plan)?;
    let mut objects = Objects {
        format: Format::of(destination),
        aggregation: Aggregation::of(destination),
        names,
        pieces,
        open: HashMap::new(),
    };
    while let Some(batch) = batches.blocking_recv() {
        for record in &batch.records {
            match transform.apply(record)? {
                // A value that cannot be converted passes as it is.
                Outcome::Moved(row) | Outcome::Failed { row, .. } => {
                    objects.add(&transform, &row)?;
                }
                Outcome::Dropped => {}
            }
        }
        objects.after_batch(batch.ends_group)?;
    }
    Ok(StageEnd(objects.open))
}

/// What is left when the source has ended: objects to finish, if the source has not failed.
pub(crate) struct StageEnd(HashMap<String, Object>);

impl StageEnd {
    /// Finishes the last objects.
    ///
    /// # Errors
    ///
    /// If an object cannot be written.
    pub(crate) async fn finish(self, pieces: &Sender<Piece>) -> Result<(), RunError> {
        for (_, object) in self.0 {
            let finish = finish(object)?;
            pieces.send(finish).await.map_err(|_| RunError::Stopped)?;
        }
        Ok(())
    }
}

impl Objects<'_> {
    fn add(&mut self, transform: &Transform<'_>, row: &Row<'_>) -> Result<(), RunError> {
        let columns = transform.columns();
        let folders = partition_folders(transform.partition(row));
        let full = self
            .open
            .get(&folders)
            .is_some_and(|object| !object.encoder.accepts(columns));
        if full && let Some(object) = self.open.remove(&folders) {
            self.send(finish(object)?)?;
        }
        if !self.open.contains_key(&folders) {
            let object = Object {
                key: self.names.key(&folders, &Uuid::new_v4().to_string()),
                encoder: Encoder::new(self.format, columns)?,
                size: 0,
            };
            self.open.insert(folders.clone(), object);
        }
        if let Some(object) = self.open.get_mut(&folders) {
            object.encoder.write(columns, row)?;
        }
        Ok(())
    }

    /// Passes on what was written, and finishes the objects that end here.
    fn after_batch(&mut self, ends_group: bool) -> Result<(), RunError> {
        if ends_group && self.aggregation == Aggregation::Group {
            for (_, object) in std::mem::take(&mut self.open) {
                self.send(finish(object)?)?;
            }
            return Ok(());
        }
        let mut full = Vec::new();
        for (folders, object) in &mut self.open {
            let bytes = object.encoder.take()?;
            object.size += bytes.len() as u64;
            if let Aggregation::Size(target) = self.aggregation
                && object.size >= target
            {
                full.push(folders.clone());
            }
            if !bytes.is_empty() {
                let key = object.key.clone();
                let piece = Piece::Write { key, bytes };
                self.pieces
                    .blocking_send(piece)
                    .map_err(|_| RunError::Stopped)?;
            }
        }
        for folders in full {
            if let Some(object) = self.open.remove(&folders) {
                self.send(finish(object)?)?;
            }
        }
        Ok(())
    }

    fn send(&self, piece: Piece) -> Result<(), RunError> {
        self.pieces
            .blocking_send(piece)
            .map_err(|_| RunError::Stopped)
    }
}

fn finish(object: Object) -> Result<Piece, RunError> {
    let bytes = object.encoder.finish()?;
    Ok(Piece::Finish {
        key: object.key,
        bytes,
    })
}
