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
    /// Where the records are stored. Default: in memory.
    pub database: Database,
    /// How many records a new database starts with.
    pub rows: Rows,
    /// The faults planned from the start, first plan first. Default: none.
    pub faults: Vec<FaultPlan>,
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

/// How many records a new database starts with. `Airport__c` always has its 3,376.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// Records of `Account`. Default: 5,000. The first records are the same whatever the number.
    pub accounts: u32,
    /// Records of `Inspection__c`. Default: 100.
    pub inspections: u32,
    /// Characters of each inspection's `Report__c`. Default: 200; maximum: 131,072, longer reports
    /// are cut to that. A thousand inspections of 20,000 characters each are 20 MB.
    pub report_length: u32,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            accounts: 5_000,
            inspections: 100,
            report_length: 200,
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
            database: Database::default(),
            rows: Rows::default(),
            faults: Vec::new(),
        }
    }
}
