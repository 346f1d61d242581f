//! Checks records against their object and writes them one by one, in one transaction per call.

use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::types::Value as Column;
use rusqlite::{Connection, OptionalExtension as _};
use serde_json::{Map, Value};

use crate::record_id;
use crate::record_id::USER_ID;
use crate::record_id::record_id;
use crate::schema::catalog::Schema;
use crate::schema::field::{Field, FieldType};
use crate::schema::object::Object;
use crate::store::{Store, ids_by};
use crate::write::error::WriteError;
use crate::write::value::column_value;

/// How the records of one call depend on each other.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Batch {
    /// Whether one failure rolls back everything.
    pub all_or_none: bool,
    /// Whether another transaction locks the first record. It is a fault on demand.
    pub first_is_locked: bool,
    /// Whether duplicate rules are ignored.
    pub allow_duplicates: bool,
}

/// Makes one change for each of `inputs`, in order. A change that fails changes nothing; the others
/// are kept unless the batch is all or none.
pub(crate) fn write_all<I>(
    store: &Store,
    schema: &Schema,
    batch: Batch,
    inputs: &[I],
    change: impl Fn(&Writer<'_>, &I) -> Result<Saved, WriteError>,
) -> rusqlite::Result<Vec<Result<Saved, WriteError>>> {
    let mut connection = store.connection();
    let transaction = connection.transaction()?;
    let writer = Writer::new(&transaction, schema, now(), batch.allow_duplicates);
    let mut outcomes: Vec<_> = inputs
        .iter()
        .enumerate()
        .map(|(number, input)| {
            if batch.first_is_locked && number == 0 {
                Err(WriteError::locked())
            } else {
                change(&writer, input)
            }
        })
        .collect();
    if batch.all_or_none && outcomes.iter().any(Result::is_err) {
        transaction.rollback()?;
        for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_ok()) {
            *outcome = Err(WriteError::rolled_back());
        }
    } else {
        transaction.commit()?;
    }
    Ok(outcomes)
}

/// Milliseconds since 1970, rounded down to a second, as Salesforce stores them.
fn now() -> i64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_secs()).unwrap_or_default() * 1_000
}

/// A record that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Saved {
    pub id: String,
    /// Whether it is new.
    pub created: bool,
}

/// Writes records with one timestamp, within one transaction.
pub(crate) struct Writer<'c> {
    connection: &'c Connection,
    schema: &'c Schema,
    /// Milliseconds since 1970 UTC.
    now: i64,
    allow_duplicates: bool,
}

impl<'c> Writer<'c> {
    fn new(
        connection: &'c Connection,
        schema: &'c Schema,
        now: i64,
        allow_duplicates: bool,
    ) -> Self {
        Self {
            connection,
            schema,
            now,
            allow_duplicates,
        }
    }

    /// Creates a record.
    pub(crate) fn create(
        &self,
        object: &Object,
        record: &Map<String, Value>,
    ) -> Result<Saved, WriteError> {
        let input = Input::check(object, record, Operation::Create)?;
        self.check_references(&input)?;
        self.check_unique(object, &input, None)?;
        self.check_duplicate_rules(object, &input, None)?;
        let number = self.next_number(object)?;
        let id = record_id(object.key_prefix, number);

        let mut columns = defaults(object, &input, number);
        columns.extend(
            input
                .columns
                .iter()
                .map(|(field, column)| (field.name, column.clone())),
        );
        columns.extend([
            ("Id", id.clone().into()),
            ("IsDeleted", false.into()),
            ("CreatedDate", self.now.into()),
            ("LastModifiedDate", self.now.into()),
            ("SystemModstamp", self.now.into()),
        ]);
        let names: Vec<String> = columns
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        let marks = vec!["?"; columns.len()].join(", ");
        let sql = format!(
            "INSERT INTO \"{}\" ({}) VALUES ({marks})",
            object.name,
            names.join(", ")
        );
        let parameters = rusqlite::params_from_iter(columns.iter().map(|(_, column)| column));
        self.connection.prepare_cached(&sql)?.execute(parameters)?;
        Ok(Saved { id, created: true })
    }

