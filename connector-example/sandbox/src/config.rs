//! The settings of a sandbox.

use std::path::PathBuf;
use std::time::Duration;

use crate::faults::plan::FaultPlan;

/// The settings of a sandbox. The defaults suit a test: a database in memory and well-known
/// credentials.
///
/// Has no `Debug`, so that no log shows a secret.
#[derive(Clone)]
pub struct Config {
    /// The consumer key of the only client. Default: `sandbox-client`.
    pub client_id: String,
    /// The consumer secret of that client. Default: `sandbox-secret`.
    pub client_secret: String,
    /// The refresh token that the token endpoint accepts. Salesforce issues one after a login in
    /// the browser; the sandbox has no such login. Default: `sandbox-refresh-token`.
    pub refresh_token: String,
    /// How long an access token is valid. Default: two hours.
    pub token_lifetime: Duration,
    /// Whether a query locator is valid only with the access token of the query, as in Salesforce,
    /// where it ends with the session. Default: `false`; any valid token can continue a query.
    pub locators_end_with_token: bool,
    /// The maximum number of records on a page of a query, whatever a caller requests: Salesforce
    /// treats the requested size as a hint. Default: 2,000.
    pub max_batch: usize,
    /// The maximum length of a URL (path and query) in bytes. A longer one gets 414. Default:
    /// 16,384, as in Salesforce.
    pub max_url_bytes: usize,
    /// The maximum length of URL and headers together in bytes. More gets 431. Default: 16,384, as
    /// in Salesforce.
    pub max_url_and_header_bytes: usize,
    /// The maximum number of requests to the REST API in a day, as `Sforce-Limit-Info` says in
    /// every response. The sandbox's day lasts as long as the sandbox. Requests beyond get 403
    /// `REQUEST_LIMIT_EXCEEDED`. Default: 1,000,000.
    pub daily_requests: u64,
    /// Whether there are also objects with the limitations of some Salesforce objects: without more
    /// than one page, without sorting by ID, a big object, one with a description of 9 MB, ones
    /// without a label. Default: `false`.
    pub special_objects: bool,
    /// Whether a value of the wrong type in one record refuses the whole collection with 400
    /// `JSON_PARSER_ERROR`, as in Salesforce. Default: `false`; only that record fails.
    pub strict_collections: bool,
    /// Fields whose values must not occur twice unless a write allows it with
    /// `Sforce-Duplicate-Rule-Header: allowSave=true`. Default: none.
    pub duplicate_rules: Vec<DuplicateRule>,
    /// Where the records are stored. Default: in memory.
    pub database: Database,
    /// How many records a new database starts with.
    pub rows: Rows,
    /// Host names that requests may have in addition to loopback ones (`localhost`, 127.0.0.0/8,
    /// `[::1]`), without a port. Default: none.
    pub allowed_hosts: Vec<String>,
    /// The faults planned from the start, first plan first. Default: none.
    pub faults: Vec<FaultPlan>,
}

/// A duplicate rule: a record with a value that another record of the object has is refused with
/// `DUPLICATES_DETECTED`. Case is ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateRule {
    /// The name of the object.
    pub object: String,
    /// The name of the field.
    pub field: String,
}

/// Where the records are stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Database {
    /// In memory, gone with the server. Every start begins with the same records.
    #[default]
    Memory,
    /// In a file. A missing file is created and filled; an existing one is used as it is.
    File(PathBuf),
}

/// The number of airports in the file.
pub(crate) const MAX_AIRPORTS: u32 = 3_376;

/// How many records a new database starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// Records of `Account`. Default: 5,000. The first records are the same whatever the number.
    pub accounts: u32,
    /// Records of `Airport__c`: the first ones of [`AIRPORTS_CSV`](crate::AIRPORTS_CSV). Default
    /// and maximum: 3,376.
    pub airports: u32,
    /// Records of `Inspection__c`, none without airports. Default: 100.
    pub inspections: u32,
    /// Characters of each inspection's `Report__c`. Default: 200; maximum: 131,072, longer reports
    /// are cut to that. A thousand inspections of 20,000 characters each are 20 MB.
    pub report_length: u32,
    /// Bytes of the largest file, the last `ContentVersion`. Default: 3,000,000.
    pub largest_file: u32,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            accounts: 5_000,
            airports: MAX_AIRPORTS,
            inspections: 100,
            report_length: 200,
            largest_file: 3_000_000,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            client_id: "sandbox-client".to_owned(),
            client_secret: "sandbox-secret".to_owned(),
            refresh_token: "sandbox-refresh-token".to_owned(),
            token_lifetime: Duration::from_hours(2),
            locators_end_with_token: false,
            max_batch: 2_000,
            max_url_bytes: 16_384,
            max_url_and_header_bytes: 16_384,
            daily_requests: 1_000_000,
            special_objects: false,
            strict_collections: false,
            duplicate_rules: Vec::new(),
            database: Database::default(),
            rows: Rows::default(),
            allowed_hosts: Vec::new(),
            faults: Vec::new(),
        }
    }
}
