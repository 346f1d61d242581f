//! The sandbox as its users see it.

use std::fmt::{self, Debug, Formatter};
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;

use crate::config::Config;
use crate::error::{ChangeError, Error};
use crate::faults::plan::{FaultPlan, RecordChange};
use crate::faults::state::{FaultReport, PlanError};
use crate::http::router;
use crate::organization::Organization;
use crate::server::Server;

/// A Salesforce organization of its own: records, tokens, open queries. Clones share them.
#[derive(Clone)]
pub struct Sandbox {
    organization: Arc<Organization>,
}

impl Sandbox {
    /// Opens the database, filling it if it is new.
    ///
    /// # Errors
    ///
    /// If the database cannot be opened or written, or was not made by this version of the
    /// sandbox, or if a configured fault is not valid.
    pub fn new(config: Config) -> Result<Self, Error> {
        let organization = Arc::new(Organization::new(config)?);
        Ok(Self { organization })
    }

    /// Returns all routes of the server, to be called in process or nested in another server.
    pub fn router(&self) -> Router {
        router(Arc::clone(&self.organization))
    }

    /// Listens on `address`; port 0 takes a free port. Needs a Tokio runtime.
    ///
    /// # Errors
    ///
    /// If the address is in use or does not belong to this machine.
    pub async fn start(&self, address: SocketAddr) -> Result<Server, Error> {
        Server::start(
            self.router(),
            address,
            self.organization.config.allowed_hosts.clone(),
        )
        .await
    }

    /// Issues an access token, as the token endpoint does.
    pub fn issue_token(&self) -> String {
        let lifetime = self.organization.config.token_lifetime;
        self.organization.tokens.issue(lifetime)
    }

    /// Ends all access tokens issued so far. Their callers get 401 `INVALID_SESSION_ID` and can
    /// request a new token.
    pub fn expire_tokens(&self) {
        self.organization.tokens.expire_all();
    }

    /// Closes all open queries. Their locators get 400 `INVALID_QUERY_LOCATOR`.
    pub fn close_queries(&self) {
        self.organization.cursors.close_all();
    }

    /// Changes records now, as another user would between two calls of a client: all changes, in
    /// order, or none. [`Fault::RecordChanges`](crate::Fault::RecordChanges) does it before a
    /// planned call.
    ///
    /// Returns the IDs of the records, in the order of the changes.
    ///
    /// # Errors
    ///
    /// If Salesforce would refuse one of the changes, or the database cannot be used.
    pub fn change_records(&self, changes: &[RecordChange]) -> Result<Vec<String>, ChangeError> {
        self.organization.change_records(changes)
    }

    /// Adds a plan by which some of the calls to come fail. Plans add up.
    ///
    /// # Errors
    ///
    /// If the plan is not valid, such as a probability of 2.
    pub fn add_fault(&self, plan: FaultPlan) -> Result<(), PlanError> {
        self.organization.faults.add(plan)
    }

    /// Removes all plans, those of the configuration too, and resets the counts.
    pub fn clear_faults(&self) {
        self.organization.faults.clear();
    }

    /// Returns the plans in force, how many calls came and which faults were injected.
    pub fn fault_report(&self) -> FaultReport {
        self.organization.faults.report()
    }
}

impl Debug for Sandbox {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").finish_non_exhaustive()
    }
}