    /// Updates the fields in `record`.
    pub(crate) fn update(
        &self,
        object: &Object,
        id: &str,
        record: &Map<String, Value>,
    ) -> Result<Saved, WriteError> {
        self.check_alive(object, id)?;
        let input = Input::check(object, record, Operation::Update)?;
        self.check_references(&input)?;
        self.check_unique(object, &input, Some(id))?;
        self.check_duplicate_rules(object, &input, Some(id))?;

        let mut columns: Vec<(&str, Column)> = input
            .columns
            .into_iter()
            .map(|(field, column)| (field.name, column))
            .collect();
        columns.extend([
            ("LastModifiedDate", self.now.into()),
            ("SystemModstamp", self.now.into()),
        ]);
        let settings: Vec<String> = columns
            .iter()
            .map(|(name, _)| format!("\"{name}\" = ?"))
            .collect();
        let sql = format!(
            "UPDATE \"{}\" SET {} WHERE \"Id\" = ?",
            object.name,
            settings.join(", ")
        );
        columns.push(("Id", id.to_owned().into()));
        let parameters = rusqlite::params_from_iter(columns.iter().map(|(_, column)| column));
        self.connection.prepare_cached(&sql)?.execute(parameters)?;
        Ok(Saved {
            id: id.to_owned(),
            created: false,
        })
    }

    /// Updates the one record whose field `key` has the value `key_value`, or creates it. `record`
    /// does not contain the key.
    pub(crate) fn upsert(
        &self,
        object: &Object,
        key: &Field,
        key_value: &Value,
        record: &Map<String, Value>,
    ) -> Result<Saved, WriteError> {
        let column = column_value(key, key_value)?;
        let ids = ids_by(self.connection, object, key, &column)?;
        match ids.as_slice() {
            [] => {
                let mut record = record.clone();
                record.insert(key.name.to_owned(), key_value.clone());
                self.create(object, &record)
            }
            [id] => self.update(object, id, record),
            _ => Err(WriteError::ambiguous_key(key, &ids)),
        }
    }

    /// Deletes a record. It stays in the database, invisible to queries.
    pub(crate) fn delete(&self, object: &Object, id: &str) -> Result<Saved, WriteError> {
        if !object.deletable {
            return Err(WriteError::not_deletable(object));
        }
        self.check_alive(object, id)?;
        let sql = format!(
            "UPDATE \"{}\" SET \"IsDeleted\" = 1, \"LastModifiedDate\" = ?1, \"SystemModstamp\" = ?1 WHERE \"Id\" = ?2",
            object.name
        );
        self.connection
            .prepare_cached(&sql)?
            .execute((self.now, id))?;
        Ok(Saved {
            id: id.to_owned(),
            created: false,
        })
    }

    fn check_alive(&self, object: &Object, id: &str) -> Result<(), WriteError> {
        match self.is_deleted(object, id)? {
            None => Err(WriteError::no_such_record()),
            Some(true) => Err(WriteError::deleted()),
            Some(false) => Ok(()),
        }
    }

    /// `None` if there never was such a record.
    fn is_deleted(&self, object: &Object, id: &str) -> rusqlite::Result<Option<bool>> {
        let sql = format!(
            "SELECT \"IsDeleted\" FROM \"{}\" WHERE \"Id\" = ?1",
            object.name
        );
        let mut prepared = self.connection.prepare_cached(&sql)?;
        prepared.query_row([id], |row| row.get(0)).optional()
    }

    /// Every reference must point to an existing record of an object that the field allows.
    fn check_references(&self, input: &Input<'_>) -> Result<(), WriteError> {
        for (field, column) in &input.columns {
            let (FieldType::Reference, Column::Text(id)) = (field.kind, column) else {
                continue;
            };
            let mut allowed = field
                .reference_to
                .iter()
                .filter_map(|name| self.schema.object(name));
            let object = allowed
                .find(|object| id.starts_with(object.key_prefix))
                .ok_or_else(|| WriteError::bad_id(field, id))?;
            match self.is_deleted(object, id)? {
                None => return Err(WriteError::no_such_reference(field)),
                Some(true) => return Err(WriteError::deleted()),
                Some(false) => {}
            }
        }
        Ok(())
    }

    /// No record other than `own_id` may have the value of a unique field.
    fn check_unique(
        &self,
        object: &Object,
        input: &Input<'_>,
        own_id: Option<&str>,
    ) -> Result<(), WriteError> {
        for (field, column) in input.columns.iter().filter(|(field, _)| field.unique) {
            let owners = ids_by(self.connection, object, field, column)?;
            if let Some(owner) = owners.iter().find(|owner| Some(owner.as_str()) != own_id) {
                return Err(WriteError::duplicate(field, owner));
            }
        }
        Ok(())
    }

