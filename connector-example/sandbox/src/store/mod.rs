//! The records, in SQLite.

mod functions;
mod reader;
pub(crate) mod record;

use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::config::{Database, Rows};
use crate::error::Error;
use crate::schema::catalog::Schema;
use crate::schema::field::Field;
use crate::schema::object::Object;
use crate::schema::selection::Selected;
use crate::seed;
use crate::soql::compile::Statement;
use crate::store::reader::Reader;
use crate::store::record::Record;

/// Written into every database file, so that another program's file is not mistaken for one of
/// ours. A file of an older layout has another version.
const APPLICATION_ID: i64 = 0x5f5a_4442;
const LAYOUT_VERSION: i64 = 4;

/// The only connection. Calls wait for each other; each takes milliseconds.
pub(crate) struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the database, and fills a new one with `rows`.
    pub(crate) fn open(database: &Database, schema: &Schema, rows: Rows) -> Result<Self, Error> {
        let mut connection = match database {
            Database::Memory => Connection::open_in_memory()?,
            Database::File(path) => Connection::open(path)?,
        };
        functions::register(&connection)?;
        let application_id: i64 =
            connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        match (application_id, version, tables) {
            (APPLICATION_ID, version, _) if version == layout_version(schema) => {}
            (0, 0, 0) => fill(&mut connection, schema, rows)?,
            _ => return Err(Error::ForeignDatabase),
        }
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// The IDs of all records that match a query, in its order.
    pub(crate) fn matching_ids(&self, statement: &Statement<'_>) -> rusqlite::Result<Vec<String>> {
        let connection = self.connection();
        let mut prepared = connection.prepare(&statement.sql)?;
        let parameters = rusqlite::params_from_iter(&statement.parameters);
        prepared.query_map(parameters, |row| row.get(0))?.collect()
    }

    /// The record of each of these IDs, `None` if there is none, or it was deleted and
    /// `include_deleted` is not set.
    pub(crate) fn records(
        &self,
        object: &Object,
        selection: &[Selected],
        ids: &[String],
        include_deleted: bool,
    ) -> rusqlite::Result<Vec<Option<Record>>> {
        let connection = self.connection();
        let mut reader = Reader::new(&connection, object.name, selection, include_deleted)?;
        ids.iter().map(|id| reader.read(id)).collect()
    }

    /// Whether the record with this ID was deleted.
    pub(crate) fn is_deleted(&self, object: &Object, id: &str) -> rusqlite::Result<bool> {
        let sql = format!(
            "SELECT \"IsDeleted\" FROM \"{}\" WHERE \"Id\" = ?1",
            object.name
        );
        let deleted = self
            .connection()
            .query_row(&sql, [id], |row| row.get(0))
            .optional()?;
        Ok(deleted.unwrap_or(false))
    }

    /// The IDs of the records whose field has this value.
    pub(crate) fn ids_by(
        &self,
        object: &Object,
        field: &Field,
        value: &Value,
    ) -> rusqlite::Result<Vec<String>> {
        ids_by(&self.connection(), object, field, value)
    }

    /// The bytes of a base64 field of a record. `None` if there is no such record or the field is
    /// empty.
    pub(crate) fn bytes(
        &self,
        object: &Object,
        field: &Field,
        id: &str,
    ) -> rusqlite::Result<Option<Vec<u8>>> {
        let sql = format!(
            "SELECT \"{}\" FROM \"{}\" WHERE \"Id\" = ?1 AND \"IsDeleted\" = 0",
            field.name, object.name
        );
        let found = self
            .connection()
            .query_row(&sql, params![id], |row| row.get(0))
            .optional()?;
        Ok(found.flatten())
    }

    /// Locks the connection, waiting for other calls.
    pub(crate) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The IDs of the records whose field has this value, in order, without deleted records.
pub(crate) fn ids_by(
    connection: &Connection,
    object: &Object,
    field: &Field,
    value: &Value,
) -> rusqlite::Result<Vec<String>> {
    let sql = format!(
        "SELECT \"Id\" FROM \"{}\" WHERE \"{}\" = ?1 AND \"IsDeleted\" = 0 ORDER BY \"Id\"",
        object.name, field.name
    );
    let mut prepared = connection.prepare_cached(&sql)?;
    prepared.query_map([value], |row| row.get(0))?.collect()
}

/// A file with the special objects is not used without them, nor the other way round.
fn layout_version(schema: &Schema) -> i64 {
    LAYOUT_VERSION + i64::from(schema.special)
}

fn fill(connection: &mut Connection, schema: &Schema, rows: Rows) -> Result<(), Error> {
    let transaction = connection.transaction()?;
    for object in &schema.objects {
        let mut columns: Vec<String> = object.fields.iter().filter_map(column).collect();
        if object.field("IsDeleted").is_none() {
            columns.push("\"IsDeleted\" INTEGER NOT NULL".to_owned());
        }
        transaction.execute(
            &format!(
                "CREATE TABLE \"{}\" ({}) STRICT",
                object.name,
                columns.join(", ")
            ),
            [],
        )?;
        for field in object.fields.iter().filter(|field| field.external_id) {
            transaction.execute(&index(object, field), [])?;
        }
    }
    seed::fill(&transaction, rows)?;
    if schema.special {
        seed::fill_special(&transaction)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", layout_version(schema))?;
    transaction.commit()?;
    Ok(())
}

fn column(field: &Field) -> Option<String> {
    let column_type = field.kind.column_type()?;
    let constraint = match (field.name, field.nillable, field.formula) {
        ("Id", ..) => " PRIMARY KEY NOT NULL".to_owned(),
        (_, _, Some(formula)) => format!(" GENERATED ALWAYS AS ({}) STORED", formula.sql),
        (_, true, None) => String::new(),
        (_, false, None) => " NOT NULL".to_owned(),
    };
    Some(format!("\"{}\" {column_type}{constraint}", field.name))
}

/// The index on an external ID. The key of a deleted record can be used again.
fn index(object: &Object, field: &Field) -> String {
    let unique = if field.unique { "UNIQUE " } else { "" };
    format!(
        "CREATE {unique}INDEX \"{table}.{column}\" ON \"{table}\" (\"{column}\") WHERE \"IsDeleted\" = 0",
        table = object.name,
        column = field.name
    )
}
