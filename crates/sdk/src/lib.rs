//! The SDK for Amazon AppFlow custom connectors: all that a connector's author depends on, under one name.
//!
//! Depend on this crate to write a connector. The crates behind it can be used by themselves:
//!
//! | here | crate | what it is |
//! |---|---|---|
//! | [`model`] | `appflow-connector-model` | requests, responses, entities, fields, settings, errors |
//! | [`queryfilter`] | `appflow-connector-queryfilter` | the filter language of queries |
//! | `http` | `appflow-connector-http` | calling an application's HTTP API; behind the feature `http`, which is on unless you turn it off |
//! | [`records`] | `appflow-connector-runtime` | from an application's pages and batches to AppFlow's |
//! | the rest | `appflow-connector-runtime` | handler traits, dispatch, guards, credentials, the Lambda loop |
//!
//! # Example
//!
//! A connector implements three traits and hands itself to [`run`].
//!
//! ```
//! use appflow_connector_sdk::{
//!     ConfigurationHandler, ConnectorConfiguration, DescribedEntity, EntityPage, Invocation, MetadataHandler, RecordHandler,
//!     RecordPage, Result, model::*, run,
//! };
//!
//! struct Airports;
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
//!             .authentication_config(AuthenticationConfig::builder().is_api_key_auth_supported(true).build())
//!             .supported_api_versions(vec!["v1".to_owned()])
//!             .build())
//!     }
//!
//!     async fn validate_credentials(&self, _: ValidateCredentialsRequest, invocation: &Invocation) -> Result<()> {
//!         invocation.credentials().api_key().await.map(|_| ())
//!     }
//! }
//!
//! impl MetadataHandler for Airports {
//!     async fn list_entities(&self, _: ListEntitiesRequest, _: &Invocation) -> Result<EntityPage> {
//!         Ok(EntityPage::builder().entities(vec![airport()]).build())
//!     }
//!
//!     async fn describe_entity(&self, _: DescribeEntityRequest, _: &Invocation) -> Result<DescribedEntity> {
//!         let iata = FieldDefinition::builder()
//!             .field_name("iata")
//!             .data_type(FieldDataType::String)
//!             .is_primary_key(true)
//!             .build();
//!         Ok(EntityDefinition::builder().entity(airport()).fields(vec![iata]).build().into())
//!     }
//! }
//!
//! impl RecordHandler for Airports {
//!     async fn query_data(&self, _: QueryDataRequest, _: &Invocation) -> Result<RecordPage> {
//!         let austin = Record::from_json(r#"{"iata": "AUS"}"#.to_owned())
//!             .map_err(|error| ConnectorError::server_error(error.to_string()))?;
//!         Ok(RecordPage::builder().records(vec![austin]).build())
//!     }
//! }
//!
//! fn airport() -> Entity {
//!     Entity::builder().entity_identifier("Airport").label("Airport").is_writable(false).build()
//! }
//!
//! #[tokio::main]
//! async fn main() {
//!     // AWS Lambda starts the process and sets AWS_LAMBDA_RUNTIME_API; without it, `run` says so.
//!     if let Err(error) = run(Airports).await {
//!         eprintln!("{error}");
//!     }
//! }
//! ```

#[cfg(feature = "http")]
pub use appflow_connector_http as http;
pub use appflow_connector_model as model;
pub use appflow_connector_queryfilter as queryfilter;
pub use appflow_connector_runtime::{
    ApiKeyCredentials, BasicCredentials, Call, ConfigurationHandler, ConnectorConfiguration,
    CredentialsReader, CustomCredentials, DescribedEntity, Dispatcher, EntityPage, Error, Handlers,
    Invocation, MetadataHandler, OAuth2Credentials, RecordHandler, RecordPage, Result,
    SecretFuture, SecretProvider, SecretsManager, SettingErrors, init_logging, lambda,
    lambda_runtime, records, run, secrecy,
};

#[cfg(all(doctest, feature = "http"))]
#[doc = include_str!("../../../docs/src/http.md")]
struct HttpGuide;
