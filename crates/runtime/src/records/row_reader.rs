//! Converts an application's JSON rows to records.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use appflow_connector_model::{ConnectorError, Record};
use memchr::memchr2;
use memchr::memmem::Finder;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::source_page::Row;
use crate::results::Result;

/// Converts an application's JSON rows to records: removes members, flattens nested objects, and
/// writes values in the form that AppFlow reads. What needs no conversion is copied as it is, so no
/// digit is lost.
///
/// Rows are read fastest if the removed members and the key come first, in any order.
///
/// ```
/// use appflow_connector_runtime::records::RowReader;
/// use serde_json::value::RawValue;
///
/// let reader = RowReader::new()
///     .remove("attributes")
///     .remove_key("Id")
///     .flatten("Owner.Name")
///     .date_time("Created");
/// let row: &RawValue = serde_json::from_str(
///     r#"{"attributes": {"type": "Account"}, "Id": "001", "Amount": 1.50,
///         "Created": "2026-02-03T04:05:06.000+0000", "Owner": {"Name": "Ada"}}"#,
/// )
/// .unwrap();
///
/// let row = reader.read(row).unwrap();
/// assert_eq!(row.key.as_deref(), Some("001"));
/// assert_eq!(
///     row.record.unwrap().as_str(),
///     r#"{"Amount":1.50,"Created":"2026-02-03T04:05:06.000+00:00","Owner.Name":"Ada"}"#
/// );
/// ```
#[derive(Clone, Debug, Default)]
pub struct RowReader {
    key: Option<String>,
    removed: Vec<String>,
    selected: Option<HashSet<String>>,
    texts: HashSet<String>,
    date_times: Vec<DateTimeField>,
    nested: Vec<NestedField>,
}

#[derive(Clone, Debug)]
struct DateTimeField {
    name: String,
    /// Finds the quoted name. JSON escapes quotes in strings, so that it is found only as the name
    /// of a member, or as a whole string.
    quoted_name: Finder<'static>,
}

impl DateTimeField {
    /// Returns where the string ends that is this field's value.
    fn end_of_value(&self, record: &str) -> Option<usize> {
        let name_bytes = self.quoted_name.needle().len();
        let mut found = self.quoted_name.find_iter(record.as_bytes());
        let value = found.find_map(|start| {
            let rest = record[start + name_bytes..].trim_start();
            rest.strip_prefix(':')
        })?;
        let text = value.trim_start().strip_prefix('"')?;
        Some(record.len() - text.len() + text.find('"')?)
    }
}

#[derive(Clone, Debug)]
struct NestedField {
    /// The record's field, such as `Owner.Name`.
    name: String,
    parent: String,
    member: String,
}

impl RowReader {
    /// Copies rows as they are.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads each row's key, a string or a number, from this member.
    #[must_use]
    pub fn key(mut self, name: impl Into<String>) -> Self {
        self.key = Some(name.into());
        self
    }

    /// Reads each row's key from this member, and removes it from the record.
    #[must_use]
    pub fn remove_key(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.remove(name.clone()).key(name)
    }

    /// Removes this member from the records.
    #[must_use]
    pub fn remove(mut self, name: impl Into<String>) -> Self {
        self.removed.push(name.into());
        self
    }

    /// Leaves out the members that do not have one of these names. A [flattened](Self::flatten)
    /// field counts by its own name. Default: all members stay.
    #[must_use]
    pub fn select<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.selected = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Writes this field's numbers and booleans as strings, for a field whose values have various
    /// types.
    #[must_use]
    pub fn text(mut self, name: impl Into<String>) -> Self {
        self.texts.insert(name.into());
        self
    }

    /// Writes this field's date-times as RFC 3339 does, with a colon in the offset: `+0000` becomes
    /// `+00:00`. Other values remain as they are.
    #[must_use]
    pub fn date_time(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        let quoted_name = Finder::new(&quoted(&name)).into_owned();
        self.date_times.push(DateTimeField { name, quoted_name });
        self
    }

    /// Takes the field `parent.member` from the member of an object in the row. If the object is
    /// null, so is the field. The object itself does not become a field. A name without a dot
    /// changes nothing.
    #[must_use]
    pub fn flatten(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        if let Some((parent, member)) = name.split_once('.') {
            self.nested.push(NestedField {
                parent: parent.to_owned(),
                member: member.to_owned(),
                name,
            });
        }
        self
    }

