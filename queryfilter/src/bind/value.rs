//! Reads literals as values of a field's type.

use appflow_connector_model::{FieldDataType, FieldDefinition};

use super::error::BindErrorKind;
use crate::ast::Literal;
use crate::bound::{Date, DateTime, Number, TypedValue};

/// Reads a literal as a value of the field's type.
pub(crate) fn typed(
    field: &FieldDefinition,
    literal: &Literal,
) -> Result<TypedValue, BindErrorKind> {
    use FieldDataType as Type;

    let value = match field.data_type {
        Type::String | Type::ByteArray => {
            text(literal).map(|text| TypedValue::Text(text.to_owned()))
        }
        Type::Integer | Type::Long | Type::Short | Type::BigInteger => number(literal)?
            .and_then(|number| number.whole())
            .map(TypedValue::Number),
        Type::Float | Type::Double | Type::BigDecimal => number(literal)?.map(TypedValue::Number),
        Type::Boolean => boolean(literal).map(TypedValue::Boolean),
        Type::Date => date(literal)?.map(TypedValue::Date),
        Type::DateTime => date_time(literal)?.map(TypedValue::DateTime),
        Type::Struct | Type::Map | Type::List => None,
    };
    value.ok_or_else(|| wrong_type(field, literal))
}

/// Reads a literal as an element of a list or a key of a map. AppFlow does not describe their
/// types, so a literal that is written as a number is a number. Returns an error for any other
/// field.
pub(crate) fn element(
    field: &FieldDefinition,
    literal: &Literal,
) -> Result<TypedValue, BindErrorKind> {
    let value = match (field.data_type, literal) {
        (FieldDataType::List | FieldDataType::Map, Literal::Number(_)) => {
            number(literal)?.map(TypedValue::Number)
        }
        (FieldDataType::List | FieldDataType::Map, _) => {
            text(literal).map(|text| TypedValue::Text(text.to_owned()))
        }
        _ => None,
    };
    value.ok_or_else(|| wrong_type(field, literal))
}

fn wrong_type(field: &FieldDefinition, literal: &Literal) -> BindErrorKind {
    BindErrorKind::WrongType {
        field: field.field_name.clone(),
        data_type: field.data_type,
        found: text(literal).unwrap_or("null").to_owned(),
    }
}

/// Returns a literal without its quotes, or `None` for null.
fn text(literal: &Literal) -> Option<&str> {
    match literal {
        Literal::String(text)
        | Literal::Number(text)
        | Literal::Date(text)
        | Literal::DateTime(text) => Some(text),
        Literal::Boolean(true) => Some("true"),
        Literal::Boolean(false) => Some("false"),
        Literal::Null => None,
    }
}

// AppFlow puts quotes around values that need none, so each of these functions also reads a string
// that contains exactly one such value.

fn number(literal: &Literal) -> Result<Option<Number>, BindErrorKind> {
    match literal {
        Literal::Number(text) => Number::parse(text)
            .map(Some)
            .ok_or(BindErrorKind::TooManyDigits),
        Literal::String(text) if is_plain_number(text) => Number::parse(text)
            .map(Some)
            .ok_or(BindErrorKind::TooManyDigits),
        _ => Ok(None),
    }
}

/// Returns whether the text is a number of the filter language, which has no exponents.
fn is_plain_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    digits(whole.strip_prefix('-').unwrap_or(whole)) && digits(fraction)
}

fn boolean(literal: &Literal) -> Option<bool> {
    match literal {
        Literal::Boolean(boolean) => Some(*boolean),
        Literal::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Literal::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Reads a date, or the date that is written in a date-time.
fn date(literal: &Literal) -> Result<Option<Date>, BindErrorKind> {
    let read = |text: &str| Date::parse(text).or_else(|| Date::written_in(text));
    moment(literal, read)
}

/// Reads a date-time, or a date as its midnight in UTC.
fn date_time(literal: &Literal) -> Result<Option<DateTime>, BindErrorKind> {
    let read = |text: &str| DateTime::parse(text).or_else(|| Date::parse(text).map(Date::midnight));
    moment(literal, read)
}

fn moment<T>(
    literal: &Literal,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, BindErrorKind> {
    match literal {
        Literal::Date(text) | Literal::DateTime(text) => {
            let invalid = || BindErrorKind::InvalidDate {
                found: text.clone(),
            };
            read(text).map(Some).ok_or_else(invalid)
        }
        Literal::String(text) => Ok(read(text)),
        _ => Ok(None),
    }
}
