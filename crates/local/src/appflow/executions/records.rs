//! The table of runs.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::appflow::executions::record::ExecutionRecord;

pub(crate) const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS executions (
    number INTEGER PRIMARY KEY AUTOINCREMENT, flow TEXT NOT NULL, id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS executions_by_flow ON executions (flow, number);
CREATE INDEX IF NOT EXISTS executions_by_status ON executions (status, flow);";

const ACTIVE: &str = "status IN ('InProgress', 'CancelStarted')";

/// Writes the record of a run that starts.
pub(crate) fn insert(database: &Connection, record: &ExecutionRecord) -> rusqlite::Result<()> {
    database
        .prepare_cached("INSERT INTO executions (flow, id, status, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            record.flow_name,
            record.execution_id,
            record.status.name(),
            body(record)?
        ])?;
    Ok(())
}

/// Replaces the record of a run. Returns false if the record does not exist: its flow was deleted.
pub(crate) fn update(database: &Connection, record: &ExecutionRecord) -> rusqlite::Result<bool> {
    let updated = database
        .prepare_cached("UPDATE executions SET status = ?2, body = ?3 WHERE id = ?1")?
        .execute(params![
            record.execution_id,
            record.status.name(),
            body(record)?
        ])?;
    Ok(updated > 0)
}

fn body(record: &ExecutionRecord) -> rusqlite::Result<String> {
    serde_json::to_string(record)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// Returns the record of a run.
pub(crate) fn get(database: &Connection, id: &str) -> rusqlite::Result<Option<ExecutionRecord>> {
    database
        .prepare_cached("SELECT body FROM executions WHERE id = ?1")?
        .query_row([id], |row| read(row, 0))
        .optional()
}

/// Returns the runs of a flow with their numbers, newest first: those before a number, at most
/// `max`.
pub(crate) fn page(
    database: &Connection,
    flow: &str,
    before: i64,
    max: usize,
) -> rusqlite::Result<Vec<(i64, ExecutionRecord)>> {
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    database
        .prepare_cached(
            "SELECT number, body FROM executions WHERE flow = ?1 AND number < ?2
             ORDER BY number DESC LIMIT ?3",
        )?
        .query_map(params![flow, before, max], |row| {
            Ok((row.get(0)?, read(row, 1)?))
        })?
        .collect()
}

/// Returns the newest run of a flow.
pub(crate) fn last(database: &Connection, flow: &str) -> rusqlite::Result<Option<ExecutionRecord>> {
    let newest = page(database, flow, i64::MAX, 1)?;
    Ok(newest.into_iter().next().map(|(_, record)| record))
}

/// Returns the runs that have not ended, of a flow or of all.
pub(crate) fn active(
    database: &Connection,
    flow: Option<&str>,
) -> rusqlite::Result<Vec<ExecutionRecord>> {
    database
        .prepare_cached(&format!(
            "SELECT body FROM executions WHERE {ACTIVE} AND flow = coalesce(?1, flow)"
        ))?
        .query_map([flow], |row| read(row, 0))?
        .collect()
}

/// Removes the history of a flow.
pub(crate) fn forget(database: &Connection, flow: &str) -> rusqlite::Result<()> {
    database.execute("DELETE FROM executions WHERE flow = ?1", [flow])?;
    Ok(())
}

fn read(row: &Row<'_>, column: usize) -> rusqlite::Result<ExecutionRecord> {
    let body: String = row.get(column)?;
    serde_json::from_str(&body).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}
