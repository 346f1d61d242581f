//! A Salesforce look-alike server on SQLite, to try and test a connector against.
//!
//! Depend on this crate (as a development dependency) if you write or test a Salesforce connector and have no Salesforce
//! organisation at hand. It answers the token endpoint and the REST API over real HTTP, and it is strict: SOQL that
//! Salesforce refuses, it refuses too, with Salesforce's error codes, and in its words where these are public.
//!
//! ```
//! use salesforce_sandbox::{Config, Sandbox};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let sandbox = Sandbox::new(Config::default())?;
//! let server = sandbox.start("127.0.0.1:0".parse()?).await?;
//! println!("{}/services/oauth2/token", server.url());
//!
//! // The token that the connector holds is good no longer; a right connector asks for a new one.
//! sandbox.expire_tokens();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The command `salesforce-sandbox` runs the same server by itself and prints its URL.
//!
//! # What it answers
//!
//! | path | what |
//! |---|---|
//! | `POST /services/oauth2/token` | an access token, for client credentials (in the form or as HTTP Basic) or for the configured refresh token |
//! | `GET /services/oauth2/userinfo` | whom the token was given to |
//! | `GET /services/data` | the versions, 50.0 to 66.0 |
//! | `GET /services/data/v60.0/sobjects` | the objects |
//! | `GET …/sobjects/Account` | an object as a whole |
//! | `GET …/sobjects/Account/describe` | the fields of an object |
//! | `POST …/sobjects/Account` | a new record |
//! | `GET`, `PATCH`, `DELETE …/sobjects/Account/<id>` | one record: read (`?fields=Id,Name`), changed, deleted |
//! | `GET`, `PATCH`, `DELETE …/sobjects/Account/ExternalKey__c/<key>` | the same by an external ID; `PATCH` is an upsert |
//! | `GET …/sobjects/Account/<id>/Logo__c` | the bytes of a base64 field |
//! | `POST`, `PATCH …/composite/sobjects` | up to 200 records made or changed, `allOrNone` or each for itself |
//! | `PATCH …/composite/sobjects/Account/ExternalKey__c` | up to 200 records upserted |
//! | `DELETE …/composite/sobjects?ids=…` | up to 200 records deleted |
//! | `GET`, `POST …/composite/sobjects/Account` | up to 2,000 records by their IDs, null where there is none |
//! | `GET …/query?q=SELECT…` | the first page of a query, 2,000 records or as `Sforce-Query-Options: batchSize=…` says (200 to 2,000) |
//! | `GET …/query/<locator>` | the next page, which may be fetched again; ten queries may be open, then the oldest is given up, finished ones first |
//! | `GET`, `POST`, `DELETE /sandbox/faults` | what goes wrong on demand; no token needed |
//!
//! A request whose URI is longer than 16,384 bytes is answered with 414, one that gets longer than that with its headers
//! with 431, one whose body has more than 50 MB with 413. Answers are compressed for callers that accept gzip.
//!
//! # What is in it
//!
//! - `Airport__c`: the 3,376 airports of [`AIRPORTS_CSV`], in the order of the file. Its fields bear the names of the file's
//!   columns (`iata`, `name`, `city`, `state`, `country`, `latitude`, `longitude`). In Salesforce they would end in `__c`;
//!   here they don't, so that a filter on the file's columns can be tried as it is.
//! - `Account`: 5,000 made-up accounts with a field of every type, and with quotes, backslashes, wildcards, line breaks and
//!   nulls in them.
//! - `Inspection__c`: 100 made-up inspections of airports, with fields that are out of the ordinary: numbered, calculated,
//!   given once and never changed, defaulted, restricted to a picklist, deprecated, and a key that several records share.
//!
//! [`Rows`] says how many accounts and inspections there are, and how long an inspection's report is.
//!
//! In each, the first record was last changed at 2025-01-01T00:00:00Z and each further one an hour before the one
//! before it (`LastModifiedDate` and `SystemModstamp`). `CreatedDate` is 30 days earlier. The records are the same
//! on every start.
//!
//! # Writing
//!
//! Required fields, lengths, digits, types, restricted picklists, references and unique keys are enforced, with Salesforce's
//! error codes. Dates of creation and change are kept, to the second. A deleted record is gone from queries and retrievals;
//! its ID is not given again, its keys may be. What refers to it stays as it is.
//!
//! # Faults
//!
//! [`Sandbox::add_fault`] or `POST /sandbox/faults` lets [the next calls](NextCalls) or [some calls by chance](Rate) fail, in
//! all the ways of [`Fault`], and for writes before or after they took effect:
//!
//! ```
//! use salesforce_sandbox::{Calls, Config, Fault, FaultPlan, Moment, NextCalls, Sandbox};
//!
//! let sandbox = Sandbox::new(Config::default())?;
//! sandbox.add_fault(FaultPlan::Next(NextCalls {
//!     count: 1,
//!     fault: Fault::Reset,
//!     moment: Moment::After,
//!     calls: Calls { method: Some("POST".to_owned()), ..Calls::default() },
//! }))?;
//! assert_eq!(sandbox.fault_report().faults, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # SOQL
//!
//! `SELECT` of fields, of `FIELDS(ALL)` (with a `LIMIT` of at most 200) and of `COUNT()`; `FROM` one object; `WHERE` with all
//! operators; `ORDER BY`, `LIMIT`, `OFFSET`. Sub-queries, relationships, aliases, grouping, functions and relative dates such
//! as `TODAY` are refused, although Salesforce knows them. Strings are compared without regard to case. A null is
//! unequal to every value, so `!=` and `NOT IN` find it; `<`, `>` and `LIKE` don't.

#![warn(unreachable_pub)]

mod config;
mod cursors;
mod error;
mod faults;
mod http;
mod organization;
mod random;
mod record_id;
mod sandbox;
mod schema;
mod seed;
mod server;
mod soql;
mod store;
mod tokens;
mod write;

pub use config::{Config, Database, Rows};
pub use error::Error;
pub use faults::plan::{Calls, Fault, FaultPlan, Moment, NextCalls, Rate};
pub use faults::state::{FaultReport, PlanError};
pub use sandbox::Sandbox;
pub use seed::AIRPORTS_CSV;
pub use server::Server;
