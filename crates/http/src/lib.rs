//! Calls an application's HTTP API from a connector: authentication, retries within the deadline, errors, pages.
//!
//! Depend on this crate, or on `appflow-connector-sdk`, which re-exports it as `http`, when the application that your connector reads
//! or writes has an HTTP API.
//!
//! | you write | the crate does |
//! |---|---|
//! | [`UrlPolicy`]: which URLs a user may give | refuses others before a socket is opened; calls no other origin, wherever a redirect or an answer points |
//! | [`Auth`]: where the credentials go | sends them with every try, shows them nowhere |
//! | [`Session::get`] and the like | tries again what may be tried again ([`Repeat`], [`RetryPolicy`]), as long as there is time, and not longer |
//! | [`ErrorReader`]: what the application's errors mean | gives AppFlow a code, a short message and when to come back |
//! | how a batch is written | [`BatchWriter`] makes the batches, and a result for each record |
//! | how a page is fetched | [`PageBuilder`] fills an answer and keeps what is left over, [`PageToken`] makes its token |
//!
//! # Example
//!
//! An application that names its next page in the header `Link`. Its pages have two records, AppFlow asks for three at a time; each
//! record comes once.
//!
//! ```
//! use appflow_connector_http::{AppPage, Auth, HttpClient, PageBuilder, UrlPolicy, records};
//! use appflow_connector_model::QueryDataRequest;
//! use appflow_connector_runtime::{Invocation, RecordHandler, RecordPage, Result};
//! use serde_json::value::RawValue;
//!
//! /// One client for all calls.
//! struct Contacts {
//!     http: HttpClient,
//! }
//!
//! impl RecordHandler for Contacts {
//!     async fn query_data(&self, request: QueryDataRequest, invocation: &Invocation) -> Result<RecordPage> {
//!         let settings = &request.connector_context.connector_runtime_settings;
//!         let base = UrlPolicy::any_host().check_setting("instanceUrl", settings)?;
//!         let key = invocation.credentials().api_key().await?.api_key;
//!         let session = self.http.session(base, Auth::header("X-Api-Key", key), invocation);
//!
//!         let fetch = async |page: Option<String>| {
//!             let url = page.unwrap_or_else(|| "contacts?per_page=2".to_owned());
//!             let contacts = session.get(&url);
//!             contacts
//!                 .read(|answer| {
//!                     let rows: Vec<&RawValue> = answer.json()?;
//!                     Ok(AppPage::by_link(records(rows)?, &answer))
//!                 })
//!                 .await
//!         };
//!         PageBuilder::of_query(&request)?.fill(invocation.deadline(), fetch).await
//!     }
//! }
//! # use appflow_connector_model::{ConnectorError, DescribeConnectorConfigurationRequest, DescribeEntityRequest, ListEntitiesRequest, QueryDataResponse, ValidateCredentialsRequest};
//! # use appflow_connector_runtime::*;
//! # impl ConfigurationHandler for Contacts {
//! #     async fn describe_connector_configuration(&self, _: DescribeConnectorConfigurationRequest, _: &Invocation) -> Result<ConnectorConfiguration> { Err(ConnectorError::server_error("")) }
//! #     async fn validate_credentials(&self, _: ValidateCredentialsRequest, _: &Invocation) -> Result<()> { Ok(()) }
//! # }
//! # impl MetadataHandler for Contacts {
//! #     async fn list_entities(&self, _: ListEntitiesRequest, _: &Invocation) -> Result<EntityPage> { Ok(EntityPage::default()) }
//! #     async fn describe_entity(&self, _: DescribeEntityRequest, _: &Invocation) -> Result<DescribedEntity> { Err(ConnectorError::server_error("")) }
//! # }
//! # struct Secret;
//! # impl SecretProvider for Secret {
//! #     fn secret<'a>(&'a self, _: &'a str) -> SecretFuture<'a> { Box::pin(async { Ok(r#"{"apiKey": "k"}"#.into()) }) }
//! # }
//! # /// Pages of two contacts, until there are five.
//! # fn serve(listener: std::net::TcpListener) {
//! #     use std::io::{BufRead, BufReader, Write};
//! #     for stream in listener.incoming() {
//! #         let mut stream = stream.unwrap();
//! #         let mut head = String::new();
//! #         BufReader::new(&stream).read_line(&mut head).unwrap();
//! #         let page = head.split_once("&page=").map_or(1, |(_, page)| page.split(' ').next().unwrap().parse().unwrap());
//! #         let (body, link) = match page {
//! #             3 => (r#"[{"id":5}]"#.to_owned(), String::new()),
//! #             page => (
//! #                 format!(r#"[{{"id":{}}},{{"id":{}}}]"#, 2 * page - 1, 2 * page),
//! #                 format!("Link: <?per_page=2&page={}>; rel=\"next\"\r\n", page + 1),
//! #             ),
//! #         };
//! #         let length = body.len();
//! #         write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n{link}Content-Length: {length}\r\n\r\n{body}").unwrap();
//! #     }
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let url = format!("http://{}", listener.local_addr()?);
//! # std::thread::spawn(|| serve(listener));
//! let http = HttpClient::builder().application("Example").build();
//! # let dispatcher = Dispatcher::with_secrets(Contacts { http }, Secret);
//! # let mut request = serde_json::json!({
//! #     "type": "QueryDataRequest", "entityIdentifier": "Contact", "maxResults": 3,
//! #     "connectorContext": {"connectorRuntimeSettings": {"instanceUrl": url}, "credentials": {"secretArn": "arn"}},
//! # });
//! # let mut answers = Vec::new();
//! # loop {
//! #     let answer = dispatcher.dispatch(request.to_string().as_bytes(), &Call::default()).await?;
//! #     let answer: QueryDataResponse = serde_json::from_slice(&answer)?;
//! #     assert!(answer.is_success, "{answer:?}");
//! #     let records = answer.records.unwrap_or_default();
//! #     answers.push(records.iter().map(|record| record.as_str().to_owned()).collect::<Vec<_>>());
//! #     let Some(token) = answer.next_token else { break };
//! #     request["nextToken"] = token.into();
//! # }
//! // What AppFlow gets from it, call by call:
//! assert_eq!(answers[0], [r#"{"id":1}"#, r#"{"id":2}"#, r#"{"id":3}"#]);
//! assert_eq!(answers[1], [r#"{"id":4}"#, r#"{"id":5}"#]);
//! # Ok(())
//! # }
//! ```

mod answer;
mod auth;
mod base_url;
mod batch_write;
mod body;
mod byte_budget;
mod call_budget;
mod client;
mod error_reader;
mod link;
mod page;
mod page_token;
mod request;
mod retry;
mod retry_after;
mod session;

pub use answer::Answer;
pub use auth::{Auth, Outgoing};
pub use base_url::{BaseUrl, UrlError, UrlPolicy, path_segment};
pub use batch_write::BatchWriter;
pub use client::HttpClient;
pub use error_reader::{ErrorReader, Problem};
pub use page::{AppPage, PageBuilder, records};
pub use page_token::PageToken;
pub use request::Request;
pub use retry::{Repeat, RetryPolicy};
pub use session::Session;

pub use reqwest::{Method, header};
pub use url::Url;
