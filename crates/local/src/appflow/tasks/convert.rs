//! Conversion of a value to a field's type, for Map tasks.

use std::borrow::Cow;

use appflow_connector_model::FieldDataType as Type;
use serde::de::IgnoredAny;

use super::value::Value;
use super::{moment, number};

/// Reads the name of a type, in any case. Tasks give types as free text, so any other text names
/// no type.
pub(crate) fn type_named(name: &str) -> Option<Type> {
    Type::ALL
        .into_iter()
        .find(|data_type| data_type.as_str().eq_ignore_ascii_case(name))
}

/// Returns the value as one of this type.
///
/// # Errors
///
/// The value as it was, if it cannot be read as one.
pub(crate) fn convert(value: Value<'_>, to: Type) -> Result<Value<'_>, Value<'_>> {
    match to {
        Type::String | Type::ByteArray => Ok(into_string(value)),
        Type::Short => whole(value, |text| text.parse::<i16>().is_ok()),
        Type::Integer => whole(value, |text| text.parse::<i32>().is_ok()),
        Type::Long => whole(value, |text| text.parse::<i64>().is_ok()),
        Type::BigInteger => whole(value, |_| true),
        Type::Float | Type::Double | Type::BigDecimal => json_if(value, number::is_json_number),
        Type::Boolean => boolean(value),
        Type::Date => date(value),
        Type::DateTime => date_time(value),
        Type::Struct | Type::Map => json_if(value, |text| is_json(text, '{')),
        Type::List => json_if(value, |text| is_json(text, '[')),
    }
}

fn into_string(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Json(json) if !json.starts_with('"') => Value::Text(json),
        value => value,
    }
}

/// Takes a whole number, also in quotes and with zeros after its point.
fn whole(value: Value<'_>, fits: impl Fn(&str) -> bool) -> Result<Value<'_>, Value<'_>> {
    let text = value.text();
    let is_plain = number::is_json_number(&text)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_plain {
        return if fits(&text) {
            Ok(bare(value))
        } else {
            Err(value)
        };
    }
    let Some(number) = number::parse(&text).filter(bigdecimal::BigDecimal::is_integer) else {
        return Err(value);
    };
    let plain = number.with_scale(0).to_plain_string();
    if fits(&plain) {
        Ok(Value::Json(Cow::Owned(plain)))
    } else {
        Err(value)
    }
}

/// Takes a value whose text is JSON of this kind.
fn json_if(value: Value<'_>, is_valid: impl Fn(&str) -> bool) -> Result<Value<'_>, Value<'_>> {
    if is_valid(&value.text()) {
        Ok(bare(value))
    } else {
        Err(value)
    }
}

fn is_json(text: &str, first: char) -> bool {
    text.starts_with(first) && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Returns the value's text as JSON, without a copy where there are no quotes to take off.
fn bare(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Text(text) => Value::Json(text),
        Value::Json(json) if json.starts_with('"') => {
            Value::Json(Cow::Owned(Value::Json(json).text().into_owned()))
        }
        json @ Value::Json(_) => json,
    }
}

fn boolean(value: Value<'_>) -> Result<Value<'_>, Value<'_>> {
    let text = value.text();
    let boolean = if text.eq_ignore_ascii_case("true") {
        "true"
    } else if text.eq_ignore_ascii_case("false") {
        "false"
    } else {
        return Err(value);
    };
    Ok(Value::Json(Cow::Borrowed(boolean)))
}

/// Takes a date, the date that is written in a date-time, and a JSON number of milliseconds.
fn date(value: Value<'_>) -> Result<Value<'_>, Value<'_>> {
    let text = value.text();
    let written = if value.is_string() {
        moment::written_date(&text)
    } else {
        moment::parse(&text).map(moment::date)
    };
    match written {
        Some(date) if date == text => Ok(value),
        Some(date) => Ok(Value::Text(Cow::Owned(date))),
        None => Err(value),
    }
}

/// Takes a date-time as it is, a date as its midnight, and a JSON number of milliseconds.
fn date_time(value: Value<'_>) -> Result<Value<'_>, Value<'_>> {
    let text = value.text();
    let moment = if value.is_string() {
        moment::parse_iso(&text)
    } else {
        moment::parse(&text)
    };
    match moment {
        Some(_) if value.is_string() && has_offset(&text) => Ok(value),
        Some(moment) => Ok(Value::Text(Cow::Owned(moment::date_time(moment)))),
        None => Err(value),
    }
}

