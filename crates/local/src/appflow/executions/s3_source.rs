//! Reads records from the objects under a prefix.

use std::io::{self, Read};

use bytes::{Buf as _, Bytes};
use tokio::runtime::Handle;
use tokio::sync::mpsc::Sender;

use crate::appflow::executions::error::RunError;
use crate::appflow::executions::progress::Progress;
use crate::appflow::executions::source::Batch;
use crate::appflow::flows::definition::S3Source;
use crate::appflow::formats::SourceFile;
use crate::appflow::schedule::Window;
use crate::s3::{ObjectReader, Store};

const LISTING: usize = 1000;
const RECORDS: usize = 1000;
/// The text of a batch, which is exceeded by one record at most.
const BYTES: usize = 1024 * 1024;

/// Sends the records of all objects; each object is a group. Blocks its thread.
pub(crate) fn read(
    store: &Store,
    source: &S3Source,
    window: Option<Window>,
    progress: &Progress,
    batches: &Sender<Batch>,
    runtime: &Handle,
) -> Result<(), RunError> {
    for key in runtime.block_on(keys(store, source, window))? {
        read_object(store, source, &key, progress, batches, runtime)?;
    }
    Ok(())
}

/// Returns the keys under the prefix, in their order: those whose objects have bytes, are no
/// folders, and were modified in the window. They are listed before anything is written, because the
/// flow can write under the same prefix.
async fn keys(
    store: &Store,
    source: &S3Source,
    window: Option<Window>,
) -> Result<Vec<String>, RunError> {
    let bucket = &source.bucket_name;
    let prefix = source.bucket_prefix.as_deref().unwrap_or_default();
    let mut keys = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = store
            .list(bucket, prefix, after.as_deref(), LISTING)
            .await
            .map_err(|error| RunError::s3(bucket, &error))?;
        let Some(last) = page.last() else {
            return Ok(keys);
        };
        after = Some(last.key.clone());
        let is_read =
            |modified| window.is_none_or(|window| (window.start..=window.end).contains(&modified));
        let objects = page.into_iter().filter(|object| {
            object.size > 0 && !object.key.ends_with('/') && is_read(object.modified)
        });
        keys.extend(objects.map(|object| object.key));
    }
}

fn read_object(
    store: &Store,
    source: &S3Source,
    key: &str,
    progress: &Progress,
    batches: &Sender<Batch>,
    runtime: &Handle,
) -> Result<(), RunError> {
    let bucket = &source.bucket_name;
    let (_, reader) = runtime
        .block_on(store.open(bucket, key))
        .map_err(|error| RunError::s3(bucket, &error))?;
    let reader = BlockingReader {
        reader,
        chunk: Bytes::new(),
        runtime,
    };
    let mut file = SourceFile::new(source, reader);
    let mut batch = Batch::default();
    let mut bytes = 0;
    while let Some(record) = file
        .next()
        .map_err(|error| RunError::source_object(key, &error))?
    {
        bytes += record.len();
        batch.records.push(record);
        if batch.records.len() == RECORDS || bytes >= BYTES {
            progress.read(batch.records.len(), bytes);
            send(batches, std::mem::take(&mut batch))?;
            bytes = 0;
        }
    }
    progress.read(batch.records.len(), bytes);
    batch.ends_group = true;
    send(batches, batch)
}

fn send(batches: &Sender<Batch>, batch: Batch) -> Result<(), RunError> {
    batches.blocking_send(batch).map_err(|_| RunError::Stopped)
}

/// An object as a file.
struct BlockingReader<'r> {
    reader: ObjectReader,
    chunk: Bytes,
    runtime: &'r Handle,
}

impl Read for BlockingReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.chunk.is_empty() {
            match self.runtime.block_on(self.reader.chunk())? {
                Some(chunk) => self.chunk = chunk,
                None => return Ok(0),
            }
        }
        let length = self.chunk.len().min(buffer.len());
        self.chunk.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}
