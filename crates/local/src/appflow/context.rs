//! What every operation uses.

use crate::account::Account;
use crate::appflow::clock::Clock;
use crate::appflow::executions::active::ActiveRuns;
use crate::appflow::faults::Faults;
use crate::appflow::locks::Locks;
use crate::appflow::metadata::cache::Cache;
use crate::functions::Functions;
use crate::s3::Store;
use crate::secrets_manager::SecretsManager;
use crate::state::Database;

/// AppFlow in one account and region. A clone is the same one.
#[derive(Clone)]
pub(crate) struct AppFlow {
    pub(crate) account: Account,
    pub(crate) database: Database,
    pub(crate) functions: Functions,
    pub(crate) secrets: SecretsManager,
    /// The objects of flows from and to Amazon S3.
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) cache: Cache,
    pub(crate) locks: Locks,
    pub(crate) runs: ActiveRuns,
    pub(crate) faults: Faults,
    pub(crate) has_quotas: bool,
    /// Whether a response that does not fit the model becomes an error.
    pub(crate) checks_responses: bool,
}
