//! The three traits that a connector implements.
//!
//! # The contract
//!
//! AppFlow calls a connector through eight operations; each is one method here. A method gets the request and the [`Invocation`],
//! and answers with what went well or with a [`ConnectorError`]. There is no third way: the response on the wire, with its
//! `isSuccess` and `errorDetails`, is made by the [`Dispatcher`](crate::Dispatcher), in one place for all.
//!
//! * Methods are written as plain `async fn`. They run as tasks of their own: when the deadline passes the task is dropped at its
//!   next await, and a panic ends the task and not the process.
//! * One process serves one call at a time, and many calls one after the other. What is costly to make, such as an HTTP client,
//!   belongs into the connector's own fields.
//! * Metadata and configuration operations have 10 seconds, data operations 30, or less if the function's own time-out is less.
//!   [`Invocation::remaining`] says what is left.
//! * An operation that a connector has no use for keeps its default body, which answers with a clear error.

use std::future::Future;

use appflow_connector_model::{
    ConnectorError, DescribeConnectorConfigurationRequest, DescribeEntityRequest,
    ListEntitiesRequest, QueryDataRequest, Record, RetrieveDataRequest,
    ValidateConnectorRuntimeSettingsRequest, ValidateCredentialsRequest, WriteDataRequest,
    WriteRecordResult,
};

use crate::{
    ConnectorConfiguration, DescribedEntity, EntityPage, Invocation, RecordPage, Result,
    SettingErrors,
};

/// What the connector is, and whether a user's settings and credentials are good.
pub trait ConfigurationHandler: Send + Sync + 'static {
    /// Says what the connector can do, how to authenticate and which settings it needs. AppFlow asks when the connector is
    /// registered or its registration updated.
    fn describe_connector_configuration(
        &self,
        request: DescribeConnectorConfigurationRequest,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<ConnectorConfiguration>> + Send;

    /// Checks the settings of one scope. By default: every required one is there, every value has its declared type and is among
    /// the declared options.
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

    /// Checks the credentials of a connection, best by a cheap call to the application.
    fn validate_credentials(
        &self,
        request: ValidateCredentialsRequest,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Which entities the application has, and what their fields are.
pub trait MetadataHandler: Send + Sync + 'static {
    /// Lists the entities on one level: the top, or below `entities_path`.
    fn list_entities(
        &self,
        request: ListEntitiesRequest,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<EntityPage>> + Send;

    /// Describes one entity and its fields.
    fn describe_entity(
        &self,
        request: DescribeEntityRequest,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<DescribedEntity>> + Send;
}

/// Reads and writes records.
pub trait RecordHandler: Send + Sync + 'static {
    /// Answers one page of the records that the filter selects. A connector that is only a destination leaves it out.
    fn query_data(
        &self,
        _request: QueryDataRequest,
        _invocation: &Invocation,
    ) -> impl Future<Output = Result<RecordPage>> + Send {
        async { Err(not_offered("query records")) }
    }

    /// Answers the records with the given ids; an id that does not exist is simply absent.
    fn retrieve_data(
        &self,
        _request: RetrieveDataRequest,
        _invocation: &Invocation,
    ) -> impl Future<Output = Result<Vec<Record>>> + Send {
        async { Err(not_offered("retrieve records by id")) }
    }

    /// Writes records and answers one result for each, in the order of the request. A connector that is only a source leaves it
    /// out.
    fn write_data(
        &self,
        _request: WriteDataRequest,
        _invocation: &Invocation,
    ) -> impl Future<Output = Result<Vec<WriteRecordResult>>> + Send {
        async { Err(not_offered("write records")) }
    }
}

fn not_offered(what: &str) -> ConnectorError {
    ConnectorError::invalid_argument(format!("this connector does not {what}"))
}

/// Three handlers, joined into one connector.
///
/// A type that implements all three traits needs no joining.
#[derive(Clone, Debug)]
pub struct Handlers<C, M, R> {
    configuration: C,
    metadata: M,
    records: R,
}

impl<C: ConfigurationHandler, M: MetadataHandler, R: RecordHandler> Handlers<C, M, R> {
    /// Joins the three.
    pub const fn new(configuration: C, metadata: M, records: R) -> Self {
        Self {
            configuration,
            metadata,
            records,
        }
    }
}

impl<C, M, R> ConfigurationHandler for Handlers<C, M, R>
where
    C: ConfigurationHandler,
    M: MetadataHandler,
    R: RecordHandler,
{
    fn describe_connector_configuration(
        &self,
        request: DescribeConnectorConfigurationRequest,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<ConnectorConfiguration>> + Send {
        self.configuration
            .describe_connector_configuration(request, invocation)
    }

    fn validate_connector_runtime_settings(
        &self,
        request: ValidateConnectorRuntimeSettingsRequest,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<SettingErrors>> + Send {
        self.configuration
            .validate_connector_runtime_settings(request, invocation)
    }

    fn validate_credentials(
        &self,
        request: ValidateCredentialsRequest,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<()>> + Send {
        self.configuration.validate_credentials(request, invocation)
    }
}

impl<C, M, R> MetadataHandler for Handlers<C, M, R>
where
    C: ConfigurationHandler,
    M: MetadataHandler,
    R: RecordHandler,
{
    fn list_entities(
        &self,
        request: ListEntitiesRequest,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<EntityPage>> + Send {
        self.metadata.list_entities(request, invocation)
    }

    fn describe_entity(
        &self,
        request: DescribeEntityRequest,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<DescribedEntity>> + Send {
        self.metadata.describe_entity(request, invocation)
    }
}

impl<C, M, R> RecordHandler for Handlers<C, M, R>
where
    C: ConfigurationHandler,
    M: MetadataHandler,
    R: RecordHandler,
{
    fn query_data(
        &self,
        request: QueryDataRequest,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<RecordPage>> + Send {
        self.records.query_data(request, invocation)
    }

    fn retrieve_data(
        &self,
        request: RetrieveDataRequest,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<Vec<Record>>> + Send {
        self.records.retrieve_data(request, invocation)
    }

    fn write_data(
        &self,
        request: WriteDataRequest,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<Vec<WriteRecordResult>>> + Send {
        self.records.write_data(request, invocation)
    }
}
