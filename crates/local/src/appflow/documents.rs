//! Connectors, connections and flows as they are kept: one JSON document each, by kind and name.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::appflow::error;
use crate::wire::error::ServiceError;

pub(crate) const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;";

/// Something that is kept as a document.
pub(crate) trait Document: Serialize + DeserializeOwned {
    /// The same for all documents of this type, and for no others.
    const KIND: &'static str;

    /// Unique within the kind.
    fn name(&self) -> &str;
}

/// Returns the document of this name.
pub(crate) fn get<D: Document>(connection: &Connection, name: &str) -> rusqlite::Result<Option<D>> {
    connection
        .prepare_cached("SELECT body FROM documents WHERE kind = ?1 AND name = ?2")?
        .query_row(params![D::KIND, name], read)
        .optional()
}

/// Writes a document, which replaces the one of the same name.
pub(crate) fn put<D: Document>(connection: &Connection, document: &D) -> rusqlite::Result<()> {
    let body = serde_json::to_string(document)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO documents VALUES (?1, ?2, ?3)")?
        .execute(params![D::KIND, document.name(), body])?;
    Ok(())
}

/// Whether a document of this name can be added: it is new, and there are fewer than `max`.
/// `noun` is what users call the kind.
pub(crate) fn may_add<D: Document>(
    connection: &Connection,
    name: &str,
    noun: &str,
    max: Option<u32>,
) -> rusqlite::Result<Result<(), ServiceError>> {
    if get::<D>(connection, name)?.is_some() {
        return Ok(Err(error::conflict(format!(
            "A {noun} with the name {name} already exists."
        ))));
    }
    if let Some(max) = max
        && count::<D>(connection)? >= max
    {
        return Ok(Err(error::quota_exceeded(format!(
            "An account can have {max} {noun}s in a region."
        ))));
    }
    Ok(Ok(()))
}

/// Removes a document. Returns whether it was there.
pub(crate) fn remove<D: Document>(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let removed = connection
        .prepare_cached("DELETE FROM documents WHERE kind = ?1 AND name = ?2")?
        .execute(params![D::KIND, name])?;
    Ok(removed > 0)
}

/// Returns the documents whose names come after `after`, by name, at most `max`.
pub(crate) fn page<D: Document>(
    connection: &Connection,
    after: &str,
    max: usize,
) -> rusqlite::Result<Vec<D>> {
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "SELECT body FROM documents WHERE kind = ?1 AND name > ?2 ORDER BY name LIMIT ?3",
        )?
        .query_map(params![D::KIND, after, max], read)?
        .collect()
}

/// Returns all documents of a kind, by name.
pub(crate) fn all<D: Document>(connection: &Connection) -> rusqlite::Result<Vec<D>> {
    page(connection, "", usize::MAX)
}

/// Returns the number of documents of a kind.
pub(crate) fn count<D: Document>(connection: &Connection) -> rusqlite::Result<u32> {
    connection
        .prepare_cached("SELECT count(*) FROM documents WHERE kind = ?1")?
        .query_row(params![D::KIND], |row| row.get(0))
}

fn read<D: Document>(row: &Row<'_>) -> rusqlite::Result<D> {
    let body: String = row.get(0)?;
    serde_json::from_str(&body)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}
