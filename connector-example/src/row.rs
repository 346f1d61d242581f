//! From a record in Salesforce's answer to one for AppFlow.
//!
//! Salesforce writes `{"attributes":{…},"Id":"…",…}`: first where the record comes from, then the fields. AppFlow gets what follows
//! the attributes, as it stands. To read a page field by field, only to write it again, would take twice as long.

use std::collections::BTreeMap;

use appflow_connector_sdk::Result;
use appflow_connector_sdk::model::{ConnectorError, FieldDefinition, Record};
use appflow_connector_sdk::queryfilter::translate::Soql;
use serde_json::value::{RawValue, to_raw_value};

/// What records look like that rows become.
pub(crate) struct Shape<'a> {
    /// Fields of any type, whose values may be strings, numbers or booleans. They get strings: AppFlow knows no such type.
    any_type: Vec<&'a str>,
    /// Fields that were asked for only to test them, and that records do not have.
    tested_only: Vec<&'a str>,
}

impl<'a> Shape<'a> {
    /// Records with the fields of a selection, of rows with others as well.
    pub(crate) fn new(selection: &[&'a FieldDefinition], tested_only: &[&'a FieldDefinition]) -> Self {
        let name = |field: &&'a FieldDefinition| field.field_name.as_str();
        let any_type = selection.iter().filter(|field| Soql::field_type(field) == Some("anyType"));
        Self { any_type: any_type.map(name).collect(), tested_only: tested_only.iter().map(name).collect() }
    }

    /// The record without its attributes.
    pub(crate) fn record(&self, row: &RawValue) -> Result<Record> {
        if self.any_type.is_empty()
            && self.tested_only.is_empty()
            && let Some(text) = without_attributes(row.get())
        {
            return Ok(Record::from_json_unchecked(text));
        }
        let mut fields: BTreeMap<&str, Box<RawValue>> = serde_json::from_str(row.get()).map_err(unwritable)?;
        fields.retain(|name, _| *name != "attributes" && !self.tested_only.contains(name));
        for (name, value) in &mut fields {
            if self.any_type.contains(name) && !value.get().starts_with('"') && value.get() != "null" {
                *value = to_raw_value(value.get()).map_err(unwritable)?;
            }
        }
        Record::from_value(&fields).map_err(unwritable)
    }
}

/// `None` if the row does not begin with its attributes.
fn without_attributes(row: &str) -> Option<String> {
    let attributes = row.strip_prefix(r#"{"attributes":"#)?;
    let mut values = serde_json::Deserializer::from_str(attributes).into_iter::<&RawValue>();
    values.next()?.ok()?;
    let fields = attributes[values.byte_offset()..].strip_prefix(',')?;
    Some(format!("{{{fields}"))
}

fn unwritable(error: impl std::error::Error) -> ConnectorError {
    ConnectorError::server_error(format!("the record cannot be passed on: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(row: &str, any_type: &[&str], tested_only: &[&str]) -> Result<String> {
        let row = RawValue::from_string(row.to_owned()).unwrap();
        let shape = Shape { any_type: any_type.to_vec(), tested_only: tested_only.to_vec() };
        shape.record(&row).map(|record| record.as_str().to_owned())
    }

    #[test]
    fn a_row_is_passed_on_as_it_stands_without_its_attributes() {
        let row = r#"{"attributes":{"type":"A","url":"/x\"},{"},"Id":"1","N":12345678901234567890.10,"T":"a\"b","S":{"x":null}}"#;
        let record = r#"{"Id":"1","N":12345678901234567890.10,"T":"a\"b","S":{"x":null}}"#;
        assert_eq!(convert(row, &[], &[]).unwrap(), record);
    }

    #[test]
    fn attributes_may_stand_anywhere_or_nowhere() {
        for row in [
            r#"{"Id":"1","N":1.50,"attributes":{}}"#,
            r#"{ "attributes": {}, "Id": "1", "N": 1.50 }"#,
            r#"{"attributes":{} ,"Id":"1","N":1.50}"#,
            r#"{"Id":"1","N":1.50}"#,
        ] {
            assert_eq!(convert(row, &[], &[]).unwrap(), r#"{"Id":"1","N":1.50}"#, "{row}");
        }
        assert_eq!(convert(r#"{"attributes":{}}"#, &[], &[]).unwrap(), "{}");
        assert!(convert("5", &[], &[]).is_err());
    }

    #[test]
    fn values_of_any_type_become_strings() {
        let row = r#"{"attributes":{},"A":42,"B":true,"C":"x","D":null,"E":7}"#;
        let record = r#"{"A":"42","B":"true","C":"x","D":null,"E":7}"#;
        assert_eq!(convert(row, &["A", "B", "C", "D", "F"], &[]).unwrap(), record);
    }

    #[test]
    fn fields_that_were_only_tested_are_taken_out() {
        let row = r#"{"attributes":{},"Id":"1","N":1.50,"Tags":"a;b"}"#;
        assert_eq!(convert(row, &[], &["Tags"]).unwrap(), r#"{"Id":"1","N":1.50}"#);
    }
}
