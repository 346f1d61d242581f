//! The constraints that a service's model puts on its members, and AWS's messages for a violation.
//!
//! A member's name is in the form that the messages use: in camel case, with positions that start
//! at 1 (`filters.1.member.key`).

use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;

use thiserror::Error;

/// A violated constraint, with the text that AWS's services use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{value} at '{member}' failed to satisfy constraint: {rule}")]
pub(crate) struct Violation {
    /// `Value 'x'`, or `Value` alone if the message must not show it.
    value: String,
    /// Where the value is.
    pub(crate) member: String,
    /// What the value breaks.
    pub(crate) rule: Rule,
}

/// What a model demands of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    NotNull,
    MinLength(usize),
    MaxLength(usize),
    MinValue(i64),
    MaxValue(i64),
    OneOf(Vec<String>),
    /// As it is in the model.
    Pattern(String),
    /// The rules of a list's elements.
    Elements(Vec<Rule>),
    /// The rules of a map's keys.
    Keys(Vec<Rule>),
    /// The rules of a map's values.
    Values(Vec<Rule>),
}

impl Display for Rule {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNull => write!(formatter, "Member must not be null"),
            Self::MinLength(min) => write!(
                formatter,
                "Member must have length greater than or equal to {min}"
            ),
            Self::MaxLength(max) => write!(
                formatter,
                "Member must have length less than or equal to {max}"
            ),
            Self::MinValue(min) => write!(
                formatter,
                "Member must have value greater than or equal to {min}"
            ),
            Self::MaxValue(max) => write!(
                formatter,
                "Member must have value less than or equal to {max}"
            ),
            Self::OneOf(allowed) => write!(
                formatter,
                "Member must satisfy enum value set: [{}]",
                allowed.join(", ")
            ),
            Self::Pattern(pattern) => write!(
                formatter,
                "Member must satisfy regular expression pattern: {pattern}"
            ),
            Self::Elements(rules) => write_all(formatter, "Member", rules),
            Self::Keys(rules) => write_all(formatter, "Map keys", rules),
            Self::Values(rules) => write_all(formatter, "Map value", rules),
        }
    }
}

fn write_all(formatter: &mut Formatter<'_>, what: &str, rules: &[Rule]) -> fmt::Result {
    let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
    write!(
        formatter,
        "{what} must satisfy constraint: [{}]",
        rules.join(", ")
    )
}

impl Violation {
    /// A violation of a value that the message shows.
    pub(crate) fn of(value: impl Display, member: &str, rule: Rule) -> Self {
        Self {
            value: format!("Value '{value}'"),
            member: member.to_owned(),
            rule,
        }
    }

    /// A violation of a value that the message does not show.
    pub(crate) fn of_hidden(member: &str, rule: Rule) -> Self {
        Self {
            value: "Value".to_owned(),
            member: member.to_owned(),
            rule,
        }
    }

    /// A violation of a required member that is missing.
    pub(crate) fn of_missing(member: &str) -> Self {
        Self {
            value: "Value null".to_owned(),
            member: member.to_owned(),
            rule: Rule::NotNull,
        }
    }
}

/// Returns the message of a ValidationException. There is at least one violation.
pub(crate) fn message(violations: &[Violation]) -> String {
    let (count, errors) = match violations.len() {
        1 => (1, "error"),
        count => (count, "errors"),
    };
    let parts: Vec<String> = violations.iter().map(ToString::to_string).collect();
    format!("{count} validation {errors} detected: {}", parts.join("; "))
}

/// Returns the value of a required member.
pub(crate) fn required<'a>(member: &str, value: Option<&'a str>) -> Result<&'a str, Violation> {
    value.ok_or_else(|| Violation::of_missing(member))
}

/// Checks the number of characters of a text.
pub(crate) fn length(
    member: &str,
    value: &str,
    allowed: RangeInclusive<usize>,
) -> Result<(), Violation> {
    length_rule(value.chars().count(), &allowed)
        .map_or(Ok(()), |rule| Err(Violation::of(value, member, rule)))
}

/// Checks the number of bytes of a secret value, or of elements of a list. The message doesn't show
/// the value.
pub(crate) fn size(
    member: &str,
    size: usize,
    allowed: RangeInclusive<usize>,
) -> Result<(), Violation> {
    length_rule(size, &allowed).map_or(Ok(()), |rule| Err(Violation::of_hidden(member, rule)))
}

/// Checks an integer.
pub(crate) fn range(
    member: &str,
    value: i64,
    allowed: RangeInclusive<i64>,
) -> Result<(), Violation> {
    let rule = if value < *allowed.start() {
        Rule::MinValue(*allowed.start())
    } else if value > *allowed.end() {
        Rule::MaxValue(*allowed.end())
    } else {
        return Ok(());
    };
    Err(Violation::of(value, member, rule))
}

/// Checks a member of an enumeration.
pub(crate) fn one_of(member: &str, value: &str, allowed: &[&str]) -> Result<(), Violation> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let allowed = allowed.iter().map(ToString::to_string).collect();
    Err(Violation::of(value, member, Rule::OneOf(allowed)))
}

/// The violation of a text that does not match the member's pattern. The caller has compared them.
pub(crate) fn pattern_violation(member: &str, value: &str, pattern: &str) -> Violation {
    Violation::of(value, member, Rule::Pattern(pattern.to_owned()))
}

/// Returns the rule that a length breaks.
pub(crate) fn length_rule(length: usize, allowed: &RangeInclusive<usize>) -> Option<Rule> {
    if length < *allowed.start() {
        Some(Rule::MinLength(*allowed.start()))
    } else if length > *allowed.end() {
        Some(Rule::MaxLength(*allowed.end()))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_those_of_aws() {
        assert_eq!(
            required("secretId", None).unwrap_err().to_string(),
            "Value null at 'secretId' failed to satisfy constraint: \
             Member must not be null"
        );
        assert_eq!(
            range("maxResults", 101, 1..=100).unwrap_err().to_string(),
            "Value '101' at 'maxResults' failed to satisfy constraint: \
             Member must have value less than or equal to 100"
        );
        assert_eq!(
            one_of("sortOrder", "up", &["asc", "desc"])
                .unwrap_err()
                .to_string(),
            "Value 'up' at 'sortOrder' failed to satisfy constraint: \
             Member must satisfy enum value set: [asc, desc]"
        );
        let rules = vec![Rule::MaxLength(3), Rule::Pattern(r"\S+".to_owned())];
        assert_eq!(
            message(&[
                Violation::of("[a b]", "ids", Rule::Elements(rules)),
                Violation::of_hidden("password", Rule::MinLength(1)),
            ]),
            "2 validation errors detected: Value '[a b]' at 'ids' failed to satisfy constraint: \
             Member must satisfy constraint: [Member must have length less than or equal to 3, \
             Member must satisfy regular expression pattern: \\S+]; \
             Value at 'password' failed to satisfy constraint: \
             Member must have length greater than or equal to 1"
        );
    }

    #[test]
    fn limits_are_inclusive() {
        assert_eq!(length("name", "a", 1..=2), Ok(()));
        assert_eq!(length("name", "éé", 1..=2), Ok(()));
        assert!(length("name", "", 1..=2).is_err());
        assert!(length("name", "abc", 1..=2).is_err());
    }
}
