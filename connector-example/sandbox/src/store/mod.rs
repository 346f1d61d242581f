//! The records, in SQLite.

mod functions;
mod record;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, params};

pub(crate) use record::{Cell, Record};

use crate::error::Error;
use crate::schema::{Field, Object, Schema};
use crate::seed;
use crate::soql::Statement;

/// Written into every database file, so that another program's file is not taken for one of ours. A file of an older
/// layout has another version.
const APPLICATION_ID: i64 = 0x5f5a_4442;
const LAYOUT_VERSION: i64 = 1;

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

/// The one connection. Calls wait for each other; each takes milliseconds.
pub(crate) struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the database, and fills a new one.
    pub(crate) fn open(database: &Database, schema: &Schema) -> Result<Self, Error> {
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
            (APPLICATION_ID, LAYOUT_VERSION, _) => {}
            (0, 0, 0) => fill(&mut connection, schema)?,
            _ => return Err(Error::ForeignDatabase),
        }
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// The IDs of all records that a query matches, in its order.
    pub(crate) fn matching_ids(&self, statement: &Statement<'_>) -> rusqlite::Result<Vec<String>> {
        let connection = self.connection();
        let mut prepared = connection.prepare(&statement.sql)?;
        let parameters = rusqlite::params_from_iter(&statement.parameters);
        prepared.query_map(parameters, |row| row.get(0))?.collect()
    }

    /// The records with these IDs, in the order of the IDs. An ID without a record is passed over.
    pub(crate) fn records(
        &self,
        object: &Object,
        fields: &[Field],
        ids: &[String],
    ) -> rusqlite::Result<Vec<Record>> {
        let columns: Vec<String> = fields
            .iter()
            .flat_map(Field::columns)
            .map(|(_, column)| format!("\"{column}\""))
            .collect();
        let sql = format!(
            "SELECT \"Id\", {} FROM \"{}\" WHERE \"Id\" = ?1",
            columns.join(", "),
            object.name
        );
        let connection = self.connection();
        let mut prepared = connection.prepare(&sql)?;
        let mut records = Vec::with_capacity(ids.len());
        for id in ids {
            let record = prepared
                .query_row([id], |row| Record::read(row, object, fields))
                .optional()?;
            records.extend(record);
        }
        Ok(records)
    }

    /// The bytes in a base64 field of a record. `None` if there is no such record or the field is empty.
    pub(crate) fn bytes(
        &self,
        object: &Object,
        field: &Field,
        id: &str,
    ) -> rusqlite::Result<Option<Vec<u8>>> {
        let sql = format!(
            "SELECT \"{}\" FROM \"{}\" WHERE \"Id\" = ?1",
            field.name, object.name
        );
        let found = self
            .connection()
            .query_row(&sql, params![id], |row| row.get(0))
            .optional()?;
        Ok(found.flatten())
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn fill(connection: &mut Connection, schema: &Schema) -> Result<(), Error> {
    let transaction = connection.transaction()?;
    for object in &schema.objects {
        let columns: Vec<String> = object.fields.iter().filter_map(column).collect();
        transaction.execute(
            &format!(
                "CREATE TABLE \"{}\" ({}) STRICT",
                object.name,
                columns.join(", ")
            ),
            [],
        )?;
    }
    seed::fill(&transaction)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", LAYOUT_VERSION)?;
    transaction.commit()?;
    Ok(())
}

fn column(field: &Field) -> Option<String> {
    let column_type = field.kind.column_type()?;
    let constraint = match (field.name, field.unique, field.nillable) {
        ("Id", ..) => " PRIMARY KEY NOT NULL",
        (_, true, true) => " UNIQUE",
        (_, true, false) => " UNIQUE NOT NULL",
        (_, false, true) => "",
        (_, false, false) => " NOT NULL",
    };
    Some(format!("\"{}\" {column_type}{constraint}", field.name))
}
