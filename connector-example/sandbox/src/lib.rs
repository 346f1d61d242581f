//! A Salesforce look-alike server on SQLite, to develop and test a connector against.
//!
//! Depend on this crate (as a development dependency) if you write or test a Salesforce connector
//! and have no Salesforce organization to test with. It serves the token endpoint and the REST API
//! over real HTTP, and it is strict: it refuses the SOQL that Salesforce refuses, with Salesforce's
//! error codes, and with Salesforce's messages where these are public.
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
//! // The connector's token is no longer valid; a correct connector requests a new one.
//! sandbox.expire_tokens();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The command `salesforce-sandbox` runs the same server on its own and prints its URL.
//!
//! # Endpoints
//!
//! | path | what |
//! |---|---|
//! | `POST /services/oauth2/token` | issues an access token, for client credentials (in the form or as HTTP Basic) or for the configured refresh token |
//! | `GET /services/oauth2/userinfo` | the user of the token |
//! | `GET /services/data` | the versions, 21.0 to 66.0 |
//! | `GET /services/data/v60.0/sobjects` | the objects |
//! | `GET …/sobjects/Account` | a summary of an object |
//! | `GET …/sobjects/Account/describe` | the fields of an object |
//! | `POST …/sobjects/Account` | creates a record |
//! | `GET`, `PATCH`, `DELETE …/sobjects/Account/<id>` | reads (`?fields=Id,Name`), updates, deletes one record |
//! | `GET`, `PATCH`, `DELETE …/sobjects/Account/ExternalKey__c/<key>` | the same by an external ID; `PATCH` is an upsert |
//! | `GET …/sobjects/Account/<id>/Logo__c` | the bytes of a base64 field |
//! | `POST`, `PATCH …/composite/sobjects` | creates or updates up to 200 records, `allOrNone` or each on its own |
//! | `PATCH …/composite/sobjects/Account/ExternalKey__c` | upserts up to 200 records |
//! | `DELETE …/composite/sobjects?ids=…` | deletes up to 200 records |
//! | `GET`, `POST …/composite/sobjects/Account` | up to 2,000 records by their IDs, null for a missing one |
//! | `GET …/query?q=SELECT…` | the first page of a query: 2,000 records, or 200 to 2,000 as `Sforce-Query-Options: batchSize=…` says |
//! | `GET …/query/<locator>` | the next page, which can be fetched again. A user has at most ten open queries; one more closes the oldest, finished ones first |
//! | `GET …/queryAll?q=SELECT…` | the same with deleted records, which only it returns |
//! | `POST …/composite/batch` | up to 25 sub-requests, `GET` of `query` or `queryAll`; SOQL of up to 100,000 characters |
//! | `GET`, `POST`, `DELETE /sandbox/faults` | faults on demand; needs no token |
//!
//! A request whose URL is longer than 16,384 bytes gets 414, one whose URL and headers together are
//! longer gets 431 (both are configurable), one whose body is larger than 50 MB gets 413. Responses
//! are compressed for callers that accept gzip. `Sforce-Limit-Info` says how many requests to the
//! REST API were made, of how many that [`Config::daily_requests`] allows.
//!
//! # Objects
//!
//! - `Airport__c`: the 3,376 airports of [`AIRPORTS_CSV`], in the order of the file. Its fields
//!   have the names of the file's columns (`iata`, `name`, `city`, `state`, `country`, `latitude`,
//!   `longitude`). In Salesforce they would end in `__c`; here they do not, so that a filter on the
//!   file's columns works unchanged.
//! - `Account`: 5,000 generated accounts with a field of every type, and with quotes, backslashes,
//!   wildcards, line breaks and nulls in their values.
//! - `Inspection__c`: 100 generated inspections of airports, with special fields: numbered,
//!   calculated, create-only, defaulted, restricted to a picklist, deprecated, and a key that
//!   several records share.
//! - `User`: the five users who own the records in turns. The first is the user of every token.
//! - `ContentVersion` and `Attachment`: five files and three. A query returns the path of a file's
//!   content (`VersionData`, `Body`), the server responds to that with its bytes.
//!
//! With [`Config::special_objects`] there are also objects with the limitations that some of
//! Salesforce's have: `EntityDefinition` (queries have one page), `Unsorted__c` (its ID cannot be
//! sorted by), `Visit__b` (a big object), `Picklists__c` (a description of 9 MB), `Unlabelled__c`
//! and `MissingLabel__c`.
//!
//! [`Rows`] sets the number of accounts and inspections, the length of an inspection's report and
//! the size of the largest file.
//!
//! In each object, the first record was last modified at 2025-01-01T00:00:00Z and each following
//! one an hour earlier (`LastModifiedDate` and `SystemModstamp`). `CreatedDate` is 30 days before
//! that. The records are the same on every start.
//!
//! # Writing
//!
//! Required fields, lengths, digits, types, restricted picklists, references and unique keys are
//! enforced, with Salesforce's error codes. The dates of creation and modification are kept, to the
//! second. A deleted record is gone from queries and retrievals, and only `queryAll` returns it,
//! with `IsDeleted` true; its ID is not used again, its keys may be. References to it stay as they
//! are.
//!
//! # Faults
//!
//! [`Sandbox::add_fault`] or `POST /sandbox/faults` makes [the next calls](NextCalls) or
//! [some calls at random](Rate) fail, in all the ways of [`Fault`], and for writes before or after
//! they took effect:
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
//! `SELECT` of fields, of `FIELDS(ALL)` (with a `LIMIT` of at most 200) and of `COUNT()`; `FROM`
//! one object; `WHERE` with all operators; `ORDER BY`, `LIMIT`, `OFFSET`; fields of a parent
//! (`Owner.Name`), one level deep. Sub-queries, longer paths, aliases, grouping, functions and
//! relative dates such as `TODAY` are refused, although Salesforce supports them. Strings are
//! compared ignoring case. A null differs from every value, so `!=` and `NOT IN` match it; `<`, `>`
//! and `LIKE` do not.

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

pub use config::{Config, Database, DuplicateRule, Rows};
pub use error::{ChangeError, Error};
pub use faults::plan::{Calls, Fault, FaultPlan, Moment, NextCalls, Rate, RecordChange};
pub use faults::state::{FaultReport, PlanError};
pub use sandbox::Sandbox;
pub use seed::AIRPORTS_CSV;
pub use server::Server;
