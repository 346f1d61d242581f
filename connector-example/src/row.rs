//! Converts a record of Salesforce's response to one for AppFlow.
//!
//! Salesforce writes `{"attributes":{…},"Id":"…",…}`: first the record's type and URL, then its
//! fields. AppFlow gets the text after the attributes unchanged, because parsing and writing every
//! field would take twice as long.

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
}

impl<'a> Shape<'a> {
    /// Returns the shape of records with the selected fields, for rows that also have
    /// `tested_only`.
    pub(crate) fn new(
        selection: &[&'a FieldDefinition],
        tested_only: &[&'a FieldDefinition],
    ) -> Self {
        let name = |field: &&'a FieldDefinition| field.field_name.as_str();
        let any_type = selection
            .iter()
            .filter(|field| Soql::field_type(field) == Some("anyType"));
        Self {
            any_type: any_type.map(name).collect(),
            tested_only: tested_only.iter().map(name).collect(),
        }
    }

    /// Returns the record of a row.
    pub(crate) fn record(&self, row: &RawValue) -> Result<Record> {
        if self.any_type.is_empty()
            && self.tested_only.is_empty()
            && let Some(text) = without_attributes(row.get())
        {
            return Ok(Record::from_json_unchecked(text));
        }
        let mut fields: BTreeMap<&str, Box<RawValue>> =
            serde_json::from_str(row.get()).map_err(unwritable)?;
        fields.retain(|name, _| *name != "attributes" && !self.tested_only.contains(name));
        for (name, value) in &mut fields {
            if self.any_type.contains(name)
                && !value.get().starts_with('"')
                && value.get() != "null"
            {
                *value = to_raw_value(value.get()).map_err(unwritable)?;
            }
        }
        Record::from_value(&fields).map_err(unwritable)
    }
}

/// Returns the row's text without the attributes, or `None` if the row does not begin with them.
fn without_attributes(row: &str) -> Option<String> {
    let attributes = row.strip_prefix(r#"{"attributes":"#)?;
    let mut values = serde_json::Deserializer::from_str(attributes).into_iter::<&RawValue>();
    values.next()?.ok()?;
    let fields = attributes[values.byte_offset()..].strip_prefix(',')?;
    Some(format!("{{{fields}"))
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
        };
        shape.record(&row).map(|record| record.as_str().to_owned())
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
