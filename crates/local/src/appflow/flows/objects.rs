//! What CreateFlow and UpdateFlow check in Amazon S3.

use crate::appflow::context::AppFlow;
use crate::appflow::error;
use crate::appflow::flows::checks::Operation;
use crate::appflow::flows::definition::{FlowDefinition, S3Source};
use crate::s3::StoreError;
use crate::wire::error::ServiceError;

/// Checks that a source has an object, and that the buckets which are written exist.
pub(super) async fn check(
    appflow: &AppFlow,
    operation: Operation,
    definition: &FlowDefinition,
) -> Result<(), ServiceError> {
    let source = &definition.source_flow_config;
    let properties = &source.source_connector_properties;
    if let Some(source) = properties
        .s3
        .as_ref()
        .filter(|_| source.connector_type == "S3")
    {
        check_source(appflow, source).await?;
    }
    for (what, bucket) in written(definition) {
        let exists = appflow.store.bucket_exists(bucket).await;
        if !exists.map_err(|error| failed(&error))? {
            return Err(operation.refuse(&[format!("The {what} bucket {bucket} does not exist")]));
        }
    }
    Ok(())
}

async fn check_source(appflow: &AppFlow, source: &S3Source) -> Result<(), ServiceError> {
    let bucket = &source.bucket_name;
    let prefix = source.bucket_prefix.as_deref().unwrap_or_default();
    let found = appflow.store.list(bucket, prefix, None, 1).await;
    match found {
        Ok(objects) if objects.is_empty() => Err(error::connector_server(format!(
            "Error while communicating to connector: The bucket {bucket} has no object whose key \
             begins with {prefix:?}."
        ))),
        Ok(_) => Ok(()),
        Err(StoreError::NoSuchBucket) => Err(error::connector_server(format!(
            "Error while communicating to connector: The bucket {bucket} does not exist."
        ))),
        Err(error) => Err(failed(&error)),
    }
}

/// The buckets that the flow writes to.
fn written(definition: &FlowDefinition) -> Vec<(&'static str, &str)> {
    let destination = definition.destination();
    let properties = &destination.destination_connector_properties;
    if destination.connector_type == "S3" {
        let s3 = properties.s3.as_ref();
        return s3
            .map(|s3| ("destination", s3.bucket_name.as_str()))
            .into_iter()
            .collect();
    }
    let custom = properties.custom_connector.as_ref();
    let errors = custom.and_then(|custom| custom.error_handling_config.as_ref());
    let bucket = errors.and_then(|errors| errors.bucket_name.as_deref());
    bucket.map(|bucket| ("error", bucket)).into_iter().collect()
}

fn failed(error: &StoreError) -> ServiceError {
    error::internal(format!("The object store failed: {error}"))
}
