use appflow_connector_model::{ConnectorOperator as Operator, FieldDataType as Type};
use appflow_connector_queryfilter::ast::Literal;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use serde_json::value::RawValue;

/// The maximum length of a text in a filter.
const MAX_CHARACTERS: usize = 200;
/// The length of the part of a text that a filter with `contains` searches for.
const PART_CHARACTERS: usize = 4;

/// The literal of a filter that matches this value, given in JSON. `None` for values that the
/// filter language cannot express, or that do not have the field's type.
pub(super) fn read(data_type: Type, raw: &str, operator: Operator) -> Option<Literal> {
    match (data_type, operator) {
        (Type::String, Operator::Contains) => part(&text(raw)?).map(Literal::String),
        (Type::String | Type::ByteArray, _) => text(raw).map(Literal::String),
        (
            Type::Integer
            | Type::Float
            | Type::Double
            | Type::Long
            | Type::Short
            | Type::BigInteger
            | Type::BigDecimal,
            _,
        ) => number(raw),
        (Type::Boolean, _) => serde_json::from_str(raw).ok().map(Literal::Boolean),
        (Type::Date, _) => {
            let date: Date = text(raw)?.parse().ok()?;
            Some(Literal::Date(date.to_string()))
        }
        (Type::DateTime, _) => {
            let moment: Timestamp = text(raw)?.parse().ok()?;
            Some(Literal::DateTime(moment.to_string()))
        }
        (Type::Map, Operator::Contains) => {
            let map: serde_json::Map<String, Value> = serde_json::from_str(raw).ok()?;
            let key = map.into_iter().next()?.0;
            (!key.is_empty()).then_some(Literal::String(key))
        }
        (Type::List, Operator::Contains) => {
            let list: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
            let element = list.first()?.get();
            text(element)
                .map(Literal::String)
                .or_else(|| number(element))
        }
        (Type::Map | Type::List | Type::Struct, _) => None,
    }
}

fn text(raw: &str) -> Option<String> {
    let text: String = serde_json::from_str(raw).ok()?;
    let length = text.chars().count();
    (1..=MAX_CHARACTERS).contains(&length).then_some(text)
}

/// The filter language has no exponents.
fn number(raw: &str) -> Option<Literal> {
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    let is_number = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_number.then(|| Literal::Number(raw.to_owned()))
}

/// A part from the middle of a text, so that comparing its start or its end is not enough. White
/// space around the part is removed.
fn part(text: &str) -> Option<String> {
    let characters: Vec<char> = text.chars().collect();
    let start = usize::from(characters.len() > 2);
    let end = (start + PART_CHARACTERS)
        .min(characters.len() - start)
        .max(start + 1);
    let part: String = characters.get(start..end)?.iter().collect();
    let part = part.trim();
    (!part.is_empty()).then(|| part.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_literals_of_the_language() {
        for (data_type, raw, literal) in [
            (
                Type::String,
                r#""it's""#,
                Some(Literal::String("it's".to_owned())),
            ),
            (Type::String, r#""""#, None),
            (
                Type::Double,
                "-1.50",
                Some(Literal::Number("-1.50".to_owned())),
            ),
            (Type::Double, "1e-9", None),
            (Type::Integer, r#""7""#, None),
            (Type::Boolean, "true", Some(Literal::Boolean(true))),
            (
                Type::Date,
                r#""2021-04-20""#,
                Some(Literal::Date("2021-04-20".to_owned())),
            ),
            (Type::Date, r#""20.4.2021""#, None),
            (
                Type::DateTime,
                r#""2021-04-20T14:30:45.500+0200""#,
                Some(Literal::DateTime("2021-04-20T12:30:45.5Z".to_owned())),
            ),
            (Type::Struct, "{}", None),
        ] {
            assert_eq!(read(data_type, raw, Operator::EqualTo), literal, "{raw}");
        }
    }

    #[test]
    fn contains_searches_for_a_part_of_the_value() {
        for (data_type, raw, literal) in [
            (Type::String, r#""Austin""#, "usti"),
            (Type::String, r#""ab""#, "ab"),
            (Type::String, r#""a""#, "a"),
            (Type::String, r#""abc""#, "b"),
            (Type::Map, r#"{"colour":"red"}"#, "colour"),
            (Type::List, r#"["red","green"]"#, "red"),
        ] {
            let literal = Some(Literal::String(literal.to_owned()));
            assert_eq!(read(data_type, raw, Operator::Contains), literal, "{raw}");
        }
    }
}
