//! An application's JSON rows as records.

use appflow_connector_model::{ConnectorError, Record};
use serde_json::value::RawValue;

use super::row_reader::RowReader;
use super::source_page::Row;
use crate::results::Result;

/// Copies an application's JSON rows to records. The text stays as it is: no digit is lost, and
/// each row is copied once.
///
/// ```
/// use appflow_connector_runtime::records;
/// use serde_json::value::RawValue;
///
/// let rows: Vec<&RawValue> = serde_json::from_str(r#"[{"id": 1.50}, {"id": 2}]"#).unwrap();
/// assert_eq!(records::from_raw(rows).unwrap()[0].as_str(), r#"{"id": 1.50}"#);
/// ```
///
/// # Errors
/// ServerError if a row is not a JSON object.
pub fn from_raw<'a>(rows: impl IntoIterator<Item = &'a RawValue>) -> Result<Vec<Record>> {
    rows.into_iter().map(record).collect()
}

/// Copies an application's JSON rows to records, each with its key: the value of the field `key`, a
/// string or a number.
///
/// ```
/// use appflow_connector_runtime::records;
/// use serde_json::value::RawValue;
///
/// let rows: Vec<&RawValue> = serde_json::from_str(r#"[{"id": 7}, {"id": 8}]"#).unwrap();
/// assert_eq!(records::keyed_from_raw(rows, "id").unwrap()[1].key.as_deref(), Some("8"));
/// ```
///
/// # Errors
/// ServerError if a row is not a JSON object or has no such key.
pub fn keyed_from_raw<'a>(
    rows: impl IntoIterator<Item = &'a RawValue>,
    key: &str,
) -> Result<Vec<Row>> {
    let reader = RowReader::new().key(key);
    rows.into_iter().map(|row| reader.read(row)).collect()
}

fn record(row: &RawValue) -> Result<Record> {
    Record::from_raw(row.to_owned()).map_err(|_| {
        ConnectorError::server_error("a record from the application is not a JSON object")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_strings_or_numbers() {
        let keys = |text: &str| -> Result<Vec<String>> {
            let rows: Vec<&RawValue> = serde_json::from_str(text).unwrap();
            let rows = keyed_from_raw(rows, "id")?;
            Ok(rows.into_iter().filter_map(|row| row.key).collect())
        };
        let rows = r#"[{"a": {"id": 1}, "id": "x\"y"}, {"id": 9007199254740993, "b": []}]"#;
        assert_eq!(keys(rows).unwrap(), ["x\"y", "9007199254740993"]);
        for row in [
            "[{}]",
            r#"[{"id": null}]"#,
            r#"[{"id": true}]"#,
            r#"[{"ID": 1}]"#,
        ] {
            assert_eq!(
                keys(row).unwrap_err().message(),
                "a record from the application has no `id`, the key that its pages are read by"
            );
        }
        assert!(keys("[7]").is_err());
    }
}
