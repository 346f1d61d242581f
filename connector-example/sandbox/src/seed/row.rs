//! Rows to insert, and the values that all objects have.

use rusqlite::Connection;
use rusqlite::types::Value;

use crate::record_id::record_id;

/// 2025-01-01T00:00:00Z in milliseconds since 1970: when the newest record of each object was last
/// modified.
pub(super) const NEWEST: i64 = 1_735_689_600_000;
pub(super) const HOUR: i64 = 3_600_000;
/// Every record was created 30 days before it was last modified.
const MADE_BEFORE_CHANGED: i64 = 30 * 24 * HOUR;

/// The first bytes of a PNG image and some that are not valid text.
pub(super) const LOGO: [u8; 12] = [
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0xff, 0xfe, 0x80,
];

/// The number of users.
pub(super) const USER_COUNT: usize = 5;

/// The ID of user number `number`, from 0.
pub(super) fn user_id(number: usize) -> String {
    record_id("005", number as u64 + 1)
}

/// The owner of record number `number` of an object: the users take turns.
fn owner(number: usize) -> String {
    user_id(number % USER_COUNT)
}

/// When record number `number` was last modified: each an hour before the previous one.
fn changed_at(number: usize) -> i64 {
    NEWEST - i64::try_from(number).unwrap_or_default() * HOUR
}

/// A record to insert: column names and values.
pub(super) type Row = Vec<(&'static str, Value)>;

/// The values of the system fields of record number `number`.
pub(super) fn system_values(number: usize) -> Row {
    let changed = changed_at(number);
    vec![
        ("IsDeleted", false.into()),
        ("OwnerId", owner(number).into()),
        ("CreatedDate", (changed - MADE_BEFORE_CHANGED).into()),
        ("LastModifiedDate", changed.into()),
        ("SystemModstamp", changed.into()),
    ]
}

/// Inserts rows that have the same columns.
pub(super) fn insert(
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
