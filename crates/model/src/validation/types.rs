//! Whether the JSON of a value is that of a type. A value is the text of one valid JSON value other
//! than `null`.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use jiff::fmt::temporal::Pieces;

use crate::FieldDataType as Type;

/// The characters of a date: `2023-12-03`.
const DATE_CHARS: usize = 10;

pub(super) fn is_valid(data_type: Type, value: &str, requires_offsets: bool) -> bool {
    match data_type {
        Type::String => value.starts_with('"'),
        Type::Boolean => value == "true" || value == "false",
        Type::Short => is_whole::<i16>(value),
        Type::Integer => is_whole::<i32>(value),
        Type::Long => is_whole::<i64>(value),
        Type::BigInteger => whole_part(value).is_some(),
        Type::Float | Type::Double | Type::BigDecimal => is_number(value),
        Type::Date => text(value).is_some_and(|text| is_date(&text, requires_offsets)),
        Type::DateTime => text(value).is_some_and(|text| is_date_time(&text, requires_offsets)),
        Type::ByteArray => bytes(value).is_some(),
        Type::Struct | Type::Map => value.starts_with('{'),
        Type::List => value.starts_with('['),
    }
}

/// What a value of the type looks like in JSON.
pub(super) const fn expected(data_type: Type, requires_offsets: bool) -> &'static str {
    match data_type {
        Type::String => "a string",
        Type::Boolean => "`true` or `false`",
        Type::Short => "a whole number of 16 bits",
        Type::Integer => "a whole number of 32 bits",
        Type::Long => "a whole number of 64 bits",
        Type::BigInteger => "a whole number",
        Type::Float | Type::Double | Type::BigDecimal => "a number",
        Type::Date => "a date such as \"2023-12-03\"",
        Type::DateTime if requires_offsets => {
            "a date and time with an offset such as \"2023-12-03T10:15:30Z\""
        }
        Type::DateTime => "a date and time such as \"2023-12-03T10:15:30Z\"",
        Type::ByteArray => "a string in base64",
        Type::Struct | Type::Map => "an object",
        Type::List => "an array",
    }
}

/// The kind of JSON that a value is.
pub(super) fn found(value: &str) -> &'static str {
    match value.as_bytes().first() {
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b't' | b'f') => "a boolean",
        Some(b'-' | b'0'..=b'9') if whole_part(value).is_some() => "a whole number",
        _ => "a number",
    }
}

/// The text of a JSON string.
pub(super) fn text(value: &str) -> Option<String> {
    serde_json::from_str(value).ok()
}

/// The bytes of a JSON string in base64.
pub(super) fn bytes(value: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text(value)?).ok()
}

pub(super) fn is_number(value: &str) -> bool {
    value.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

fn is_whole<T: FromStr>(value: &str) -> bool {
    whole_part(value).is_some_and(|whole| whole.parse::<T>().is_ok())
}

/// The `5` of `5` and `5.0`; `5.1` and `5e1` have none.
fn whole_part(value: &str) -> Option<&str> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let is_whole = is_number(value)
        && !value.contains(['e', 'E'])
        && fraction.bytes().all(|byte| byte == b'0');
    is_whole.then_some(whole)
}

/// A date, with an offset if that is allowed: `2023-12-03`, `2023-12-03+01:00`.
fn is_date(text: &str, requires_offsets: bool) -> bool {
    let Some((date, offset)) = text.split_at_checked(DATE_CHARS) else {
        return false;
    };
    if date.parse::<Date>().is_err() {
        return false;
    }
    let has_offset = || {
        let midnight = format!("{date}T00:00{offset}");
        Pieces::parse(&midnight).is_ok_and(|pieces| pieces.to_numeric_offset().is_some())
    };
    offset.is_empty() || (!requires_offsets && offset.len() <= "+01:00:00".len() && has_offset())
}

/// A date and time, without an offset if that is allowed.
fn is_date_time(text: &str, requires_offset: bool) -> bool {
    Pieces::parse(text).is_ok_and(|pieces| {
        pieces.time().is_some() && (!requires_offset || pieces.to_numeric_offset().is_some())
    })
}
