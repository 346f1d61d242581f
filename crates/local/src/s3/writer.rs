//! Writing objects.

use crate::s3::blob_sink::BlobSink;
use crate::s3::digest::Digests;
use crate::s3::error::StoreError;
use crate::s3::object::{Attributes, ObjectInfo};
use crate::s3::objects::{Condition, NewObject, checked_key};
use crate::s3::store::Store;

impl Store {
    /// Starts an object. It is visible when [`ObjectWriter::finish`] ends, and not at all if the
    /// writer is dropped before.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::KeyTooLong`].
    pub(crate) async fn create(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
    ) -> Result<ObjectWriter, StoreError> {
        self.bucket(bucket).await?;
        let sink = BlobSink::new(self.blobs.clone(), Digests::default());
        Ok(ObjectWriter {
            store: self.clone(),
            sink,
            bucket: bucket.to_owned(),
            key: checked_key(key)?,
            attributes: Attributes::of_type(content_type),
        })
    }
}

/// An object that is being written. Dropping it leaves nothing.
pub(crate) struct ObjectWriter {
    store: Store,
    sink: BlobSink,
    bucket: String,
    key: String,
    attributes: Attributes,
}

impl ObjectWriter {
    /// Adds bytes.
    ///
    /// # Errors
    /// If the disk is full, for example. The writer is of no use after that.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        Ok(self.sink.write(bytes).await?)
    }

    /// Makes the object visible, durably.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], if the bucket was deleted meanwhile; if the disk is full, for
    /// example.
    pub(crate) async fn finish(self) -> Result<ObjectInfo, StoreError> {
        let blob = self.sink.finish().await?;
        let object = NewObject {
            etag: blob.digest.etag.clone(),
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            attributes: self.attributes,
            condition: Condition::None,
        };
        self.store.put(object, blob).await?;
        self.store.info(&self.bucket, &self.key).await
    }
}
