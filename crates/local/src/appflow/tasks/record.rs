//! Records as they come from a source.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use appflow_connector_model::Record;
use csv::StringRecord;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::value::Value;

/// One record of a source.
#[derive(Clone, Debug)]
pub(crate) enum SourceRecord {
    /// One JSON object.
    Json(Record),
    /// A line of a CSV file, and the names of its columns.
    Csv {
        header: Arc<StringRecord>,
        line: StringRecord,
    },
}

impl SourceRecord {
    /// Returns the text of a JSON object as a record. It is checked when it is read.
    pub(crate) fn json(text: String) -> Self {
        Self::Json(Record::from_json_unchecked(text))
    }

    /// Returns the length of its text in bytes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Json(record) => record.as_str().len(),
            // A comma or a line end follows each field.
            Self::Csv { line, .. } => line.as_slice().len() + line.len(),
        }
    }

    /// Calls `each` with every field and its value, `None` for null, in the record's order.
    ///
    /// # Errors
    ///
    /// If a JSON record is not one object. The message does not show it.
    pub(crate) fn read<'r>(
        &'r self,
        mut each: impl FnMut(Cow<'r, str>, Option<Value<'r>>),
    ) -> Result<(), serde_json::Error> {
        match self {
            Self::Json(record) => {
                let mut reader = serde_json::Deserializer::from_str(record.as_str());
                Members(|name, json: &'r RawValue| each(name, Value::from_json(json.get())))
                    .deserialize(&mut reader)?;
                reader.end()
            }
            Self::Csv { header, line } => {
                for (index, name) in header.iter().enumerate() {
                    let text = line.get(index).filter(|text| !text.is_empty());
                    let value = text.map(|text| Value::Text(Cow::Borrowed(text)));
                    each(Cow::Borrowed(name), value);
                }
                Ok(())
            }
        }
    }
}

/// Calls a function with each member of an object.
struct Members<F>(F);

impl<'de, F: FnMut(Cow<'de, str>, &'de RawValue)> DeserializeSeed<'de> for Members<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(Cow<'de, str>, &'de RawValue)> Visitor<'de> for Members<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(mut self, mut members: M) -> Result<(), M::Error> {
        while let Some((name, json)) = members.next_entry::<Name<'de>, &'de RawValue>()? {
            (self.0)(name.0, json);
        }
        Ok(())
    }
}

/// A member's name, borrowed if it has no escapes.
#[derive(Deserialize)]
struct Name<'n>(#[serde(borrow)] Cow<'n, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(record: &SourceRecord) -> Vec<(String, Option<String>)> {
        let mut fields = Vec::new();
        let each = |name: Cow<'_, str>, value: Option<Value<'_>>| {
            fields.push((
                name.into_owned(),
                value.map(|value| value.text().into_owned()),
            ));
        };
        record.read(each).unwrap();
        fields
    }

    fn field(name: &str, value: Option<&str>) -> (String, Option<String>) {
        (name.to_owned(), value.map(str::to_owned))
    }

    #[test]
    fn members_of_an_object_are_read_in_their_order() {
        let record = SourceRecord::json(r#"{"b": 1.50, "\u0061": null, "c": {"d": 1}}"#.to_owned());
        assert_eq!(
            fields(&record),
            [
                field("b", Some("1.50")),
                field("a", None),
                field("c", Some(r#"{"d": 1}"#))
            ]
        );
    }

    #[test]
    fn a_short_or_empty_field_of_a_line_is_null() {
        let record = SourceRecord::Csv {
            header: Arc::new(StringRecord::from(vec!["a", "b", "c"])),
            line: StringRecord::from(vec!["1", ""]),
        };
        assert_eq!(
            fields(&record),
            [field("a", Some("1")), field("b", None), field("c", None)]
        );
    }

    #[test]
    fn what_is_not_one_object_is_an_error() {
        for text in ["", "[]", "{} {}", r#"{"a":}"#, "1"] {
            let record = SourceRecord::json(text.to_owned());
            assert!(record.read(|_, _| {}).is_err(), "{text}");
        }
    }
}
