//! The three traits that a connector implements.
//!
//! # The contract
//!
//! AppFlow calls a connector through eight operations, each of which is a method here. A method
//! gets the request and the [`Invocation`], and returns its result or a [`ConnectorError`]. The
//! [`Dispatcher`](crate::Dispatcher) makes the response on the wire, with its `isSuccess` and
//! `errorDetails`.
//!
//! * Methods are plain `async fn`. Each call runs as a task of its own: at the deadline the task is
//!   dropped at its next await, and a panic ends the task and not the process.
//! * On AWS Lambda, a handler that reaches no await within 0.1 s after the deadline costs a
//!   process: the response is sent, the process exits, and Lambda starts another one for the next
//!   call. Work that takes long calls `tokio::task::yield_now().await` now and then, so that it can
//!   be dropped.
//! * A process serves one call at a time, and many calls one after the other. Keep what is costly
//!   to make, such as an HTTP client, in the connector's fields.
//! * Metadata and configuration operations have 10 seconds, data operations 30, or less if the
//!   function's time-out is less. [`Invocation::remaining`] returns the remaining time.
//! * An operation that a connector does not support keeps its default body, which returns an error
//!   that says so.
//! * One type implements all three traits, with as many fields as its parts need.

use std::future::Future;

use appflow_connector_model::{
    ConnectorConfiguration, ConnectorError, DescribeConnectorConfigurationRequest,
    DescribeEntityRequest, ListEntitiesRequest, QueryDataRequest, Record, RetrieveDataRequest,
    ValidateConnectorRuntimeSettingsRequest, ValidateCredentialsRequest, WriteDataRequest,
    WriteRecordResult,
};

use crate::entities::Entities;
use crate::invocation::Invocation;
use crate::results::{DescribedEntity, EntityPage, RecordPage, Result};
use crate::settings::SettingErrors;

/// Describes the connector, and checks a user's settings and credentials.
pub trait ConfigurationHandler: Send + Sync + 'static {
    /// Returns what the connector can do, how to authenticate and which settings it needs. AppFlow
    /// asks when the connector is registered and when its registration is updated.
    fn describe_connector_configuration(
        &self,
        request: DescribeConnectorConfigurationRequest,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<ConnectorConfiguration>> + Send;

    /// Checks the settings of one scope. Default: every required setting is present, every value
    /// has its declared type and range, and is among the declared options: see
    /// [`Setting`](crate::Setting).
    fn validate_connector_runtime_settings(
        &self,
        request: ValidateConnectorRuntimeSettingsRequest,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<SettingErrors>> + Send {
        async move {
            let describe = DescribeConnectorConfigurationRequest::builder().build();
            let configuration = self
                .describe_connector_configuration(describe, invocation)
                .await?;
            let settings = configuration.runtime_settings.unwrap_or_default();
            Ok(SettingErrors::check(&settings, &request))
        }
    }

    /// Checks the credentials of a connection, for example with a cheap call to the application.
    fn validate_credentials(
        &self,
        request: ValidateCredentialsRequest,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Lists the application's entities and describes their fields.
///
/// An application whose entities are known in advance implements [`entities`](Self::entities), any
/// other the two methods with requests.
pub trait MetadataHandler: Send + Sync + 'static {
    /// The entities, if they are known in advance: the default bodies of the other methods list and
    /// describe them. Default: they are not known.
    fn entities(&self) -> Option<&Entities> {
        None
    }

    /// Lists the entities on one level: the top level, or below `entities_path`. Default: the
    /// [`entities`](Self::entities).
    fn list_entities(
        &self,
        request: ListEntitiesRequest,
        _invocation: &Invocation,
    ) -> impl Future<Output = Result<EntityPage>> + Send {
        async move {
            let entities = self.entities();
            entities
                .ok_or_else(|| not_supported("list entities"))?
                .list(&request)
        }
    }

    /// Describes one entity and its fields. Default: one of the [`entities`](Self::entities).
    fn describe_entity(
        &self,
        request: DescribeEntityRequest,
        _invocation: &Invocation,
    ) -> impl Future<Output = Result<DescribedEntity>> + Send {
        async move {
            let entities = self.entities();
            entities
                .ok_or_else(|| not_supported("describe entities"))?
                .describe(&request)
        }
    }
}

/// Reads and writes records.
pub trait RecordHandler: Send + Sync + 'static {
    /// Returns a page of the records that the filter selects. A connector that is only a
    /// destination omits it.
    fn query_data(
        &self,
        _request: QueryDataRequest,
        _invocation: &Invocation,
    ) -> impl Future<Output = Result<RecordPage>> + Send {
        async { Err(not_supported("query records")) }
    }

    /// Returns the records with the given ids, without those that do not exist.
    fn retrieve_data(
        &self,
        _request: RetrieveDataRequest,
        _invocation: &Invocation,
    ) -> impl Future<Output = Result<Vec<Record>>> + Send {
        async { Err(not_supported("retrieve records by id")) }
    }

    /// Writes records and returns one result for each, in the order of the request. A connector
    /// that is only a source omits it.
    fn write_data(
        &self,
        _request: WriteDataRequest,
        _invocation: &Invocation,
    ) -> impl Future<Output = Result<Vec<WriteRecordResult>>> + Send {
        async { Err(not_supported("write records")) }
    }
}

fn not_supported(what: &str) -> ConnectorError {
    ConnectorError::invalid_argument(format!("this connector does not {what}"))
}
