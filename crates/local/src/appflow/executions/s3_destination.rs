//! Writes objects to Amazon S3.

use std::collections::HashMap;

use tokio::sync::mpsc::Receiver;

use crate::appflow::executions::error::RunError;
use crate::appflow::executions::progress::Progress;
use crate::appflow::executions::s3_stage::Piece;
use crate::s3::{ObjectWriter, Store};

/// Writes pieces until there are no more. Objects that are not finished then are discarded.
pub(crate) async fn write(
    store: &Store,
    bucket: &str,
    content_type: &str,
    progress: &Progress,
    mut pieces: Receiver<Piece>,
) -> Result<(), RunError> {
    let mut open: HashMap<String, ObjectWriter> = HashMap::new();
    while let Some(piece) = pieces.recv().await {
        let (key, bytes, is_last) = match piece {
            Piece::Write { key, bytes } => (key, bytes, false),
            Piece::Finish { key, bytes } => (key, bytes, true),
        };
        let written = async {
            let mut writer = match open.remove(&key) {
                Some(writer) => writer,
                None => store.create(bucket, &key, content_type).await?,
            };
            writer.write(&bytes).await?;
            if is_last {
                progress.written(writer.finish().await?.size);
            } else {
                open.insert(key, writer);
            }
            Ok(())
        };
        written
            .await
            .map_err(|error| RunError::s3(bucket, &error))?;
    }
    Ok(())
}