    /// Converts a row.
    ///
    /// # Errors
    /// ServerError if the row is not a JSON object, or has no key.
    pub fn read(&self, row: &RawValue) -> Result<Row> {
        self.convert(row.get())
    }

    /// Converts a row if it passes a test, such as a residual filter. The test gets all members of
    /// the row, also those that are removed afterwards; nested ones are flattened.
    ///
    /// # Errors
    /// As [`read`](Self::read), and those of the test.
    pub fn read_if(
        &self,
        row: &RawValue,
        test: impl FnOnce(&Record) -> Result<bool>,
    ) -> Result<Row> {
        let flat = if self.nested.is_empty() {
            row.get().to_owned()
        } else {
            let flatten = Self {
                nested: self.nested.clone(),
                ..Self::default()
            };
            flatten.rewrite(row.get())?.1
        };
        let passes = test(&Record::from_json_unchecked(flat))?;
        let row = self.convert(row.get())?;
        Ok(Row {
            record: row.record.filter(|_| passes),
            ..row
        })
    }

    fn convert(&self, row: &str) -> Result<Row> {
        let fast = self.without_front(row);
        let (key, text) = match fast {
            Some((key, rest)) => (key.map(Cow::into_owned), self.copy(rest)),
            None => self.rewrite(row)?,
        };
        if key.is_none()
            && let Some(name) = &self.key
        {
            return Err(ConnectorError::server_error(format!(
                "a record from the application has no `{name}`, the key that its pages are read by"
            )));
        }
        let record = Some(Record::from_json_unchecked(text));
        Ok(Row { key, record })
    }

    /// Converts a record that was converted before, which has no nested members and no key.
    pub(crate) fn convert_record(&self, record: &Record) -> Result<Record> {
        let (_, text) = self.rewrite(record.as_str())?;
        Ok(Record::from_json_unchecked(text))
    }

    fn is_selected(&self, name: &str) -> bool {
        self.selected
            .as_ref()
            .is_none_or(|names| names.contains(name))
    }

    /// Returns the row's key, and its text after the opening brace and the members that are
    /// removed. Returns `None` if the row does not begin with them, or needs other conversions.
    fn without_front<'r>(&self, row: &'r str) -> Option<(Option<Cow<'r, str>>, &'r str)> {
        if !self.texts.is_empty() || !self.nested.is_empty() || self.selected.is_some() {
            return None;
        }
        let mut rest = row.strip_prefix('{')?;
        let mut key = None;
        if self.removed.is_empty() {
            let name = self.key.as_ref();
            return Some((name.and_then(|name| key_text(member_of(row, name))), rest));
        }
        let mut removed = 0;
        while removed < self.removed.len() || (self.key.is_some() && key.is_none()) {
            let (name, value, after) = first_member(rest)?;
            let is_removed = self.removed.iter().any(|removed| removed == name);
            if self.key.as_deref() == Some(name) {
                key = Some(key_text(value)?);
                if !is_removed {
                    // Nothing behind a member that remains is removed.
                    return (removed == self.removed.len()).then_some((key, rest));
                }
            }
            if !is_removed {
                return None;
            }
            removed += 1;
            rest = after;
        }
        Some((key, rest))
    }

    /// Returns the record whose text after the opening brace is `rest`.
    fn copy(&self, rest: &str) -> String {
        let mut record = String::with_capacity(1 + rest.len() + self.date_times.len());
        record.push('{');
        record.push_str(rest);
        for field in &self.date_times {
            if let Some(end) = field.end_of_value(&record)
                && has_offset_without_colon(&record[..end])
            {
                record.insert(end - 2, ':');
            }
        }
        record
    }

    /// Converts a row member by member.
    fn rewrite(&self, row: &str) -> Result<(Option<String>, String)> {
        let rewrite = Rewrite {
            reader: self,
            key: None,
            record: String::with_capacity(row.len()),
        };
        rewrite
            .deserialize(&mut serde_json::Deserializer::from_str(row))
            .map_err(|_| {
                ConnectorError::server_error("a record from the application is not a JSON object")
            })
    }
}

