//! Verifies any connector for Amazon AppFlow, in any language, against one config file.
//!
//! Depend on it, as a development dependency, to test your own connector; the command
//! `cargo appflow test` does the same for connectors behind a command, a URL or on AWS Lambda. It
//! checks what AppFlow expects of a connector: configuration, metadata, records page by page and by
//! every filter that the fields declare, writes, errors, secrets, limits. Findings tell an author
//! what to fix.
//!
//! # Example
//!
//! A connector that ignores filters, and what the harness finds:
//!
//! ```
//! # use appflow_connector_model::*;
//! # use appflow_connector_runtime::*;
//! # struct Airports;
//! # impl ConfigurationHandler for Airports {
//! #     async fn describe_connector_configuration(
//! #         &self,
//! #         _: DescribeConnectorConfigurationRequest,
//! #         _: &Invocation,
//! #     ) -> Result<ConnectorConfiguration> {
//! #         Ok(ConnectorConfiguration::builder()
//! #             .connector_owner("Example Corp")
//! #             .connector_name("Airports")
//! #             .connector_version("1.0")
//! #             .connector_modes(vec![ConnectorMode::Source])
//! #             .authentication_config(AuthenticationConfig::builder().is_api_key_auth_supported(true).build())
//! #             .supported_api_versions(vec!["v1".to_owned()])
//! #             .build())
//! #     }
//! #     async fn validate_credentials(&self, _: ValidateCredentialsRequest, invocation: &Invocation) -> Result<()> {
//! #         invocation.credentials().api_key().await.map(|_| ())
//! #     }
//! # }
//! # fn airport() -> Entity { Entity::builder().entity_identifier("Airport").build() }
//! # impl MetadataHandler for Airports {
//! #     async fn list_entities(&self, _: ListEntitiesRequest, _: &Invocation) -> Result<EntityPage> {
//! #         Ok(EntityPage::builder().entities(vec![airport()]).build())
//! #     }
//! #     async fn describe_entity(&self, _: DescribeEntityRequest, _: &Invocation) -> Result<DescribedEntity> {
//! #         let iata = FieldDefinition::builder().field_name("iata").data_type(FieldDataType::String).build();
//! #         Ok(EntityDefinition::builder().entity(airport()).fields(vec![iata]).build().into())
//! #     }
//! # }
//! # impl RecordHandler for Airports {
//! #     async fn query_data(&self, _: QueryDataRequest, _: &Invocation) -> Result<RecordPage> {
//! #         let records = ["AUS", "BOS"].map(|iata| Record::from_value(&serde_json::json!({ "iata": iata })).unwrap());
//! #         Ok(RecordPage::builder().records(records.to_vec()).build())
//! #     }
//! # }
//! #
//! use appflow_connector_tests::{Config, verify_in_process};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! let config = Config::from_json(
//!     r#"{
//!         "runtimeSettings": {},
//!         "credentials": {"authenticationType": "ApiKey"},
//!         "testEntityIdentifier": "Airport",
//!         "harness": {"secret": {"inline": {"apiKey": "key-1"}}}
//!     }"#,
//! )?;
//! let report = verify_in_process(Airports, &config).await?;
//! assert!(!report.passed());
//! assert!(report.to_string().contains(r#"the filter `iata = "BOS"` finds a record that does not match it"#));
//! # Ok(())
//! # }
//! ```
//!
//! # The pieces
//!
//! A [`Config`] has the settings, credentials and entity to test with. A [`Target`] is the
//! connector: [`InProcessTarget`], [`CommandWithSecrets`], [`UrlTarget`], or with the feature `aws`
//! `LambdaTarget`. A [`Verification`] makes the [checks](all_checks), or a [`Selection`] of them,
//! on a target and returns a [`Report`]. A [`Baseline`] keeps descriptions for later runs.
//!
//! Features: `in-process` (on by default) for connectors as Rust types; `aws` for deployed ones.

mod baseline;
mod catalog;
mod checks;
mod config;
mod error;
mod filters;
mod finding;
mod progress;
mod reading;
mod report;
mod run;
mod runner;
mod secrets;
mod selection;
mod text;
mod verification;

#[cfg(feature = "in-process")]
pub use appflow_connector_client::InProcessTarget;
#[cfg(feature = "aws")]
pub use appflow_connector_client::LambdaTarget;
pub use appflow_connector_client::{
    InvocationFailure, Reply, Target, TargetError, TargetFuture, UrlTarget,
};
pub use baseline::{Baseline, BaselineError};
pub use catalog::{Check, all_checks};
pub use config::{
    CONFIG_SCHEMA, Config, ConfigError, CredentialsConfig, HarnessConfig, Limits, QueryConfig,
    RetrieveConfig, RuntimeSettings, SecretSource, TextComparison, WriteConfig, WriteRecordsConfig,
};
pub use error::Error;
pub use finding::Finding;
pub use progress::Progress;
pub use report::{CheckResult, JunitError, Report, Verdict};
pub use secrets::{AccessKey, SecretsError, SecretsServer};
pub use selection::{Selection, UnknownCheck};
pub use text::printable;
#[cfg(feature = "in-process")]
pub use verification::verify_in_process;
pub use verification::{CommandWithSecrets, Verification, verify_command};
