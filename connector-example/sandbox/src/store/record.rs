//! A record, as responses contain it.

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value};

use crate::schema::field::{Field, FieldType};

/// The values that a query selected of one record, in the order of the query.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub object: &'static str,
    pub id: String,
    pub values: Vec<(&'static str, Cell)>,
}

/// One value.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Json(Value),
    /// A base64 field with content. Salesforce returns the path of the bytes.
    Content,
    /// Null if the record refers to no record.
    Parent(Option<Box<Record>>),
}

/// Reads the value of `field` from its columns, the first of which is `column`.
pub(super) fn read_cell(row: &Row<'_>, field: &Field, column: usize) -> rusqlite::Result<Cell> {
    if !field.kind.is_compound() {
        return cell(row.get_ref(column)?, field.kind);
    }
    let mut parts = Map::new();
    for (offset, (key, _)) in field.columns().into_iter().enumerate() {
        parts.insert(key.to_owned(), plain(row.get_ref(column + offset)?)?);
    }
    let empty = parts.values().all(Value::is_null);
    Ok(Cell::Json(if empty {
        Value::Null
    } else {
        Value::Object(parts)
    }))
}

fn cell(stored: ValueRef<'_>, field_type: FieldType) -> rusqlite::Result<Cell> {
    let json = match (stored, field_type) {
        (ValueRef::Blob(_), _) => return Ok(Cell::Content),
        (ValueRef::Integer(integer), FieldType::Boolean) => Value::Bool(integer != 0),
        (ValueRef::Integer(milliseconds), FieldType::DateTime) => date_time(milliseconds).into(),
        (ValueRef::Integer(milliseconds), FieldType::Time) => time(milliseconds).into(),
        (ValueRef::Text(_), FieldType::AnyType) => {
            serde_json::from_str(stored.as_str()?).unwrap_or_default()
        }
        _ => plain(stored)?,
    };
    Ok(Cell::Json(json))
}

fn plain(stored: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match stored {
        ValueRef::Integer(integer) => integer.into(),
        ValueRef::Real(real) => real.into(),
        ValueRef::Text(_) => stored.as_str()?.into(),
        ValueRef::Null | ValueRef::Blob(_) => Value::Null,
    })
}

/// `2021-01-01T00:00:00.000+0000`, or null for a time beyond the calendar.
fn date_time(milliseconds: i64) -> Option<String> {
    let timestamp = Timestamp::from_millisecond(milliseconds).ok()?;
    Some(timestamp.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string())
}

/// `12:00:00.000Z`.
fn time(milliseconds: i64) -> String {
    let seconds = milliseconds / 1_000;
    format!(
        "{:02}:{:02}:{:02}.{:03}Z",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60,
        milliseconds % 1_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_times_have_salesforces_form() {
        assert_eq!(
            date_time(1_609_459_200_000).as_deref(),
            Some("2021-01-01T00:00:00.000+0000")
        );
        assert_eq!(
            date_time(-1).as_deref(),
            Some("1969-12-31T23:59:59.999+0000")
        );
        assert_eq!(date_time(i64::MAX), None);
        assert_eq!(time(43_200_007), "12:00:00.007Z");
    }
}