/// Divides the text after an object's opening brace, or after a comma, into the name and the value
/// of its first member and the text after it. Returns `None` at the end, and if the name has
/// escapes or white space around it.
fn first_member(members: &str) -> Option<(&str, &str, &str)> {
    let text = members.strip_prefix('"')?;
    let (name, value) = text.split_at(memchr2(b'"', b'\\', text.as_bytes())?);
    let value = value.strip_prefix("\":")?;
    let (value, after) = value.split_at(end_of_value(value)?);
    let rest = after
        .strip_prefix(',')
        .or((after == "}").then_some(after))?;
    Some((name, value, rest))
}

/// Returns the length of the JSON value that a text begins with.
fn end_of_value(text: &str) -> Option<usize> {
    if let Some(string) = text.strip_prefix('"')
        && let Some(end) = memchr2(b'"', b'\\', string.as_bytes())
        && string.as_bytes()[end] == b'"'
    {
        return Some(end + 2);
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

/// Returns whether a JSON text that ends within a string ends with a date-time whose offset has no
/// colon, such as `…"2026-02-03T04:05:06.000+0000`.
fn has_offset_without_colon(text: &str) -> bool {
    let value = text.rsplit('"').next().unwrap_or_default().as_bytes();
    let Some((time, [sign, offset @ ..])) = value.split_last_chunk::<5>() else {
        return false;
    };
    time.len() >= "2026-02-03T04:05".len()
        && time.is_ascii()
        && time[10] == b'T'
        && matches!(sign, b'+' | b'-')
        && offset.iter().all(u8::is_ascii_digit)
}

/// Writes a row's members one after the other.
struct Rewrite<'a> {
    reader: &'a RowReader,
    key: Option<String>,
    record: String,
}

impl<'de> DeserializeSeed<'de> for Rewrite<'_> {
    type Value = (Option<String>, String);

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> std::result::Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Rewrite<'_> {
    type Value = (Option<String>, String);

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(
        mut self,
        mut members: M,
    ) -> std::result::Result<Self::Value, M::Error> {
        self.record.push('{');
        while let Some(name) = members.next_key::<Cow<'_, str>>()? {
            let value: &RawValue = members.next_value()?;
            self.member(&name, value.get());
        }
        self.record.push('}');
        Ok((self.key, self.record))
    }
}

impl Rewrite<'_> {
    fn member(&mut self, name: &str, value: &str) {
        if self.reader.key.as_deref() == Some(name) {
            self.key = key_text(value).map(Cow::into_owned);
        }
        if self.reader.removed.iter().any(|removed| removed == name) {
            return;
        }
        let mut is_parent = false;
        for field in &self.reader.nested {
            if field.parent == name {
                is_parent = true;
                let is_removed = self.reader.removed.contains(&field.name);
                if !is_removed && self.reader.is_selected(&field.name) {
                    self.write(&field.name, member_of(value, &field.member));
                }
            }
        }
        let names = self.reader.selected.as_ref();
        let is_field = names.map_or(!is_parent, |names| names.contains(name));
        if is_field {
            self.write(name, value);
        }
    }

    fn write(&mut self, name: &str, value: &str) {
        if self.record.len() > 1 {
            self.record.push(',');
        }
        self.record.push_str(&quoted(name));
        self.record.push(':');
        let is_string = value.starts_with('"');
        let mut date_times = self.reader.date_times.iter();
        if !is_string && value != "null" && self.reader.texts.contains(name) {
            self.record.push_str(&quoted(value));
        } else if is_string
            && date_times.any(|field| field.name == name)
            && has_offset_without_colon(&value[..value.len() - 1])
        {
            let (time, minutes) = value.split_at(value.len() - 3);
            self.record.extend([time, ":", minutes]);
        } else {
            self.record.push_str(value);
        }
    }
}

/// Returns the text as a JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns a key as text: the content of a string, or a number.
pub(crate) fn key_text(value: &str) -> Option<Cow<'_, str>> {
    let text = value
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    match text {
        Some(text) if !text.contains('\\') => Some(text.into()),
        Some(_) => serde_json::from_str(value).ok().map(Cow::Owned),
        None if value.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
            Some(value.into())
        }
        None => None,
    }
}

/// Returns the value of an object's member, `null` if it has no such member or is not an object.
fn member_of<'v>(object: &'v str, name: &str) -> &'v str {
    let mut deserializer = serde_json::Deserializer::from_str(object);
    let member = MemberOf(name).deserialize(&mut deserializer);
    member.ok().flatten().map_or("null", RawValue::get)
}

