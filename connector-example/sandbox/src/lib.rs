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

mod config;
mod connection;
mod error;
mod faults;
mod oauth;
mod random;
mod record_id;
mod rest;
mod schema;
mod seed;
mod server;
mod soql;
mod store;
mod write;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;

pub use config::{Config, Database, Rows};
pub use error::Error;
pub use faults::{Calls, Fault, FaultPlan, FaultReport, Moment, NextCalls, PlanError, Rate};
pub use server::Server;

/// The file that the records of `Airport__c` come from, with its header line.
pub const AIRPORTS_CSV: &str = seed::AIRPORTS_CSV;

/// A Salesforce organisation of its own: records, tokens, unfinished queries. Clones share them.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    schema: schema::catalog::Schema,
    store: store::Store,
    tokens: oauth::Tokens,
    cursors: rest::Cursors,
    faults: faults::Faults,
}

impl Sandbox {
    /// Opens the database, and fills it if it is new.
    ///
    /// # Errors
    ///
    /// If the database cannot be opened or written, or is not one of this sandbox, or if a fault of the configuration makes no
    /// sense.
    pub fn new(config: Config) -> Result<Self, Error> {
        let schema = schema::catalog::Schema::new();
        let store = store::Store::open(&config.database, &schema, config.rows)?;
        let faults = faults::Faults::default();
        for plan in &config.faults {
            faults.add(plan.clone())?;
        }
        Ok(Self {
            inner: Arc::new(Inner {
                config,
                schema,
                store,
                tokens: oauth::Tokens::default(),
                cursors: rest::Cursors::default(),
                faults,
            }),
        })
    }

    /// All paths of the server, to be called in the same process or put into another server.
    pub fn router(&self) -> Router {
        rest::router(self.clone())
    }

    /// Listens on `address`; port 0 takes a free one. Needs a Tokio runtime.
    ///
    /// # Errors
    ///
    /// If the address is taken or not one of this machine.
    pub async fn start(&self, address: SocketAddr) -> Result<Server, Error> {
        Server::start(self.router(), address).await
    }

    /// Ends all access tokens given out so far. A caller then gets 401 with `INVALID_SESSION_ID`, and can ask for a new one.
    pub fn expire_tokens(&self) {
        self.inner.tokens.expire_all();
    }

    /// Lets some of the calls to come fail. Plans add up.
    ///
    /// # Errors
    ///
    /// If the plan makes no sense, such as a probability of 2.
    pub fn add_fault(&self, plan: FaultPlan) -> Result<(), PlanError> {
        self.inner.faults.add(plan)
    }

    /// Drops all plans, those of the configuration too, and counts from 0.
    pub fn clear_faults(&self) {
        self.inner.faults.clear();
    }

    /// The plans in force, how many calls came and what was injected.
    pub fn fault_report(&self) -> FaultReport {
        self.inner.faults.report()
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").finish_non_exhaustive()
    }
}
