//! The state that all handlers share.

use std::sync::atomic::AtomicU64;

use crate::config::{Config, DuplicateRule};
use crate::cursors::Cursors;
use crate::error::{ChangeError, Error};
use crate::faults::plan::RecordChange;
use crate::faults::state::Faults;
use crate::record_id;
use crate::schema::catalog::Schema;
use crate::store::Store;
use crate::tokens::Tokens;
use crate::write::error::WriteError;
use crate::write::writer::{Batch, Saved, Writer, write_all};

/// One Salesforce organization: its settings, objects, records, tokens, open queries and planned
/// faults.
pub(crate) struct Organization {
    pub config: Config,
    pub schema: Schema,
    pub store: Store,
    pub tokens: Tokens,
    pub cursors: Cursors,
    pub faults: Faults,
    /// The requests to the REST API so far.
    pub requests: AtomicU64,
}

impl Organization {
    /// Opens the database, filling it if it is new, and adds the configured faults.
    pub(crate) fn new(config: Config) -> Result<Self, Error> {
        let mut schema = Schema::new(config.special_objects);
        for DuplicateRule { object, field } in &config.duplicate_rules {
            let unknown = || Error::DuplicateRule {
                object: object.clone(),
                field: field.clone(),
            };
            schema
                .add_duplicate_rule(object, field)
                .ok_or_else(unknown)?;
        }
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
            requests: AtomicU64::new(0),
        })
    }

    /// Makes all changes, or none if one of them fails. Returns the IDs of the records.
    pub(crate) fn change_records(
        &self,
        changes: &[RecordChange],
    ) -> Result<Vec<String>, ChangeError> {
        let batch = Batch {
            all_or_none: true,
            first_is_locked: false,
            allow_duplicates: true,
        };
        let outcomes = write_all(
            &self.store,
            &self.schema,
            batch,
            changes,
            |writer, change| self.change_record(writer, change),
        )?;
        let mut ids = Vec::with_capacity(outcomes.len());
        for (number, outcome) in outcomes.into_iter().enumerate() {
            match outcome {
                Ok(saved) => ids.push(saved.id),
                Err(error) if error == WriteError::rolled_back() => {}
                Err(error) => {
                    return Err(ChangeError::Refused {
                        number,
                        code: error.code,
                        message: error.message,
                    });
                }
            }
        }
        Ok(ids)
    }

    fn change_record(
        &self,
        writer: &Writer<'_>,
        change: &RecordChange,
    ) -> Result<Saved, WriteError> {
        let object = |name: &str| {
            let object = self.schema.object(name);
            object.ok_or_else(|| WriteError::no_such_object(name))
        };
        let normal =
            |id: &str| record_id::normalize(id).ok_or_else(|| WriteError::malformed_id(id));
        match change {
            RecordChange::Create {
                object: name,
                values,
            } => writer.create(object(name)?, values),
            RecordChange::Update {
                object: name,
                id,
                values,
            } => writer.update(object(name)?, &normal(id)?, values),
            RecordChange::Delete { object: name, id } => writer.delete(object(name)?, &normal(id)?),
        }
    }
}