/// Finds one member of an object and skips the others.
struct MemberOf<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for MemberOf<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> std::result::Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for MemberOf<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(
        self,
        mut members: M,
    ) -> std::result::Result<Self::Value, M::Error> {
        let mut found = None;
        while let Some(name) = members.next_key::<Cow<'_, str>>()? {
            if name == self.0 {
                found = Some(members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn raw(row: &str) -> &RawValue {
        serde_json::from_str(row).unwrap()
    }

    fn record(reader: &RowReader, row: &str) -> String {
        let row = reader.read(raw(row)).unwrap();
        row.record.unwrap().as_str().to_owned()
    }

    #[test]
    fn the_key_is_found_in_rows_of_any_form() {
        for (row, key, record) in [
            (r#"{"attributes":{},"Id":"1","N":1}"#, "1", r#"{"N":1}"#),
            (r#"{"Id":"1","attributes":{},"N":1}"#, "1", r#"{"N":1}"#),
            (r#"{"attributes":{},"Id":"1"}"#, "1", "{}"),
            (r#"{"attributes":{}, "Id": "1", "N":1}"#, "1", r#"{"N":1}"#),
            (r#"{"N":1,"Id":"1","attributes":{}}"#, "1", r#"{"N":1}"#),
            (r#"{"attributes":{},"Id":17,"N":1}"#, "17", r#"{"N":1}"#),
            (r#"{"attributes":{},"\u0049d":"1"}"#, "1", "{}"),
            (
                r#"{"attributes":{},"Id":"a\"\\b","N":1}"#,
                "a\"\\b",
                r#"{"N":1}"#,
            ),
        ] {
            let without = RowReader::new().remove("attributes").remove_key("Id");
            let found = without.read(raw(row)).unwrap();
            assert_eq!(found.key.as_deref(), Some(key), "{row}");
            assert_eq!(found.record.unwrap().as_str(), record, "{row}");

            let with = RowReader::new().remove("attributes").key("Id");
            let found = with.read(raw(row)).unwrap();
            assert_eq!(found.key.as_deref(), Some(key), "{row}");
            let found: serde_json::Map<_, _> = found.record.unwrap().parse().unwrap();
            assert!(found.contains_key("Id"), "{row}");
            assert!(!found.contains_key("attributes"), "{row}");
        }
        for row in [
            r#"{"attributes":{},"N":1}"#,
            r#"{"attributes":{},"Id":null}"#,
            r#"{"Id":true}"#,
            "{}",
        ] {
            let error = RowReader::new().key("Id").read(raw(row)).unwrap_err();
            assert_eq!(
                error.message(),
                "a record from the application has no `Id`, the key that its pages are read by"
            );
        }
    }

    #[test]
    fn what_needs_no_conversion_is_unchanged() {
        let row = r#"{"attributes":{"type":"A","url":"/x\"},{"},"Id":"1","N":12345678901234567890.10,"T":"a\"b","S":{"x":null}}"#;
        let expected = r#"{"Id":"1","N":12345678901234567890.10,"T":"a\"b","S":{"x":null}}"#;
        assert_eq!(
            record(&RowReader::new().remove("attributes"), row),
            expected
        );
        assert_eq!(record(&RowReader::new(), expected), expected);
    }

    #[test]
    fn removed_members_may_be_anywhere_or_absent() {
        let reader = RowReader::new().remove("attributes");
        for row in [
            r#"{"attributes":{},"Id":"1","N":1.50}"#,
            r#"{"Id":"1","N":1.50,"attributes":{}}"#,
            r#"{ "attributes": {}, "Id": "1", "N": 1.50 }"#,
            r#"{"attributes":{} ,"Id":"1","N":1.50}"#,
            r#"{"Id":"1","N":1.50}"#,
        ] {
            assert_eq!(record(&reader, row), r#"{"Id":"1","N":1.50}"#, "{row}");
        }
        assert_eq!(record(&reader, r#"{"attributes":{}}"#), "{}");
        for row in ["5", "[]", "null", r#""x""#] {
            assert!(reader.read(raw(row)).is_err(), "{row}");
        }
    }

    #[test]
    fn values_of_various_types_become_strings() {
        let reader = ["A", "B", "C", "D", "F"]
            .into_iter()
            .fold(RowReader::new(), RowReader::text);
        assert_eq!(
            record(&reader, r#"{"A":42,"B":true,"C":"x","D":null,"E":7}"#),
            r#"{"A":"42","B":"true","C":"x","D":null,"E":7}"#
        );
    }

    #[test]
    fn date_times_have_a_colon_in_the_offset() {
        let reader = RowReader::new().date_time("D").date_time("E");
        for (value, expected) in [
            (
                "2026-02-03T04:05:06.000+0000",
                "2026-02-03T04:05:06.000+00:00",
            ),
            ("2026-02-03T04:05:06-0530", "2026-02-03T04:05:06-05:30"),
            ("2026-02-03T04:05:06Z", "2026-02-03T04:05:06Z"),
            ("2026-02-03T04:05:06+00:00", "2026-02-03T04:05:06+00:00"),
            ("2026-02-03", "2026-02-03"),
            (
                "ünïcödé wîth à dâte Tïme+0000",
                "ünïcödé wîth à dâte Tïme+0000",
            ),
            ("+0000", "+0000"),
            ("", ""),
        ] {
            for row in [
                format!(r#"{{"D":"{value}","T":"{value}","E":null}}"#),
                format!(r#"{{"T":"\"D\":\"{value}","D":"{value}"}}"#),
                format!(r#"{{"D" : "{value}"}}"#),
            ] {
                let found: serde_json::Value =
                    serde_json::from_str(&record(&reader, &row)).unwrap();
                assert_eq!(found["D"], expected, "{row}");
                let before: serde_json::Value = serde_json::from_str(&row).unwrap();
                assert_eq!(found["T"], before["T"], "{row}");
            }
        }
    }

    #[test]
    fn members_of_nested_objects_become_fields() {
        let reader = RowReader::new()
            .remove("attributes")
            .flatten("Owner.Name")
            .flatten("Owner.Created")
            .date_time("Owner.Created");
        assert_eq!(
            record(
                &reader,
                r#"{"attributes":{},"Owner":{"attributes":{},"Name":"A","Created":"2026-02-03T04:05:06.000+0000"},"N":1}"#
            ),
            r#"{"Owner.Name":"A","Owner.Created":"2026-02-03T04:05:06.000+00:00","N":1}"#
        );
        assert_eq!(
            record(&reader, r#"{"Owner":null}"#),
            r#"{"Owner.Name":null,"Owner.Created":null}"#
        );
    }

    #[test]
    fn a_test_sees_all_members() {
        let reader = RowReader::new().remove_key("Id").remove("T");
        let reader = reader.flatten("O.N").flatten("O.M").remove("O.M");
        let row = raw(r#"{"Id":"1","T":2,"O":{"N":3,"M":5},"X":4}"#);
        let mut seen = String::new();
        let found = reader
            .read_if(row, |record| {
                seen = record.as_str().to_owned();
                Ok(true)
            })
            .unwrap();
        assert_eq!(seen, r#"{"Id":"1","T":2,"O.N":3,"O.M":5,"X":4}"#);
        assert_eq!(found.record.unwrap().as_str(), r#"{"O.N":3,"X":4}"#);
        let found = reader.read_if(row, |_| Ok(false)).unwrap();
        assert_eq!((found.key.as_deref(), found.record), (Some("1"), None));
    }

    proptest! {
        /// The fast way and the one that reads every member return the same record.
        #[test]
        fn both_ways_agree(
            members in prop::collection::btree_map("[A-D]|é|\"", 0..5_u32, 0..6),
            date in "2026-02-03T04:05:06(Z|\\+0000|-0130)",
            remove in prop::collection::vec("[A-D]", 0..3),
        ) {
            let mut row = serde_json::Map::new();
            for (name, value) in members {
                let value = if value == 0 { date.clone().into() } else { value.into() };
                row.insert(name, value);
            }
            let text = serde_json::to_string(&row).unwrap();
            let reader = remove.into_iter().fold(RowReader::new().date_time("A"), RowReader::remove);
            let read: serde_json::Value = reader.read(raw(&text)).unwrap().record.unwrap().parse().unwrap();
            let rewritten: serde_json::Value = serde_json::from_str(&reader.rewrite(&text).unwrap().1).unwrap();
            prop_assert_eq!(read, rewritten);
        }
    }
}