    /// Unless the caller allows duplicates, no record other than `own_id` may have the value of a
    /// field with a duplicate rule.
    fn check_duplicate_rules(
        &self,
        object: &Object,
        input: &Input<'_>,
        own_id: Option<&str>,
    ) -> Result<(), WriteError> {
        if self.allow_duplicates {
            return Ok(());
        }
        for (field, column) in input
            .columns
            .iter()
            .filter(|(field, _)| field.duplicate_rule)
        {
            let owners = ids_by(self.connection, object, field, column)?;
            if owners.iter().any(|owner| Some(owner.as_str()) != own_id) {
                return Err(WriteError::duplicates_detected());
            }
        }
        Ok(())
    }

    /// Numbers increase, and the number of a deleted record is not used again.
    fn next_number(&self, object: &Object) -> rusqlite::Result<u64> {
        let sql = format!("SELECT max(\"Id\") FROM \"{}\"", object.name);
        let mut prepared = self.connection.prepare_cached(&sql)?;
        let last: Option<String> = prepared.query_row([], |row| row.get(0))?;
        let number = last.as_deref().and_then(record_id::number);
        Ok(number.map_or(0, |number| number + 1))
    }
}

/// The default values of the fields that a new record does not contain.
fn defaults(object: &Object, input: &Input<'_>, number: u64) -> Vec<(&'static str, Column)> {
    let not_given = object
        .fields
        .iter()
        .filter(|field| input.column(field).is_none() && field.formula.is_none());
    not_given
        .filter_map(|field| {
            let column = if let Some(prefix) = field.auto_number {
                format!("{prefix}{:06}", number + 1).into()
            } else if let Some(choice) = field.default_choice {
                choice.to_owned().into()
            } else if field.name == "OwnerId" {
                USER_ID.to_owned().into()
            } else if field.kind == FieldType::Boolean && field.createable {
                false.into()
            } else {
                return None;
            };
            Some((field.name, column))
        })
        .collect()
}

/// The operation on the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Create,
    Update,
}

/// The fields of a record and their stored values.
pub(super) struct Input<'o> {
    pub columns: Vec<(&'o Field, Column)>,
}

impl<'o> Input<'o> {
    /// Checks names, then whether the fields may be written, then values, then required fields.
    pub(super) fn check(
        object: &'o Object,
        record: &Map<String, Value>,
        operation: Operation,
    ) -> Result<Self, WriteError> {
        let fields = known_fields(object, record)?;
        check_writable(&fields, operation)?;
        let mut columns: Vec<(&Field, Column)> = Vec::with_capacity(fields.len());
        for (field, value) in fields {
            let column = column_value(field, value)?;
            columns.retain(|(given, _)| given.name != field.name);
            columns.push((field, column));
        }
        let input = Self { columns };
        input.check_required(object, operation)?;
        Ok(input)
    }

    pub(super) fn column(&self, field: &Field) -> Option<&Column> {
        let mut columns = self.columns.iter();
        let (_, column) = columns.find(|(given, _)| given.name == field.name)?;
        Some(column)
    }

    /// A create must contain every required field, an update must not empty one.
    fn check_required(&self, object: &Object, operation: Operation) -> Result<(), WriteError> {
        let create = operation == Operation::Create;
        let is_missing = |field: &&Field| match self.column(field) {
            Some(column) => *column == Column::Null,
            None => create && !field.defaulted_on_create,
        };
        let required = object
            .fields
            .iter()
            .filter(|field| !field.nillable && field.createable);
        let missing: Vec<&'static str> = required
            .filter(is_missing)
            .map(|field| field.name)
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(WriteError::missing(missing))
        }
    }
}

/// The fields in the record. `attributes` is not a field: it names the object.
fn known_fields<'o, 'r>(
    object: &'o Object,
    record: &'r Map<String, Value>,
) -> Result<Vec<(&'o Field, &'r Value)>, WriteError> {
    record
        .iter()
        .filter(|(name, _)| *name != "attributes")
        .map(|(name, value)| {
            let field = object
                .field(name)
                .ok_or_else(|| WriteError::no_such_field(object, name))?;
            Ok((field, value))
        })
        .collect()
}

fn check_writable(fields: &[(&Field, &Value)], operation: Operation) -> Result<(), WriteError> {
    let create = operation == Operation::Create;
    if create && fields.iter().any(|(field, _)| field.name == "Id") {
        return Err(WriteError::id_in_insert());
    }
    let refused: Vec<&'static str> = fields
        .iter()
        .filter(|(field, _)| {
            !if create {
                field.createable
            } else {
                field.updateable
            }
        })
        .map(|(field, _)| field.name)
        .collect();
    if refused.is_empty() {
        Ok(())
    } else {
        Err(WriteError::not_writable(refused))
    }
}
