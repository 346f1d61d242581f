//! Runs a custom connector for Amazon AppFlow: handler traits, dispatch, guards, credentials and
//! the Lambda loop.
//!
//! Connector authors depend on `appflow-connector-sdk`, which re-exports this crate. Depend on it
//! directly to build a tool or another SDK for connectors.
//!
//! # Example
//!
//! A connector is a type that implements three traits. The [`Dispatcher`] serves requests with it,
//! here without a network; [`run`] does the same on AWS Lambda.
//!
//! ```
//! use appflow_connector_model::*;
//! use appflow_connector_runtime::*;
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
//!         let airport = Entity::builder().entity_identifier("Airport").build();
//!         Ok(EntityPage::builder().entities(vec![airport]).build())
//!     }
//!
//!     async fn describe_entity(&self, request: DescribeEntityRequest, _: &Invocation) -> Result<DescribedEntity> {
//!         if request.entity_identifier != "Airport" {
//!             return Err(ConnectorError::invalid_argument(format!("there is no entity {}", request.entity_identifier)));
//!         }
//!         let iata = FieldDefinition::builder().field_name("iata").data_type(FieldDataType::String).build();
//!         Ok(EntityDefinition::builder()
//!             .entity(Entity::builder().entity_identifier("Airport").build())
//!             .fields(vec![iata])
//!             .build()
//!             .into())
//!     }
//! }
//!
//! impl RecordHandler for Airports {}
//!
//! # #[tokio::main]
//! # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! let dispatcher = Dispatcher::new(Airports);
//! let event = br#"{"type": "DescribeEntityRequest", "entityIdentifier": "Hotel", "connectorContext": {}}"#;
//! let response = dispatcher.dispatch(event, &Call::default()).await?;
//! let response: DescribeEntityResponse = serde_json::from_slice(&response)?;
//! assert_eq!(response.error_details.unwrap().error_message, "there is no entity Hotel");
//! # Ok(())
//! # }
//! ```

mod credentials;
mod dispatcher;
mod entities;
mod environment;
mod handler;
mod invocation;
mod lambda;
mod logging;
pub mod records;
mod redaction;
mod refusal;
mod response;
mod results;
mod settings;
mod value_lists;

pub use appflow_connector_model::ConnectorConfiguration;
pub use credentials::{
    ApiKeyCredentials, BasicCredentials, CredentialsReader, CustomCredentials, OAuth2Credentials,
    SecretFuture, SecretProvider, SecretsManager,
};
pub use dispatcher::Dispatcher;
pub use entities::Entities;
pub use handler::{ConfigurationHandler, MetadataHandler, RecordHandler};
pub use invocation::{Call, Invocation};
pub use lambda::{LambdaService, RunError, run};
pub use logging::init_logging;
pub use results::{DescribedEntity, EntityPage, RecordPage, Result};
pub use settings::{Setting, SettingErrors, SettingValue, Settings};

/// The types that `builder()` of a struct returns: their methods are the struct's options, with the
/// defaults.
pub mod builders {
    pub use crate::records::BatchWriterBuilder;
    pub use crate::results::{DescribedEntityBuilder, EntityPageBuilder, RecordPageBuilder};
}

pub use lambda_runtime;
pub use secrecy;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
