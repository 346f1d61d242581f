//! A record as Salesforce's answers hold it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// A record's fields in Salesforce's order, each value as the JSON text that Salesforce wrote. `attributes`, which says where the
/// record came from, is left out.
pub(crate) struct Row<'a>(Vec<(&'a str, Cow<'a, RawValue>)>);

impl Row<'_> {
    /// Makes a string of a field's value if it is something else: `42` becomes `"42"`. Null stays null.
    pub(crate) fn make_string(&mut self, name: &str) {
        for (_, value) in self.0.iter_mut().filter(|(field, _)| *field == name) {
            if !value.get().starts_with('"')
                && value.get() != "null"
                && let Ok(string) = to_raw_value(value.get())
            {
                *value = Cow::Owned(string);
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Row<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RowVisitor;

        impl<'de> Visitor<'de> for RowVisitor {
            type Value = Row<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a record")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Row<'de>, M::Error> {
                let mut fields = Vec::with_capacity(16);
                while let Some(name) = map.next_key::<&str>()? {
                    if name == "attributes" {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        fields.push((name, Cow::Borrowed(map.next_value::<&RawValue>()?)));
                    }
                }
                Ok(Row(fields))
            }
        }

        deserializer.deserialize_map(RowVisitor)
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
