//! The state that all handlers share.

use crate::config::Config;
use crate::cursors::Cursors;
use crate::error::Error;
use crate::faults::state::Faults;
use crate::schema::catalog::Schema;
use crate::store::Store;
use crate::tokens::Tokens;

/// One Salesforce organization: its settings, objects, records, tokens, open queries and planned
/// faults.
pub(crate) struct Organization {
    pub config: Config,
    pub schema: Schema,
    pub store: Store,
    pub tokens: Tokens,
    pub cursors: Cursors,
    pub faults: Faults,
}

impl Organization {
    /// Opens the database, filling it if it is new, and adds the configured faults.
    pub(crate) fn new(config: Config) -> Result<Self, Error> {
        let schema = Schema::new();
        let store = Store::open(&config.database, &schema, config.rows)?;
        let faults = Faults::default();
        for plan in &config.faults {
            faults.add(plan.clone())?;
        }
        Ok(Self {
            config,
            schema,
            store,
            tokens: Tokens::default(),
            cursors: Cursors::default(),
            faults,
        })
    }
}
