//! What Merge and Arithmetic tasks make of several values.

use std::borrow::Cow;

use bigdecimal::{BigDecimal, Zero as _};

use super::number;
use super::value::Value;

/// The digits of a quotient, as many as Java's `DECIMAL128` has.
const QUOTIENT_DIGITS: u64 = 34;

/// Four operations on decimal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Operation {
    /// Returns the result as a number. It is null if an operand is null or not a number, and for a
    /// division by zero.
    pub(super) fn apply(
        self,
        left: Option<&Value<'_>>,
        right: Option<&Value<'_>>,
    ) -> Option<Value<'static>> {
        let left = number::parse(&left?.text())?;
        let right = number::parse(&right?.text())?;
        let result = match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide if right.is_zero() => return None,
            Self::Divide => quotient(&left, &right),
        };
        Some(Value::Json(Cow::Owned(result.to_plain_string())))
    }
}

fn quotient(left: &BigDecimal, right: &BigDecimal) -> BigDecimal {
    let quotient = left / right;
    if quotient.digits() > QUOTIENT_DIGITS {
        quotient.with_prec(QUOTIENT_DIGITS).normalized()
    } else {
        quotient
    }
}

/// How a Merge task joins the values of its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A text with a place for each `${field}`.
    Template(Vec<Part>),
    /// The values with this text between them.
    Separator(String),
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    /// The index of one of the task's fields.
    Field(usize),
}

impl Format {
    /// Reads a CONCAT_FORMAT. Without a placeholder it is a separator.
    ///
    /// # Errors
    ///
    /// The name in a placeholder that is not one of the task's fields.
    pub(super) fn parse(text: &str, fields: &[String]) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                break;
            };
            let index = fields
                .iter()
                .position(|field| field == name)
                .ok_or_else(|| name.to_owned())?;
            parts.push(Part::Literal(literal.to_owned()));
            parts.push(Part::Field(index));
            rest = after;
        }
        if parts.is_empty() {
            return Ok(Self::Separator(text.to_owned()));
        }
        parts.push(Part::Literal(rest.to_owned()));
        Ok(Self::Template(parts))
    }

    /// Returns the joined text. A null is empty text; the result is null if all values are.
    pub(super) fn apply(&self, values: &[Option<&Value<'_>>]) -> Option<Value<'static>> {
        if values.iter().all(Option::is_none) {
            return None;
        }
        let text = |value: Option<&Value<'_>>| {
            value.map_or_else(String::new, |value| value.text().into_owned())
        };
        let joined = match self {
            Self::Separator(separator) => {
                let texts: Vec<String> = values.iter().copied().map(text).collect();
                texts.join(separator)
            }
            Self::Template(parts) => parts
                .iter()
                .map(|part| match part {
                    Part::Literal(literal) => literal.clone(),
                    Part::Field(index) => text(values[*index]),
                })
                .collect(),
        };
        Some(Value::Text(Cow::Owned(joined)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calculated(operation: Operation, left: &str, right: &str) -> Option<String> {
        let (left, right) = (Value::from_json(left), Value::from_json(right));
        let result = operation.apply(left.as_ref(), right.as_ref())?;
        Some(result.text().into_owned())
    }

    #[test]
    fn numbers_are_calculated_exactly() {
        for (operation, left, right, result) in [
            (Operation::Add, "0.1", "0.2", "0.3"),
            (Operation::Add, "9007199254740993", "1", "9007199254740994"),
            (Operation::Subtract, "1.50", "1.5", "0.00"),
            (Operation::Multiply, r#""2.5""#, "4", "10.0"),
            (Operation::Multiply, "1e20", "1", "100000000000000000000"),
            (Operation::Divide, "1", "8", "0.125"),
            (
                Operation::Divide,
                "1",
                "3",
                "0.3333333333333333333333333333333333",
            ),
            (Operation::Divide, "10", "2", "5"),
        ] {
            assert_eq!(
                calculated(operation, left, right).as_deref(),
                Some(result),
                "{left} {operation:?} {right}"
            );
        }
    }

    #[test]
    fn what_cannot_be_calculated_is_null() {
        assert_eq!(calculated(Operation::Divide, "1", "0.0"), None);
        assert_eq!(calculated(Operation::Add, "null", "1"), None);
        assert_eq!(calculated(Operation::Add, "1", "true"), None);
        assert_eq!(calculated(Operation::Add, r#""1,5""#, "1"), None);
        assert_eq!(calculated(Operation::Add, "1e1000000000", "1"), None);
    }

    fn merged(format: &str, values: [&str; 2]) -> Option<String> {
        let fields = ["a".to_owned(), "b".to_owned()];
        let values = values.map(Value::from_json);
        let format = Format::parse(format, &fields).unwrap();
        let merged = format.apply(&values.each_ref().map(Option::as_ref))?;
        Some(merged.text().into_owned())
    }

    #[test]
    fn a_format_has_a_place_for_each_field() {
        let values = [r#""Ada""#, "36"];
        assert_eq!(merged("${b}: ${a} $", values).unwrap(), "36: Ada $");
        assert_eq!(merged("${a}${a}", values).unwrap(), "AdaAda");
        assert_eq!(merged("${a} ${", values).unwrap(), "Ada ${");
        let unknown = Format::parse("${c}", &["a".to_owned()]);
        assert_eq!(unknown, Err("c".to_owned()));
    }

    #[test]
    fn a_format_without_a_place_is_a_separator() {
        assert_eq!(merged(", ", [r#""Ada""#, "36"]).unwrap(), "Ada, 36");
        assert_eq!(merged("", [r#""Ada""#, "36"]).unwrap(), "Ada36");
        assert_eq!(merged("-", ["null", "36"]).unwrap(), "-36");
        assert_eq!(merged("-", ["null", "null"]), None);
    }
}
