//! The constraints that a service's model puts on its members, and AWS's messages for a violation.
//!
//! A member's name is in the form that the messages use: in camel case, with positions that start
//! at 1 (`filters.1.member.key`).

use std::ops::RangeInclusive;

use thiserror::Error;

/// A violated constraint, with the text that AWS's services use.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("{value} at '{member}' failed to satisfy constraint: Member must {rule}")]
pub(crate) struct Violation {
    /// `Value 'x'`, or `Value` alone if the message must not show it.
    value: String,
    member: String,
    rule: String,
}

/// Returns the value of a required member.
pub(crate) fn required<'a>(member: &str, value: Option<&'a str>) -> Result<&'a str, Violation> {
    value.ok_or_else(|| violation("Value null", member, "not be null"))
}

/// Checks the number of characters of a text.
pub(crate) fn length(
    member: &str,
    value: &str,
    allowed: RangeInclusive<usize>,
) -> Result<(), Violation> {
    outside(&value.chars().count(), &allowed).map_or(Ok(()), |rule| {
        Err(violation(
            &format!("Value '{value}'"),
            member,
            &format!("have length {rule}"),
        ))
    })
}

/// Checks the number of bytes of a secret value, or of elements of a list. The message doesn't show
/// the value.
pub(crate) fn size(
    member: &str,
    size: usize,
    allowed: RangeInclusive<usize>,
) -> Result<(), Violation> {
    outside(&size, &allowed).map_or(Ok(()), |rule| {
        Err(violation("Value", member, &format!("have length {rule}")))
    })
}

/// Checks an integer.
pub(crate) fn range(
    member: &str,
    value: i64,
    allowed: RangeInclusive<i64>,
) -> Result<(), Violation> {
    outside(&value, &allowed).map_or(Ok(()), |rule| {
        Err(violation(
            &format!("Value '{value}'"),
            member,
            &format!("have value {rule}"),
        ))
    })
}

/// Checks a member of an enumeration.
pub(crate) fn one_of(member: &str, value: &str, allowed: &[&str]) -> Result<(), Violation> {
    if allowed.contains(&value) {
        return Ok(());
    }
    Err(violation(
        &format!("Value '{value}'"),
        member,
        &format!("satisfy enum value set: [{}]", allowed.join(", ")),
    ))
}

/// The violation of a text that does not match the member's pattern. The caller has compared them.
pub(crate) fn pattern_violation(member: &str, value: &str, pattern: &str) -> Violation {
    violation(
        &format!("Value '{value}'"),
        member,
        &format!("satisfy regular expression pattern: {pattern}"),
    )
}

fn outside<T: PartialOrd + std::fmt::Display>(
    value: &T,
    allowed: &RangeInclusive<T>,
) -> Option<String> {
    if value < allowed.start() {
        Some(format!("greater than or equal to {}", allowed.start()))
    } else if value > allowed.end() {
        Some(format!("less than or equal to {}", allowed.end()))
    } else {
        None
    }
}

fn violation(value: &str, member: &str, rule: &str) -> Violation {
    Violation {
        value: value.to_owned(),
        member: member.to_owned(),
        rule: rule.to_owned(),
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
    }

    #[test]
    fn limits_are_inclusive() {
        assert_eq!(length("name", "a", 1..=2), Ok(()));
        assert_eq!(length("name", "éé", 1..=2), Ok(()));
        assert!(length("name", "", 1..=2).is_err());
        assert!(length("name", "abc", 1..=2).is_err());
    }
}