fn has_offset(date_time: &str) -> bool {
    let time = date_time.get("2025-08-17".len()..).unwrap_or_default();
    time.contains(['Z', 'z', '+', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Converts a value that is given as JSON, and returns it as JSON.
    #[track_caller]
    fn assert_converted(from: &str, to: Type, expected: &str) {
        let value = Value::from_json(from).unwrap();
        let converted = convert(value, to).unwrap_or_else(|value| panic!("{value:?}"));
        let mut json = Vec::new();
        converted.write_json(&mut json);
        assert_eq!(String::from_utf8(json).unwrap(), expected);
    }

    #[track_caller]
    fn assert_refused(from: &str, to: Type) {
        let value = Value::from_json(from).unwrap();
        assert_eq!(convert(value.clone(), to), Err(value), "{from}");
    }

    #[test]
    fn any_value_becomes_a_string() {
        for (from, string) in [
            (r#""a""#, r#""a""#),
            ("1.50", r#""1.50""#),
            ("true", r#""true""#),
            (r#"{"a":1}"#, r#""{\"a\":1}""#),
        ] {
            assert_converted(from, Type::String, string);
        }
    }

    #[test]
    fn whole_numbers_keep_their_text_and_their_range() {
        assert_converted("32767", Type::Short, "32767");
        assert_converted(r#""-5""#, Type::Integer, "-5");
        assert_converted("5.00", Type::Long, "5");
        assert_converted("1e3", Type::Integer, "1000");
        assert_converted(
            "123456789012345678901234567890",
            Type::BigInteger,
            "123456789012345678901234567890",
        );
        assert_refused("32768", Type::Short);
        assert_refused("2147483648", Type::Integer);
        assert_refused("9223372036854775808", Type::Long);
        for text in ["5.5", r#""5 ""#, r#""five""#, r#""007""#, "true", r#""""#] {
            assert_refused(text, Type::BigInteger);
        }
    }

    #[test]
    fn decimal_numbers_keep_every_digit() {
        for data_type in [Type::Float, Type::Double, Type::BigDecimal] {
            assert_converted(
                "0.10000000000000000001",
                data_type,
                "0.10000000000000000001",
            );
            assert_converted(r#""1.50""#, data_type, "1.50");
            assert_refused(r#""1,50""#, data_type);
            assert_refused("[1]", data_type);
        }
    }

    #[test]
    fn booleans_are_read_in_any_case() {
        assert_converted(r#""TRUE""#, Type::Boolean, "true");
        assert_converted("false", Type::Boolean, "false");
        assert_refused("1", Type::Boolean);
    }

    #[test]
    fn dates_and_date_times() {
        assert_converted(r#""2025-08-17""#, Type::Date, r#""2025-08-17""#);
        assert_converted(
            r#""2025-08-17T23:30:00-05:00""#,
            Type::Date,
            r#""2025-08-17""#,
        );
        assert_converted("1755424390536", Type::Date, r#""2025-08-17""#);
        assert_refused(r#""17.8.2025""#, Type::Date);
        assert_refused(r#""1755424390536""#, Type::Date);

        for text in [
            r#""2025-08-17T09:53:10+02:00""#,
            r#""2025-08-17T09:53:10.1234567Z""#,
        ] {
            assert_converted(text, Type::DateTime, text);
        }
        assert_converted(
            r#""2025-08-17""#,
            Type::DateTime,
            r#""2025-08-17T00:00:00.000Z""#,
        );
        assert_converted(
            "1755424390536",
            Type::DateTime,
            r#""2025-08-17T09:53:10.536Z""#,
        );
        assert_refused(r#""noon""#, Type::DateTime);
    }

    #[test]
    fn structures_are_read_from_text() {
        assert_converted(r#""{\"a\":[1]}""#, Type::Struct, r#"{"a":[1]}"#);
        assert_converted(r#"{"a":1}"#, Type::Map, r#"{"a":1}"#);
        assert_converted(r#""[1]""#, Type::List, "[1]");
        assert_refused(r#""{a}""#, Type::Struct);
        assert_refused(r#"{"a":1}"#, Type::List);
    }

    #[test]
    fn types_are_named_in_any_case() {
        assert_eq!(type_named("datetime"), Some(Type::DateTime));
        assert_eq!(type_named("STRING"), Some(Type::String));
        assert_eq!(type_named("id"), None);
        assert_eq!(type_named("CSV"), None);
    }
}
