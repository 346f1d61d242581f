//! Checks a JSON value against its field and converts it to what SQLite stores.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use rusqlite::types::Value as Column;
use serde_json::Value;

use crate::record_id;
use crate::schema::field::{Field, FieldType};
use crate::write::error::WriteError;

/// The stored form of a value. Null and the empty string are stored as null, in a checkbox as
/// unchecked.
pub(crate) fn column_value(field: &Field, value: &Value) -> Result<Column, WriteError> {
    if value.is_null() || value.as_str() == Some("") {
        let unticked = field.kind == FieldType::Boolean;
        return Ok(if unticked { false.into() } else { Column::Null });
    }
    // Salesforce's parser takes everything that is not a single JSON token for an object or a list.
    let text = scalar_text(value).ok_or_else(|| wrong_type(field, value))?;
    let column = match field.kind {
        FieldType::Boolean => boolean(&text).map(Column::from),
        FieldType::Int | FieldType::Long => return whole_number(field, value, &text),
        FieldType::Double | FieldType::Currency | FieldType::Percent => {
            return number(field, value, &text);
        }
        FieldType::Date => date(&text),
        FieldType::DateTime => date_time(&text),
        FieldType::Time => time(&text),
        FieldType::Base64 => BASE64_STANDARD.decode(&text).ok().map(Column::Blob),
        FieldType::Id | FieldType::Reference => {
            let id = record_id::normalize(&text);
            return id
                .map(Column::Text)
                .ok_or_else(|| WriteError::bad_id(field, &text));
        }
        FieldType::AnyType | FieldType::Address | FieldType::Location => None,
        _ => return checked_text(field, text),
    };
    column.ok_or_else(|| wrong_type(field, value))
}

fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(boolean) => Some(boolean.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn wrong_type(field: &Field, value: &Value) -> WriteError {
    let (token, text) = match value {
        Value::Null => ("VALUE_NULL", "null".to_owned()),
        Value::Bool(true) => ("VALUE_TRUE", "true".to_owned()),
        Value::Bool(false) => ("VALUE_FALSE", "false".to_owned()),
        Value::Number(number) if number.is_f64() => ("VALUE_NUMBER_FLOAT", number.to_string()),
        Value::Number(number) => ("VALUE_NUMBER_INT", number.to_string()),
        Value::String(text) => ("VALUE_STRING", text.clone()),
        Value::Array(_) => ("START_ARRAY", "[".to_owned()),
        Value::Object(_) => ("START_OBJECT", "{".to_owned()),
    };
    WriteError::wrong_type(field, token, &text)
}

fn boolean(text: &str) -> Option<bool> {
    text.parse().ok()
}

fn whole_number(field: &Field, value: &Value, text: &str) -> Result<Column, WriteError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong_type(field, value));
    }
    let number: Option<i64> = text.parse().ok();
    number
        .filter(|number| number.unsigned_abs() < 10_u64.pow(field.digits))
        .map(Column::Integer)
        .ok_or_else(|| WriteError::out_of_range(field, text))
}

/// Rounds to the decimal places of the field.
fn number(field: &Field, value: &Value, text: &str) -> Result<Column, WriteError> {
    let number: f64 = text.parse().map_err(|_| wrong_type(field, value))?;
    if !number.is_finite() {
        return Err(wrong_type(field, value));
    }
    let limit: f64 = format!("1e{}", field.precision - field.scale)
        .parse()
        .unwrap_or(f64::MAX);
    let rounded: f64 = format!("{number:.*}", field.scale as usize)
        .parse()
        .unwrap_or(number);
    if rounded.abs() >= limit {
        return Err(WriteError::out_of_range(field, text));
    }
    Ok(Column::Real(rounded))
}

/// `2021-01-01`.
fn date(text: &str) -> Option<Column> {
    let date: Date = Date::strptime("%Y-%m-%d", text).ok()?;
    Some(Column::Text(date.to_string()))
}

/// `2021-01-01T00:00:00.000+0000`, with any offset and with or without fractions; `Z` for UTC.
fn date_time(text: &str) -> Option<Column> {
    let timestamp: Timestamp = text.parse().ok()?;
    Some(Column::Integer(timestamp.as_millisecond()))
}

