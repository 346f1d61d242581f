//! The SDK for Amazon AppFlow custom connectors: everything that a connector's author depends on,
//! under one name.
//!
//! A connector is a type that implements three traits, and a `main` that passes it to [`run`].
//!
//! ```
//! use appflow_connector_sdk::model::{
//!     AuthenticationConfig, ConnectorMode, FieldDataType, Record, entity, field,
//! };
//! use appflow_connector_sdk::{
//!     ConfigurationHandler, ConnectorConfiguration, DescribeConnectorConfigurationRequest, Entities,
//!     Invocation, MetadataHandler, QueryDataRequest, RecordHandler, RecordPage, Result, RunError,
//!     ValidateCredentialsRequest, run,
//! };
//!
//! struct Airports {
//!     entities: Entities,
//! }
//!
//! impl ConfigurationHandler for Airports {
//!     async fn describe_connector_configuration(
//!         &self,
//!         _: DescribeConnectorConfigurationRequest,
//!         _: &Invocation,
//!     ) -> Result<ConnectorConfiguration> {
//!         Ok(ConnectorConfiguration::builder()
//!             .connector_owner("Example Corp")
//!             .connector_name("Airports")
//!             .connector_version("1.0")
//!             .connector_modes(vec![ConnectorMode::Source])
//!             .authentication_config(
//!                 AuthenticationConfig::builder()
//!                     .is_api_key_auth_supported(true)
//!                     .build(),
//!             )
//!             .supported_api_versions(vec!["v1".to_owned()])
//!             .build())
//!     }
//!
//!     async fn validate_credentials(
//!         &self,
//!         _: ValidateCredentialsRequest,
//!         invocation: &Invocation,
//!     ) -> Result<()> {
//!         invocation.credentials().api_key().await.map(|_| ())
//!     }
//! }
//!
//! impl MetadataHandler for Airports {
//!     fn entities(&self) -> Option<&Entities> {
//!         Some(&self.entities)
//!     }
//! }
//!
//! impl RecordHandler for Airports {
//!     async fn query_data(&self, _: QueryDataRequest, _: &Invocation) -> Result<RecordPage> {
//!         let austin = Record::from_json(r#"{"iata": "AUS"}"#.to_owned())?;
//!         Ok(RecordPage::builder().records(vec![austin]).build())
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() {
//!     let airport = entity("Airport", vec![field("iata", FieldDataType::String).key()]);
//!     let airports = Airports { entities: Entities::new(vec![airport]) };
//!     // AWS Lambda starts the process and sets AWS_LAMBDA_RUNTIME_API. Without it, `run` returns an
//!     // error that says so; a connector's `main` returns it.
//!     let result: std::result::Result<(), RunError> = run(airports).await;
//!     assert!(matches!(result, Err(RunError::NotOnLambda)));
//! }
//! ```
//!
//! # Where to look
//!
//! | you need | it is in |
//! |---|---|
//! | the handler traits, requests, results and errors | the root of this crate |
//! | a call's deadline, settings, API version and credentials | [`Invocation`] |
//! | entities, fields, settings and records | [`model`] |
//! | a query's filter: parse it, run it on records, translate it | [`queryfilter`] |
//! | an application's HTTP API | `http`, behind the feature `http`, which is on by default |
//! | from a query, retrieval or write to its response; pages, page tokens and batches | [`records`] |
//! | entities that are known in advance | [`Entities`], [`model::entity`], [`model::field`] |
//! | the options of every `builder()`, with their defaults | `builders`, here and in the modules |
//! | tests without AWS Lambda | [`Dispatcher`] |
//! | tower layers around the connector on AWS Lambda | [`LambdaService`] |
//!
//! Each of the four crates behind this one can be used by itself: `appflow-connector-model`,
//! `appflow-connector-queryfilter`, `appflow-connector-http` and `appflow-connector-runtime`.

// Modules, and not the crates themselves: so that compiler messages name `appflow_connector_sdk::model`
// and not `appflow_connector_sdk::appflow_connector_model`.

/// Calls to an application's HTTP API: the crate `appflow-connector-http`.
#[cfg(feature = "http")]
pub mod http {
    pub use appflow_connector_http::*;
}

/// The wire between AppFlow and a connector: the crate `appflow-connector-model`.
pub mod model {
    pub use appflow_connector_model::*;
}

/// The filter language of queries: the crate `appflow-connector-queryfilter`.
pub mod queryfilter {
    pub use appflow_connector_queryfilter::*;
}

pub use appflow_connector_model::{
    ConnectorError, DescribeConnectorConfigurationRequest, DescribeEntityRequest,
    ListEntitiesRequest, QueryDataRequest, RawValue, RetrieveDataRequest,
    ValidateConnectorRuntimeSettingsRequest, ValidateCredentialsRequest, WriteDataRequest,
};
pub use appflow_connector_runtime::{
    ApiKeyCredentials, BasicCredentials, Call, ConfigurationHandler, ConnectorConfiguration,
    CredentialsReader, CustomCredentials, DescribedEntity, Dispatcher, Entities, EntityPage,
    Invocation, LambdaService, MetadataHandler, OAuth2Credentials, RecordHandler, RecordPage,
    Result, RunError, SecretFuture, SecretProvider, SecretsManager, Setting, SettingErrors,
    SettingValue, Settings, builders, init_logging, lambda_runtime, records, run, secrecy,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
