//! The records that a destination has refused, in the error bucket.

use appflow_connector_model::Record;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::appflow::executions::error::RunError;
use crate::appflow::flows::definition::ErrorHandlingConfig;
use crate::appflow::formats::error_key;
use crate::s3::{ObjectWriter, Store};

/// One object of JSON lines, which is created with the first failed record.
pub(crate) struct Failures {
    store: Store,
    /// Without a bucket the records are only counted.
    bucket: Option<String>,
    key: String,
    object: Option<ObjectWriter>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure<'f> {
    record: &'f RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    record_id: Option<&'f str>,
    error_message: &'f str,
}

impl Failures {
    /// `file` is the uuid in the object's key.
    pub(crate) fn new(
        store: Store,
        config: Option<&ErrorHandlingConfig>,
        flow_name: &str,
        execution_id: &str,
        file: &str,
    ) -> Self {
        let prefix = config.and_then(|config| config.bucket_prefix.as_deref());
        Self {
            store,
            bucket: config.and_then(|config| config.bucket_name.clone()),
            key: error_key(prefix, flow_name, execution_id, file),
            object: None,
        }
    }

    /// Adds a record.
    pub(crate) async fn add(
        &mut self,
        record: &Record,
        record_id: Option<&str>,
        error_message: &str,
    ) -> Result<(), RunError> {
        let Some(bucket) = &self.bucket else {
            return Ok(());
        };
        let record = serde_json::from_str(record.as_str())
            .map_err(|error| RunError::Failed(format!("A failed record is not JSON: {error}")))?;
        let failure = Failure {
            record,
            record_id,
            error_message,
        };
        let mut line = serde_json::to_vec(&failure)
            .map_err(|error| RunError::Failed(format!("A failed record is not JSON: {error}")))?;
        line.push(b'\n');
        let added = async {
            let mut object = match self.object.take() {
                Some(object) => object,
                None => {
                    self.store
                        .create(bucket, &self.key, "application/json")
                        .await?
                }
            };
            object.write(&line).await?;
            self.object = Some(object);
            Ok(())
        };
        added.await.map_err(|error| RunError::s3(bucket, &error))
    }

    /// Makes the object visible, if there is one.
    pub(crate) async fn finish(self) -> Result<(), RunError> {
        let (Some(object), Some(bucket)) = (self.object, self.bucket) else {
            return Ok(());
        };
        let finished = object.finish().await;
        finished
            .map(drop)
            .map_err(|error| RunError::s3(&bucket, &error))
    }
}