/// `12:00:00.000Z`, with or without fractions and `Z`.
fn time(text: &str) -> Option<Column> {
    let time: Time = text.strip_suffix('Z').unwrap_or(text).parse().ok()?;
    let seconds =
        (i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60 + i64::from(time.second());
    Some(Column::Integer(
        seconds * 1_000 + i64::from(time.millisecond()),
    ))
}

fn checked_text(field: &Field, text: String) -> Result<Column, WriteError> {
    if text.chars().count() > field.length as usize {
        return Err(WriteError::too_long(field, &text));
    }
    if field.kind == FieldType::Email && !is_email(&text) {
        return Err(WriteError::bad_email(field, &text));
    }
    if field.restricted
        && let Some(bad) = choices(field, &text).find(|choice| !field.picklist.contains(choice))
    {
        return Err(WriteError::bad_choice(field, bad));
    }
    Ok(Column::Text(text))
}

/// The chosen values: several, separated by semicolons, in a multi-select picklist.
fn choices<'t>(field: &Field, text: &'t str) -> impl Iterator<Item = &'t str> {
    let several = field.kind == FieldType::MultiPicklist;
    text.split(move |character| several && character == ';')
}

fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else {
        return false;
    };
    let plain = |part: &str| !part.is_empty() && !part.contains(['@', ' ', ',', ';']);
    plain(name)
        && plain(host)
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn keep(field: &Field, value: &Value) -> Result<Column, (&'static str, String)> {
        column_value(field, value).map_err(|error| (error.code, error.message))
    }

    fn field(kind: FieldType) -> Field {
        Field::new("F", "Label", kind)
    }

    #[test]
    fn values_are_stored_as_queries_compare_them() {
        for (kind, value, column) in [
            (FieldType::Boolean, json!(true), Column::Integer(1)),
            (FieldType::Boolean, json!("false"), Column::Integer(0)),
            (FieldType::Boolean, json!(null), Column::Integer(0)),
            (FieldType::Int, json!(-12), Column::Integer(-12)),
            (FieldType::Int, json!("12"), Column::Integer(12)),
            (
                FieldType::Long,
                json!(999_999_999_999_999_999_i64),
                Column::Integer(999_999_999_999_999_999),
            ),
            (FieldType::Currency, json!(1.005), Column::Real(1.0)),
            (FieldType::Percent, json!("12.5"), Column::Real(12.5)),
            (
                FieldType::Date,
                json!("2024-02-29"),
                Column::Text("2024-02-29".into()),
            ),
            (
                FieldType::DateTime,
                json!("2021-01-01T00:00:00.000+0000"),
                Column::Integer(1_609_459_200_000),
            ),
            (
                FieldType::DateTime,
                json!("2021-01-01T01:00:00+01:00"),
                Column::Integer(1_609_459_200_000),
            ),
            (
                FieldType::DateTime,
                json!("2021-01-01T00:00:00Z"),
                Column::Integer(1_609_459_200_000),
            ),
            (
                FieldType::Time,
                json!("12:00:00.500Z"),
                Column::Integer(43_200_500),
            ),
            (
                FieldType::Base64,
                json!("iVA="),
                Column::Blob(vec![0x89, b'P']),
            ),
            (
                FieldType::Reference,
                json!("0015g0000000000"),
                Column::Text("0015g0000000000AAA".into()),
            ),
            (
                FieldType::String,
                json!("Zürich"),
                Column::Text("Zürich".into()),
            ),
            (FieldType::String, json!(12.5), Column::Text("12.5".into())),
            (FieldType::String, json!(""), Column::Null),
            (FieldType::Double, json!(""), Column::Null),
            (
                FieldType::Email,
                json!("a.b+c@example.com"),
                Column::Text("a.b+c@example.com".into()),
            ),
        ] {
            assert_eq!(keep(&field(kind), &value), Ok(column), "{kind:?} {value}");
        }
    }

    #[test]
    fn values_that_do_not_fit_are_refused_with_their_code() {
        for (kind, value, code) in [
            (
                FieldType::Boolean,
                json!("Yes"),
                "INVALID_TYPE_ON_FIELD_IN_RECORD",
            ),
            (
                FieldType::Boolean,
                json!(1),
                "INVALID_TYPE_ON_FIELD_IN_RECORD",
            ),
            (
                FieldType::Int,
                json!(1.5),
                "INVALID_TYPE_ON_FIELD_IN_RECORD",
            ),
            (
                FieldType::Int,
                json!(100_000_000),
                "NUMBER_OUTSIDE_VALID_RANGE",
            ),
            (
                FieldType::Long,
                json!(u64::MAX),
                "NUMBER_OUTSIDE_VALID_RANGE",
            ),
            (
                FieldType::Double,
                json!("NaN"),
                "INVALID_TYPE_ON_FIELD_IN_RECORD",
            ),
            (
                FieldType::Double,
                json!("ten"),
                "INVALID_TYPE_ON_FIELD_IN_RECORD",
            ),
            (FieldType::Double, json!(1e16), "NUMBER_OUTSIDE_VALID_RANGE"),
            (
                FieldType::Date,
                json!("2021-02-30"),
                "INVALID_TYPE_ON_FIELD_IN_RECORD",
            ),
            (
                FieldType::Date,
                json!("2021-01-01T00:00:00Z"),
                "INVALID_TYPE_ON_FIELD_IN_RECORD",
            ),
            (
                FieldType::DateTime,
                json!("2021-01-01"),
                "INVALID_TYPE_ON_FIELD_IN_RECORD",
            ),
            (
                FieldType::Time,
                json!("25:00:00Z"),
                "INVALID_TYPE_ON_FIELD_IN_RECORD",
            ),
            (
                FieldType::Base64,
                json!("not base64!"),
                "INVALID_TYPE_ON_FIELD_IN_RECORD",
            ),
            (FieldType::Reference, json!("001"), "MALFORMED_ID"),
            (
                FieldType::String,
                json!({ "a": 1 }),
                "INVALID_TYPE_ON_FIELD_IN_RECORD",
            ),
            (
                FieldType::String,
                json!(["a"]),
                "INVALID_TYPE_ON_FIELD_IN_RECORD",
            ),
            (FieldType::String, json!("x".repeat(256)), "STRING_TOO_LONG"),
            (FieldType::Email, json!("nobody"), "INVALID_EMAIL_ADDRESS"),
            (FieldType::Email, json!("a@b@c.d"), "INVALID_EMAIL_ADDRESS"),
        ] {
            let found = keep(&field(kind), &value).map_err(|(code, _)| code);
            assert_eq!(found, Err(code), "{kind:?} {value}");
        }
    }

    #[test]
    fn only_a_restricted_picklist_requires_its_values() {
        let free = field(FieldType::Picklist).values(&["A", "B"]);
        assert!(keep(&free, &json!("C")).is_ok());
        let restricted = field(FieldType::MultiPicklist)
            .values(&["A", "B"])
            .retired_values(&["Z"])
            .restricted();
        assert!(keep(&restricted, &json!("A;B")).is_ok());
        for (value, bad) in [("A;C", "C"), ("Z", "Z"), ("A;;B", "")] {
            let error = keep(&restricted, &json!(value)).unwrap_err();
            assert_eq!(
                error,
                (
                    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                    format!("Label: bad value for restricted picklist field: {bad}")
                )
            );
        }
    }

    proptest! {
        /// Any text for any field is stored or refused.
        #[test]
        fn any_text_is_stored_or_refused(text in "\\PC{0,12}|[-+0-9.:TZe]{0,24}") {
            for kind in [
                FieldType::Id, FieldType::MultiPicklist, FieldType::Email, FieldType::Boolean, FieldType::Int, FieldType::Long,
                FieldType::Double, FieldType::Date, FieldType::DateTime, FieldType::Time, FieldType::Base64, FieldType::AnyType,
            ] {
                let kept = keep(&field(kind), &json!(text));
                if text.is_empty() {
                    prop_assert!(kept.is_ok());
                } else if kind == FieldType::AnyType {
                    prop_assert!(kept.is_err());
                }
            }
        }

        #[test]
        fn numbers_keep_their_digits(hundredths in -99_999_999_i64..=99_999_999) {
            let number = f64::from(i32::try_from(hundredths).unwrap()) / 100.0;
            let field = field(FieldType::Currency).digits(8, 2);
            prop_assert_eq!(keep(&field, &json!(number)), Ok(Column::Real(number)));
            prop_assert!(keep(&field, &json!(number + 2_000_000.0_f64.copysign(number))).is_err());
        }
    }

    #[test]
    fn a_long_value_is_shown_truncated() {
        let error = column_value(&field(FieldType::String), &json!("é".repeat(1_000))).unwrap_err();
        assert_eq!(
            error.message,
            format!(
                "Label: data value too large: {} (max length=255)",
                "é".repeat(255)
            )
        );
    }
}
