//! The constraints of the service's model, and its way of telling which one was broken.
//!
//! A member is named as the service names it there: in camel case, with one-based positions
//! (`filters.1.member.key`).

use std::ops::RangeInclusive;

use thiserror::Error;

/// A member that breaks a constraint. The message is the service's own, for one of the violations of a request.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("{value} at '{member}' failed to satisfy constraint: Member must {rule}")]
pub(crate) struct Violation {
    /// `Value 'x'`, or `Value` where the message must not show it.
    value: String,
    member: String,
    rule: String,
}

/// A member that has to be there.
pub(crate) fn required<'a>(member: &str, value: Option<&'a str>) -> Result<&'a str, Violation> {
    value.ok_or_else(|| violation("Value null", member, "not be null"))
}

/// The number of characters of a text.
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

/// The number of bytes of a secret value, or of elements of a list; the message doesn't show them.
pub(crate) fn size(
    member: &str,
    size: usize,
    allowed: RangeInclusive<usize>,
) -> Result<(), Violation> {
    outside(&size, &allowed).map_or(Ok(()), |rule| {
        Err(violation("Value", member, &format!("have length {rule}")))
    })
}

/// A whole number.
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

/// One of a few words.
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

/// A text that the caller has found not to match the member's pattern.
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
    fn the_services_words() {
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
    fn both_ends_are_inside() {
        assert_eq!(length("name", "a", 1..=2), Ok(()));
        assert_eq!(length("name", "éé", 1..=2), Ok(()));
        assert!(length("name", "", 1..=2).is_err());
        assert!(length("name", "abc", 1..=2).is_err());
    }
}
