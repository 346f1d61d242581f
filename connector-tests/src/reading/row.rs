use std::collections::BTreeMap;
use std::fmt::Write as _;

use appflow_connector_model::Record;
use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A record by field. Values are kept as JSON text, so that no digit is lost.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    fields: BTreeMap<String, Box<RawValue>>,
}

impl Row {
    /// Reads a record.
    pub(crate) fn read(record: &Record) -> Result<Self, serde_json::Error> {
        let fields = serde_json::from_str(record.as_str())?;
        Ok(Self { fields })
    }

    /// The names of the fields.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// The JSON of a field; `None` if it is missing or null.
    pub(crate) fn get(&self, field: &str) -> Option<&str> {
        let raw = self.fields.get(field)?.get();
        (raw != "null").then_some(raw)
    }

    /// A text that is the same for two records if, and only if, they have the same values in these
    /// fields. Without fields: in all.
    pub(crate) fn key(&self, fields: &[String]) -> String {
        let mut key = String::new();
        if fields.is_empty() {
            for name in self.fields.keys() {
                if let Some(value) = self.get(name) {
                    // Writing to a string cannot fail.
                    let _ = write!(key, "{name:?}:{value},");
                }
            }
        } else {
            for name in fields {
                key.push_str(self.get(name).unwrap_or("null"));
                key.push(',');
            }
        }
        key
    }

    /// The record with some of its fields.
    pub(crate) fn project<'f>(&self, fields: impl IntoIterator<Item = &'f str>) -> Record {
        let mut json = String::from("{");
        for name in fields {
            if let Some(value) = self.get(name) {
                if json.len() > 1 {
                    json.push(',');
                }
                json.push_str(&Value::from(name).to_string());
                json.push(':');
                json.push_str(value);
            }
        }
        json.push('}');
        Record::from_json_unchecked(json)
    }

    /// Those of the given fields in which two records differ. A missing field equals null.
    pub(crate) fn differing<'f>(&self, other: &Self, fields: &'f [String]) -> Vec<&'f str> {
        fields
            .iter()
            .map(String::as_str)
            .filter(|name| !is_same(self.get(name), other.get(name)))
            .collect()
    }

    /// The record as one JSON value, for findings.
    pub(crate) fn to_text(&self) -> String {
        let fields: Map<String, Value> = self
            .fields
            .iter()
            .filter_map(|(name, raw)| Some((name.clone(), serde_json::from_str(raw.get()).ok()?)))
            .collect();
        Value::Object(fields).to_string()
    }
}

/// Whether two values in JSON are equal: also `5` and `5.0`, or one moment with two offsets.
fn is_same(one: Option<&str>, other: Option<&str>) -> bool {
    if one == other {
        return true;
    }
    let value = |raw: Option<&str>| serde_json::from_str(raw.unwrap_or("null")).unwrap_or_default();
    match (value(one), value(other)) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::String(one), Value::String(other)) => {
            let moment = |text: &str| text.parse::<Timestamp>().ok();
            one == other || moment(&one).is_some_and(|one| Some(one) == moment(&other))
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(json: &str) -> Row {
        Row::read(&Record::from_json_unchecked(json.to_owned())).unwrap()
    }

    #[test]
    fn a_key_distinguishes_records_by_its_fields() {
        let key = |json: &str, fields: &[&str]| {
            let fields: Vec<String> = fields.iter().map(|name| (*name).to_owned()).collect();
            row(json).key(&fields)
        };
        assert_eq!(
            key(r#"{"a":1,"b":2}"#, &["a"]),
            key(r#"{"b":3,"a":1}"#, &["a"])
        );
        assert_ne!(key(r#"{"a":1,"b":2}"#, &[]), key(r#"{"b":3,"a":1}"#, &[]));
        assert_eq!(key(r#"{"a":1,"b":null}"#, &[]), key(r#"{"a":1}"#, &[]));
        assert_ne!(key(r#"{"a":"1"}"#, &["a"]), key(r#"{"a":1}"#, &["a"]));
    }

    #[test]
    fn a_part_of_a_record_keeps_every_digit() {
        let part = row(r#"{"a":0.10000000000000000001,"b":2,"c":null}"#).project(["a", "c", "d"]);
        assert_eq!(part.as_str(), r#"{"a":0.10000000000000000001}"#);
    }

    #[test]
    fn values_differ_and_not_their_spelling() {
        let fields = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let one = row(r#"{"a":"\u0041","b":null,"c":1}"#);
        assert_eq!(one.differing(&row(r#"{"a":"A","c":2}"#), &fields), ["c"]);
        let one = row(r#"{"a":5,"b":"2024-01-01T01:00:00+01:00"}"#);
        let other = row(r#"{"a":5.0,"b":"2024-01-01T00:00:00.000Z"}"#);
        assert!(one.differing(&other, &fields).is_empty());
    }
}
