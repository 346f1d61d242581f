//! Bodies that become objects or parts.

use axum::http::Extensions;
use futures_util::StreamExt as _;
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3Result, s3_error};

use crate::s3::blob_sink::BlobSink;
use crate::s3::blobs::NewBlob;
use crate::s3::digest::{Algorithm, Digests};
use crate::s3::error::StoreError;
use crate::s3::http::BodyReport;
use crate::s3::object::StoredChecksum;
use crate::s3::operations::Operations;
use crate::s3::reader::ObjectReader;

/// The largest object that is uploaded whole, and the largest part: 5 GiB.
const MAX_BYTES: i64 = 5 * 1024 * 1024 * 1024;

/// A body that was received.
pub(super) struct Received {
    pub(super) blob: NewBlob,
    /// The checksum that was given with it.
    pub(super) checksum: Option<(Algorithm, String)>,
}

impl Operations {
    /// Receives a body to its end.
    pub(super) async fn receive(
        &self,
        body: Option<StreamingBlob>,
        length: Option<i64>,
        extensions: &Extensions,
    ) -> S3Result<Received> {
        match length {
            None => {
                return Err(s3_error!(
                    MissingContentLength,
                    "You must provide the Content-Length HTTP header."
                ));
            }
            Some(length) if length > MAX_BYTES => {
                return Err(s3_error!(
                    EntityTooLarge,
                    "Your proposed upload exceeds the maximum allowed size"
                ));
            }
            Some(_) => {}
        }
        let mut sink = BlobSink::new(self.store.blobs.clone(), Digests::default());
        if let Some(mut body) = body {
            while let Some(chunk) = body.next().await {
                // The reason is in the report, and becomes the response.
                let chunk = chunk.map_err(|error| {
                    S3Error::with_source(s3s::S3ErrorCode::IncompleteBody, error)
                })?;
                sink.write(&chunk).await.map_err(StoreError::from)?;
            }
        }
        let report = extensions.get::<BodyReport>();
        Ok(Received {
            blob: sink.finish().await.map_err(StoreError::from)?,
            checksum: report.and_then(BodyReport::checksum),
        })
    }

    /// Copies the bytes of an object.
    pub(super) async fn copy_bytes(
        &self,
        mut source: ObjectReader,
        algorithm: Option<Algorithm>,
    ) -> Result<NewBlob, StoreError> {
        let mut sink = BlobSink::new(self.store.blobs.clone(), Digests::new(algorithm));
        while let Some(chunk) = source.chunk().await? {
            sink.write(&chunk).await?;
        }
        Ok(sink.finish().await?)
    }
}

/// Returns the checksum of an object that was uploaded or copied whole.
pub(super) fn whole(checksum: Option<(Algorithm, String)>) -> Option<StoredChecksum> {
    checksum.map(|(algorithm, value)| StoredChecksum {
        algorithm,
        is_of_whole: true,
        value,
    })
}
