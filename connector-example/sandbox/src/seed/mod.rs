//! The records that a new database begins with. They are the same every time: no clock, no chance.

mod accounts;
mod airports;
mod inspections;

use rusqlite::Connection;
use rusqlite::types::Value;

use crate::config::Rows;
use crate::error::Error;
use crate::record_id::USER_ID;

pub(crate) use airports::CSV as AIRPORTS_CSV;

/// 2025-01-01T00:00:00Z in milliseconds since 1970. The newest record of each object was changed then.
const NEWEST: i64 = 1_735_689_600_000;
const HOUR: i64 = 3_600_000;
/// Every record was made 30 days before it was last changed.
const MADE_BEFORE_CHANGED: i64 = 30 * 24 * HOUR;
/// The user who owns every record: the one that tokens are given to.
const OWNER: &str = USER_ID;

pub(crate) fn fill(connection: &Connection, rows: Rows) -> Result<(), Error> {
    airports::fill(connection)?;
    accounts::fill(connection, rows.accounts)?;
    inspections::fill(connection, rows.inspections, rows.report_length)?;
    Ok(())
}

/// When the record number `number` was last changed: each an hour before the one before it.
fn changed_at(number: usize) -> i64 {
    NEWEST - i64::try_from(number).unwrap_or_default() * HOUR
}

/// A record to insert: the columns and their values.
type Row = Vec<(&'static str, Value)>;

/// The values of the system fields of record number `number`.
fn system_values(number: usize) -> Row {
    let changed = changed_at(number);
    vec![
        ("IsDeleted", false.into()),
        ("OwnerId", OWNER.to_owned().into()),
        ("CreatedDate", (changed - MADE_BEFORE_CHANGED).into()),
        ("LastModifiedDate", changed.into()),
        ("SystemModstamp", changed.into()),
    ]
}

/// Inserts rows that all have the same columns.
fn insert(
    connection: &Connection,
    table: &str,
    rows: impl Iterator<Item = Row>,
) -> rusqlite::Result<()> {
    let mut rows = rows.peekable();
    let Some(first) = rows.peek() else {
        return Ok(());
    };
    let names: Vec<String> = first
        .iter()
        .map(|(name, _)| format!("\"{name}\""))
        .collect();
    let marks = vec!["?"; names.len()].join(", ");
    let sql = format!(
        "INSERT INTO \"{table}\" ({}) VALUES ({marks})",
        names.join(", ")
    );
    let mut statement = connection.prepare(&sql)?;
    for row in rows {
        statement.execute(rusqlite::params_from_iter(
            row.iter().map(|(_, value)| value),
        ))?;
    }
    Ok(())
}
