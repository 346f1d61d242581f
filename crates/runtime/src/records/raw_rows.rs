//! An application's JSON rows as records.

use std::borrow::Cow;
use std::fmt;

use appflow_connector_model::{ConnectorError, Record};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::source_page::KeyedRow;
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
/// assert_eq!(records::keyed_from_raw(rows, "id").unwrap()[1].key, "8");
/// ```
///
/// # Errors
/// ServerError if a row is not a JSON object or has no such key.
pub fn keyed_from_raw<'a>(
    rows: impl IntoIterator<Item = &'a RawValue>,
    key: &str,
) -> Result<Vec<KeyedRow>> {
    let row = |row: &'a RawValue| {
        let record = Some(record(row)?);
        let value = KeyOf(key).deserialize(&mut serde_json::Deserializer::from_str(row.get()));
        let value = value.ok().flatten().ok_or_else(|| {
            ConnectorError::server_error(format!(
                "a record from the application has no `{key}`, the key that its pages are read by"
            ))
        })?;
        Ok(KeyedRow { key: value, record })
    };
    rows.into_iter().map(row).collect()
}

fn record(row: &RawValue) -> Result<Record> {
    Record::from_raw(row.to_owned()).map_err(|_| {
        ConnectorError::server_error("a record from the application is not a JSON object")
    })
}

/// Reads one field of an object, a string or a number, and skips the others.
struct KeyOf<'k>(&'k str);

#[derive(Deserialize)]
#[serde(untagged)]
enum Key {
    Text(String),
    Number(serde_json::Number),
}

impl<'de> DeserializeSeed<'de> for KeyOf<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> std::result::Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for KeyOf<'_> {
    type Value = Option<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(
        self,
        mut fields: M,
    ) -> std::result::Result<Self::Value, M::Error> {
        let mut key = None;
        while let Some(name) = fields.next_key::<Cow<'_, str>>()? {
            if name == self.0 {
                key = Some(match fields.next_value()? {
                    Key::Text(text) => text,
                    Key::Number(number) => number.to_string(),
                });
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_strings_or_numbers() {
        let keys = |text: &str| -> Result<Vec<String>> {
            let rows: Vec<&RawValue> = serde_json::from_str(text).unwrap();
            let rows = keyed_from_raw(rows, "id")?;
            Ok(rows.into_iter().map(|row| row.key).collect())
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
