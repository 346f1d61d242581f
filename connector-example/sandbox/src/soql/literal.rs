//! Checks literals against the type of their field and converts them to what SQLite compares.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use rusqlite::types::Value;

use crate::record_id;
use crate::schema::field::{Field, FieldType};
use crate::soql::ast::Literal;

/// Why a literal does not fit a field: Salesforce's error code and message.
pub(super) struct Unsuited {
    pub code: &'static str,
    pub message: String,
}

/// The value of a literal. `None` is null; so is an empty string.
pub(super) fn value_of(literal: &Literal, field: &Field) -> Result<Option<Value>, Unsuited> {
    let field_type = field.kind;
    let value = match literal {
        Literal::Null => return Ok(None),
        Literal::String(text) if text.is_empty() && field_type.is_quoted() => return Ok(None),
        Literal::String(text) if matches!(field_type, FieldType::Id | FieldType::Reference) => {
            let id = record_id::normalize(text).ok_or_else(|| Unsuited {
                code: "INVALID_QUERY_FILTER_OPERATOR",
                message: format!("invalid ID field: {text}"),
            })?;
            Some(Value::Text(id))
        }
        Literal::String(text) | Literal::Pattern(text) if field_type.is_text() => {
            Some(Value::Text(text.clone()))
        }
        Literal::Boolean(boolean) if field_type == FieldType::Boolean => {
            Some(Value::Integer(i64::from(*boolean)))
        }
        Literal::Number(text) => number(text, field_type),
        Literal::Date(text) if field_type == FieldType::Date => Some(date(text)?),
        Literal::DateTime(text) if field_type == FieldType::DateTime => Some(date_time(text)?),
        Literal::Time(text) if field_type == FieldType::Time => Some(time(text)?),
        _ => None,
    };
    value.map(Some).ok_or_else(|| wrong_type(field))
}

fn wrong_type(field: &Field) -> Unsuited {
    let quotes = if field.kind.is_quoted() {
        "should be enclosed in quotes"
    } else {
        "should not be enclosed in quotes"
    };
    Unsuited {
        code: "INVALID_FIELD",
        message: format!(
            "value of filter criterion for field '{}' must be of type {} and {quotes}",
            field.name,
            field.kind.name_in_messages()
        ),
    }
}

fn number(text: &str, field_type: FieldType) -> Option<Value> {
    let whole = || text.parse().ok().map(Value::Integer);
    let fractional = || text.parse().ok().map(Value::Real);
    match field_type {
        FieldType::Int | FieldType::Long => whole(),
        FieldType::Double | FieldType::Currency | FieldType::Percent => whole().or_else(fractional),
        _ => None,
    }
}

fn date(text: &str) -> Result<Value, Unsuited> {
    let date: Date = text.parse().map_err(|_| no_such("date", text))?;
    Ok(Value::Text(date.to_string()))
}

fn date_time(text: &str) -> Result<Value, Unsuited> {
    let timestamp: Timestamp = text.parse().map_err(|_| no_such("dateTime", text))?;
    Ok(Value::Integer(timestamp.as_millisecond()))
}

fn time(text: &str) -> Result<Value, Unsuited> {
    let time: Time = text
        .trim_end_matches('Z')
        .parse()
        .map_err(|_| no_such("time", text))?;
    let seconds =
        (i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60 + i64::from(time.second());
    Ok(Value::Integer(
        seconds * 1_000 + i64::from(time.millisecond()),
    ))
}

/// A literal of the right form that does not exist, such as February 30.
fn no_such(what: &str, text: &str) -> Unsuited {
    Unsuited {
        code: "MALFORMED_QUERY",
        message: format!("Invalid {what}: {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(field_type: FieldType, literal: &Literal) -> Result<Option<Value>, String> {
        value_of(literal, &Field::new("F", "F", field_type)).map_err(|unsuited| unsuited.message)
    }

    #[test]
    fn date_times_are_compared_in_utc() {
        let utc = value(
            FieldType::DateTime,
            &Literal::DateTime("2021-01-01T00:00:00Z".to_owned()),
        )
        .unwrap();
        assert_eq!(utc, Some(Value::Integer(1_609_459_200_000)));
        for same in [
            "2021-01-01T01:00:00+01:00",
            "2020-12-31T16:00:00-08:00",
            "2021-01-01T00:00:00.000+0000",
            "2021-01-01T00:00:00.000Z",
        ] {
            assert_eq!(
                value(FieldType::DateTime, &Literal::DateTime(same.to_owned())).unwrap(),
                utc
            );
        }
    }

    #[test]
    fn a_literal_must_have_the_type_of_its_field() {
        let quoted = Literal::String("5".to_owned());
        let number = Literal::Number("5".to_owned());
        for (field_type, literal, message) in [
            (
                FieldType::Double,
                &quoted,
                "must be of type double and should not be enclosed in quotes",
            ),
            (
                FieldType::Boolean,
                &quoted,
                "must be of type boolean and should not be enclosed in quotes",
            ),
            (
                FieldType::DateTime,
                &quoted,
                "must be of type dateTime and should not be enclosed in quotes",
            ),
            (
                FieldType::Date,
                &Literal::DateTime("2021-01-01T00:00:00Z".to_owned()),
                "must be of type date and should not be enclosed in quotes",
            ),
            (
                FieldType::DateTime,
                &Literal::Date("2021-01-01".to_owned()),
                "must be of type dateTime and should not be enclosed in quotes",
            ),
            (
                FieldType::Int,
                &Literal::Number("5.5".to_owned()),
                "must be of type int and should not be enclosed in quotes",
            ),
            (
                FieldType::String,
                &number,
                "must be of type string and should be enclosed in quotes",
            ),
            (
                FieldType::Picklist,
                &Literal::Boolean(true),
                "must be of type picklist and should be enclosed in quotes",
            ),
            (
                FieldType::Id,
                &number,
                "must be of type id and should be enclosed in quotes",
            ),
        ] {
            assert_eq!(
                value(field_type, literal),
                Err(format!("value of filter criterion for field 'F' {message}"))
            );
        }
    }

    #[test]
    fn nonexistent_dates_and_times_are_refused() {
        assert!(value(FieldType::Date, &Literal::Date("2021-02-30".to_owned())).is_err());
        assert!(
            value(
                FieldType::DateTime,
                &Literal::DateTime("2021-01-01T25:00:00Z".to_owned())
            )
            .is_err()
        );
        assert!(value(FieldType::Time, &Literal::Time("12:61:00Z".to_owned())).is_err());
        assert_eq!(
            value(FieldType::Time, &Literal::Time("12:00:00.500Z".to_owned())),
            Ok(Some(Value::Integer(43_200_500)))
        );
    }

    #[test]
    fn an_empty_string_is_null() {
        for field_type in [FieldType::String, FieldType::Reference, FieldType::Picklist] {
            assert_eq!(value(field_type, &Literal::String(String::new())), Ok(None));
        }
        assert!(value(FieldType::Double, &Literal::String(String::new())).is_err());
    }

    #[test]
    fn large_numbers_lose_nothing() {
        let literal = Literal::Number("9007199254740993".to_owned());
        assert_eq!(
            value(FieldType::Long, &literal),
            Ok(Some(Value::Integer(9_007_199_254_740_993)))
        );
        let beyond = Literal::Number("99999999999999999999".to_owned());
        assert_eq!(
            value(FieldType::Double, &beyond),
            Ok(Some(Value::Real(1e20)))
        );
    }
}
