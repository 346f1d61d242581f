//! Calls Amazon AppFlow custom connectors as AppFlow does, and reads what they return.
//!
//! Depend on this crate to write a tool that calls connectors: a test harness, a local AppFlow, an
//! integration test. A connector's author depends on `appflow-connector-sdk` instead.
//!
//! # Example
//!
//! Read every record of an entity, page by page, from a connector that is a Rust type:
//!
//! ```
//! # #[cfg(feature = "in-process")]
//! # mod example {
//! # use appflow_connector_model::*;
//! # use appflow_connector_runtime::*;
//! # pub struct Airports;
//! # impl ConfigurationHandler for Airports {
//! #     async fn describe_connector_configuration(
//! #         &self,
//! #         _: DescribeConnectorConfigurationRequest,
//! #         _: &Invocation,
//! #     ) -> Result<ConnectorConfiguration> {
//! #         unimplemented!("the example does not call it")
//! #     }
//! #     async fn validate_credentials(&self, _: ValidateCredentialsRequest, _: &Invocation) -> Result<()> {
//! #         Ok(())
//! #     }
//! # }
//! # impl MetadataHandler for Airports {
//! #     async fn list_entities(&self, _: ListEntitiesRequest, _: &Invocation) -> Result<EntityPage> {
//! #         Ok(EntityPage::default())
//! #     }
//! #     async fn describe_entity(&self, _: DescribeEntityRequest, _: &Invocation) -> Result<DescribedEntity> {
//! #         Err(ConnectorError::invalid_argument("the example does not call it"))
//! #     }
//! # }
//! # impl RecordHandler for Airports {
//! #     async fn query_data(&self, request: QueryDataRequest, _: &Invocation) -> Result<RecordPage> {
//! #         let (iata, next_token) = match request.next_token.as_deref() {
//! #             None => ("AUS", Some("2".to_owned())),
//! #             Some(_) => ("BOS", None),
//! #         };
//! #         let record = Record::from_value(&serde_json::json!({ "iata": iata })).unwrap();
//! #         Ok(RecordPage::builder().records(vec![record]).maybe_next_token(next_token).build())
//! #     }
//! # }
//! # pub async fn run() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! use appflow_connector_client::{Client, InProcessTarget, Pager};
//! use appflow_connector_model::{ConnectorContext, QueryDataRequest};
//! use appflow_connector_runtime::Dispatcher;
//!
//! let client = Client::new(InProcessTarget::new(Dispatcher::new(Airports)));
//! let query = QueryDataRequest::builder()
//!     .entity_identifier("Airport")
//!     .connector_context(ConnectorContext::builder().build())
//!     .build();
//!
//! let mut records = Vec::new();
//! let mut pager = Pager::new(query);
//! while let Some(request) = pager.next_request() {
//!     let page = client.call(request).await?;
//!     let found = page.records.unwrap_or_default();
//!     pager.add_page(found.len(), found.len(), page.next_token);
//!     records.extend(found);
//! }
//! pager.finish()?;
//! assert_eq!(records[1].as_str(), r#"{"iata":"BOS"}"#);
//! # Ok(())
//! # }
//! # }
//! # #[cfg(feature = "in-process")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() { example::run().await.unwrap() }
//! # #[cfg(not(feature = "in-process"))]
//! # fn main() {}
//! ```
//!
//! # The pieces
//!
//! A [`Target`] is how a connector is reached: [`CommandTarget`] (a process on this machine, in any
//! language), [`UrlTarget`] (a Runtime Interface Emulator), `InProcessTarget` (feature
//! `in-process`), `LambdaTarget` (feature `aws`). A [`Client`] sends requests to it.
//! [`Client::call`] returns the response or a [`CallError`], which tells apart a connector that
//! cannot be called, an invocation that failed, an invalid response, and an error that the
//! connector returned. [`Client::send`] returns the whole [`Exchange`] instead: request, response,
//! duration, log, memory. A [`Pager`] makes the requests for one page after another and ends in
//! every case.

mod client;
mod client_credentials;
mod error;
mod exchange;
pub mod http;
mod operation;
mod pager;
mod target;

pub use client::{Client, TimeLimits, to_json};
pub use client_credentials::{ClientCredentials, Token, TokenError};
pub use error::CallError;
pub use exchange::{Envelope, Exchange};
pub use operation::Request;
pub use pager::{PageLimits, PagedRequest, Pager, PagingError};
pub use target::command::CommandTarget;
#[cfg(feature = "in-process")]
pub use target::in_process::InProcessTarget;
#[cfg(feature = "aws")]
pub use target::lambda::LambdaTarget;
pub use target::url::UrlTarget;
pub use target::{InvocationFailure, Reply, Target, TargetError, TargetFuture};
