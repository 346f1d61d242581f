//! How a sandbox is set up.

use std::path::PathBuf;
use std::time::Duration;

use crate::faults::plan::FaultPlan;

/// How a sandbox is set up. The defaults suit a test: a database in memory and credentials that everyone knows.
///
/// It shows no secret in a log, for it has no `Debug`.
#[derive(Clone)]
pub struct Config {
    /// The consumer key of the one client. `sandbox-client` by default.
    pub client_id: String,
    /// The consumer secret of that client. `sandbox-secret` by default.
    pub client_secret: String,
    /// The refresh token that the token endpoint accepts. Salesforce hands one out at the end of a login in the
    /// browser, which the sandbox has not; so it is agreed on here. `sandbox-refresh-token` by default.
    pub refresh_token: String,
    /// How long an access token is good. Two hours by default.
    pub token_lifetime: Duration,
    /// Where the records are kept. In memory by default.
    pub database: Database,
    /// How many records a new database begins with.
    pub rows: Rows,
    /// What goes wrong from the start, first plan first. Nothing by default.
    pub faults: Vec<FaultPlan>,
}

/// Where the records are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Database {
    /// In memory, and gone with the server. Every start begins with the same records.
    #[default]
    Memory,
    /// In a file. It is made and filled if it is not there yet, and else used as it is.
    File(PathBuf),
}

/// How many records a new database begins with. `Airport__c` always has its 3,376.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// Records of `Account`: 5,000 by default. The first ones are the same whatever the count.
    pub accounts: u32,
    /// Records of `Inspection__c`: 100 by default.
    pub inspections: u32,
    /// Characters of each inspection's `Report__c`: 200 by default, at most 131,072; more is cut to that. A thousand
    /// inspections of 20,000 characters each are 20 MB.
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
            database: Database::default(),
            rows: Rows::default(),
            faults: Vec::new(),
        }
    }
}
