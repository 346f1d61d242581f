//! What Validate tasks ask of a value.

use bigdecimal::{BigDecimal, Signed as _, Zero as _};

use super::number;
use super::value::Value;

/// A condition on the value of one field. All but [`NonNull`](Self::NonNull) accept null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Null, absent and empty text are bad.
    NonNull,
    NonZero,
    NonNegative,
    Numeric,
}

impl Rule {
    /// Returns the rule of an operator.
    pub(super) fn of_operator(operator: &str) -> Option<Self> {
        match operator {
            "VALIDATE_NON_NULL" => Some(Self::NonNull),
            "VALIDATE_NON_ZERO" => Some(Self::NonZero),
            "VALIDATE_NON_NEGATIVE" => Some(Self::NonNegative),
            "VALIDATE_NUMERIC" => Some(Self::Numeric),
            _ => None,
        }
    }

    /// Returns the operator.
    pub(crate) const fn operator(self) -> &'static str {
        match self {
            Self::NonNull => "VALIDATE_NON_NULL",
            Self::NonZero => "VALIDATE_NON_ZERO",
            Self::NonNegative => "VALIDATE_NON_NEGATIVE",
            Self::Numeric => "VALIDATE_NUMERIC",
        }
    }

    pub(super) fn accepts(self, value: Option<&Value<'_>>) -> bool {
        let Some(value) = value else {
            return self != Self::NonNull;
        };
        let text = value.text();
        let is_number_with =
            |bad: fn(&BigDecimal) -> bool| number::parse(&text).is_some_and(|number| bad(&number));
        match self {
            Self::NonNull => !text.is_empty(),
            Self::NonZero => !is_number_with(BigDecimal::is_zero),
            Self::NonNegative => !is_number_with(BigDecimal::is_negative),
            Self::Numeric => number::is_json_number(&text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_finds_its_bad_values() {
        let values = [
            "null",
            r#""""#,
            "0",
            r#""0.00""#,
            "-1",
            r#""-1e2""#,
            "5",
            r#""text""#,
            "-0",
        ];
        for (operator, bad) in [
            ("VALIDATE_NON_NULL", &["null", r#""""#][..]),
            ("VALIDATE_NON_ZERO", &["0", r#""0.00""#, "-0"]),
            ("VALIDATE_NON_NEGATIVE", &["-1", r#""-1e2""#]),
            ("VALIDATE_NUMERIC", &[r#""""#, r#""text""#]),
        ] {
            let rule = Rule::of_operator(operator).unwrap();
            assert_eq!(rule.operator(), operator);
            for json in values {
                let value = Value::from_json(json);
                assert_eq!(
                    rule.accepts(value.as_ref()),
                    !bad.contains(&json),
                    "{operator} {json}"
                );
            }
        }
        assert_eq!(Rule::of_operator("NO_OP"), None);
    }
}
