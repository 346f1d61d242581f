//! Converts a record of Salesforce's response to one for AppFlow.
//!
//! Salesforce writes `{"attributes":{…},"Id":"…",…}`: first the record's type and URL, then its
//! fields in the order of the query. AppFlow gets the text after the attributes unchanged, because parsing and writing every
//! field would take twice as long.

use std::borrow::Cow;
use std::collections::BTreeMap;

use appflow_connector_sdk::Result;
use appflow_connector_sdk::model::{ConnectorError, FieldDefinition, Record};
use appflow_connector_sdk::queryfilter::translate::Soql;
use serde_json::value::{RawValue, to_raw_value};

/// How rows become records.
pub(crate) struct Shape<'a> {
    /// The `anyType` fields, whose values can be strings, numbers or booleans. Because AppFlow has
    /// no such type, they become strings.
    any_type: Vec<&'a str>,
    /// Fields that are queried only for the residual filter, and removed from the records.
    tested_only: Vec<&'a str>,
    /// The field that pages are read by, the first in every row.
    key: Option<&'a str>,
    /// Whether the key is selected. Otherwise it is removed from the records.
    keeps_key: bool,
}

impl<'a> Shape<'a> {
    /// Returns the shape of records with the selected fields, for rows that also have `tested_only`
    /// and `key`.
    pub(crate) fn new(
        selection: &[&'a FieldDefinition],
        tested_only: &[&'a FieldDefinition],
        key: Option<&'a str>,
    ) -> Self {
        let name = |field: &&'a FieldDefinition| field.field_name.as_str();
        let any_type = selection
            .iter()
            .filter(|field| Soql::field_type(field) == Some("anyType"));
        Self {
            any_type: any_type.map(name).collect(),
            tested_only: tested_only.iter().map(name).collect(),
            key,
            keeps_key: selection.iter().map(name).any(|name| Some(name) == key),
        }
    }

    /// Returns the value of a row's key, empty if there is no key, and the record if it is wanted.
    pub(crate) fn read<'r>(
        &self,
        row: &'r RawValue,
        is_wanted: bool,
    ) -> Result<(Cow<'r, str>, Option<Record>)> {
        if self.any_type.is_empty()
            && self.tested_only.is_empty()
            && let Some((key, fields)) = self.divide(row.get())
        {
            let record = || Record::from_json_unchecked(format!("{{{fields}"));
            return Ok((key.into(), is_wanted.then(record)));
        }
        let mut fields: BTreeMap<&str, Box<RawValue>> =
            serde_json::from_str(row.get()).map_err(unwritable)?;
        let key = match self.key {
            Some(key) => key_value(&fields, key)?,
            None => String::new(),
        };
        let removed_key = self.key.filter(|_| !self.keeps_key);
        fields.retain(|name, _| {
            *name != "attributes" && !self.tested_only.contains(name) && Some(*name) != removed_key
        });
        for (name, value) in &mut fields {
            if self.any_type.contains(name)
                && !value.get().starts_with('"')
                && value.get() != "null"
            {
                *value = to_raw_value(value.get()).map_err(unwritable)?;
            }
        }
        let record = Record::from_value(&fields).map_err(unwritable)?;
        Ok((key.into(), is_wanted.then_some(record)))
    }

    /// Returns the record of a row without a key.
    pub(crate) fn record(&self, row: &RawValue) -> Result<Option<Record>> {
        self.read(row, true).map(|(_, record)| record)
    }

    /// Divides a row's text into the key and the record without its opening brace. Returns `None`
    /// if the row does not begin with its attributes and the key.
    fn divide<'r>(&self, row: &'r str) -> Option<(&'r str, &'r str)> {
        let fields = after_attributes(row)?;
        let Some(name) = self.key else {
            return Some(("", fields));
        };
        let value = fields.strip_prefix('"')?.strip_prefix(name)?;
        let (key, rest) = value.strip_prefix(r#"":""#)?.split_once('"')?;
        if key.contains('\\') {
            return None;
        }
        if self.keeps_key {
            return Some((key, fields));
        }
        let next = rest.strip_prefix(',');
        Some((key, next.or((rest == "}").then_some(rest))?))
    }
}

/// Returns the row's text after the attributes, or `None` if the row does not begin with them.
fn after_attributes(row: &str) -> Option<&str> {
    let attributes = row.strip_prefix(r#"{"attributes":"#)?;
    let mut values = serde_json::Deserializer::from_str(attributes).into_iter::<&RawValue>();
    values.next()?.ok()?;
    attributes[values.byte_offset()..].strip_prefix(',')
}

fn key_value(fields: &BTreeMap<&str, Box<RawValue>>, key: &str) -> Result<String> {
    let value = fields
        .get(key)
        .map(|value| serde_json::from_str(value.get()));
    value.and_then(std::result::Result::ok).ok_or_else(|| {
        ConnectorError::server_error(format!(
            "a record of Salesforce's response has no `{key}`, by which its pages are read"
        ))
    })
}

fn unwritable(error: impl std::error::Error) -> ConnectorError {
    ConnectorError::server_error(format!("the record cannot be converted: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(row: &str, any_type: &[&str], tested_only: &[&str]) -> Result<String> {
        let row = RawValue::from_string(row.to_owned()).unwrap();
        let shape = Shape {
            any_type: any_type.to_vec(),
            tested_only: tested_only.to_vec(),
            key: None,
            keeps_key: false,
        };
        let record = shape.record(&row)?.unwrap();
        Ok(record.as_str().to_owned())
    }

    #[test]
    fn the_key_is_found_in_rows_of_any_form() {
        for (row, key, record) in [
            (r#"{"attributes":{},"Id":"1","N":1}"#, "1", r#"{"N":1}"#),
            (r#"{"attributes":{},"Id":"1"}"#, "1", "{}"),
            (r#"{"attributes":{}, "Id": "1", "N":1}"#, "1", r#"{"N":1}"#),
            (r#"{"N":1,"Id":"1","attributes":{}}"#, "1", r#"{"N":1}"#),
            (
                r#"{"attributes":{},"Id":"a\"\\b","N":1}"#,
                "a\"\\b",
                r#"{"N":1}"#,
            ),
        ] {
            let row = RawValue::from_string(row.to_owned()).unwrap();
            for keeps_key in [false, true] {
                let shape = Shape {
                    any_type: vec![],
                    tested_only: vec![],
                    key: Some("Id"),
                    keeps_key,
                };
                let (found_key, found) = shape.read(&row, true).unwrap();
                assert_eq!(found_key, key, "{row}");
                let mut found: serde_json::Value = found.unwrap().parse().unwrap();
                if keeps_key {
                    let removed = found.as_object_mut().unwrap().remove("Id");
                    assert_eq!(removed, Some(key.into()), "{row}");
                }
                assert_eq!(found.to_string(), record, "{row}");
                assert_eq!(shape.read(&row, false).unwrap().1, None);
            }
        }
        for row in [
            r#"{"attributes":{},"N":1}"#,
            r#"{"attributes":{},"Id":null}"#,
        ] {
            let row = RawValue::from_string(row.to_owned()).unwrap();
            let shape = Shape {
                any_type: vec![],
                tested_only: vec![],
                key: Some("Id"),
                keeps_key: false,
            };
            assert_eq!(
                shape.read(&row, true).unwrap_err().message(),
                "a record of Salesforce's response has no `Id`, by which its pages are read"
            );
        }
    }

    #[test]
    fn a_row_is_unchanged_except_for_its_attributes() {
        let row = r#"{"attributes":{"type":"A","url":"/x\"},{"},"Id":"1","N":12345678901234567890.10,"T":"a\"b","S":{"x":null}}"#;
        let record = r#"{"Id":"1","N":12345678901234567890.10,"T":"a\"b","S":{"x":null}}"#;
        assert_eq!(convert(row, &[], &[]).unwrap(), record);
    }

    #[test]
    fn attributes_may_be_anywhere_or_absent() {
        for row in [
            r#"{"Id":"1","N":1.50,"attributes":{}}"#,
            r#"{ "attributes": {}, "Id": "1", "N": 1.50 }"#,
            r#"{"attributes":{} ,"Id":"1","N":1.50}"#,
            r#"{"Id":"1","N":1.50}"#,
        ] {
            assert_eq!(
                convert(row, &[], &[]).unwrap(),
                r#"{"Id":"1","N":1.50}"#,
                "{row}"
            );
        }
        assert_eq!(convert(r#"{"attributes":{}}"#, &[], &[]).unwrap(), "{}");
        assert!(convert("5", &[], &[]).is_err());
    }

    #[test]
    fn values_of_any_type_become_strings() {
        let row = r#"{"attributes":{},"A":42,"B":true,"C":"x","D":null,"E":7}"#;
        let record = r#"{"A":"42","B":"true","C":"x","D":null,"E":7}"#;
        assert_eq!(
            convert(row, &["A", "B", "C", "D", "F"], &[]).unwrap(),
            record
        );
    }

    #[test]
    fn fields_that_are_only_tested_are_removed() {
        let row = r#"{"attributes":{},"Id":"1","N":1.50,"Tags":"a;b"}"#;
        assert_eq!(
            convert(row, &[], &["Tags"]).unwrap(),
            r#"{"Id":"1","N":1.50}"#
        );
    }
}
