use regex_lite::{Regex, RegexBuilder};
use serde_json::value::RawValue;

use super::types;
use super::violation::{ViolationKind, Violations};
use crate::{
    Decimal, FieldConstraints, FieldDataType as Type, FieldDefinition, RangeConstraint, truncate,
};

/// The most memory of a compiled pattern. It bounds how long a match takes for a character, too.
const MAX_PATTERN_BYTES: usize = 128 * 1024;
/// The most characters of the allowed values that a message lists.
const MAX_LISTED_CHARS: usize = 200;
/// How deep the groups of a pattern may be nested.
const MAX_PATTERN_NESTING: u32 = 50;

/// The constraints of a field, ready to be used.
#[derive(Clone, Debug)]
pub(super) struct Constraints<'d> {
    declared: Option<&'d FieldConstraints>,
    pattern: Pattern,
}

#[derive(Clone, Debug)]
enum Pattern {
    None,
    Compiled(Regex),
    Unreadable(String),
}

impl Pattern {
    fn compile(pattern: Option<&str>) -> Self {
        let Some(pattern) = pattern else {
            return Self::None;
        };
        let build = |pattern: &str| {
            RegexBuilder::new(pattern)
                .size_limit(MAX_PATTERN_BYTES)
                .nest_limit(MAX_PATTERN_NESTING)
                .build()
        };
        // The pattern alone must be valid: one such as `a)|(b` is valid only within a group.
        match build(pattern).and_then(|_| build(&format!("^(?:{pattern})$"))) {
            Ok(regex) => Self::Compiled(regex),
            Err(error) => Self::Unreadable(error.to_string()),
        }
    }
}

impl<'d> Constraints<'d> {
    pub(super) fn of(field: &'d FieldDefinition) -> Self {
        let declared = field.constraints.as_ref();
        let pattern =
            declared.and_then(|declared| declared.allowed_values_regex_pattern.as_deref());
        Self {
            declared,
            pattern: Pattern::compile(pattern),
        }
    }

    /// Checks a value that is of the field's type.
    pub(super) fn check(
        &self,
        data_type: Type,
        path: &str,
        value: &str,
        violations: &mut Violations,
    ) {
        let Some(declared) = self.declared else {
            return;
        };
        if let Some(range) = &declared.allowed_length_range {
            check_length(range, data_type, path, value, violations);
        }
        if let Some(range) = &declared.allowed_value_range
            && types::is_number(value)
        {
            check_range(range, path, value, violations);
        }
        if let Pattern::Unreadable(error) = &self.pattern {
            violations.add(ViolationKind::UnreadablePattern, path.to_owned(), || {
                format!("the pattern of the field cannot be read: {error}")
            });
        }
        match data_type {
            Type::Struct | Type::Map => {}
            Type::List => {
                let items: Vec<&RawValue> = serde_json::from_str(value).unwrap_or_default();
                for (index, item) in items.into_iter().enumerate() {
                    self.check_text(&format!("{path}[{index}]"), item.get(), violations);
                }
            }
            _ => self.check_text(path, value, violations),
        }
    }

    /// Checks a scalar by its text; for anything else the constraints have no meaning.
    fn check_text(&self, path: &str, value: &str, violations: &mut Violations) {
        if value == "null" || value.starts_with(['{', '[']) {
            return;
        }
        let text = types::text(value).unwrap_or_else(|| value.to_owned());
        let allowed = self
            .declared
            .and_then(|declared| declared.allowed_values.as_ref());
        if let Some(allowed) = allowed
            && !allowed.iter().any(|allowed| is_same(allowed, value, &text))
        {
            violations.add(ViolationKind::AllowedValues, path.to_owned(), || {
                let listed = allowed.join(", ");
                format!("expected one of: {}", truncate(&listed, MAX_LISTED_CHARS))
            });
        }
        if let Pattern::Compiled(regex) = &self.pattern
            && !regex.is_match(&text)
        {
            violations.add(ViolationKind::Pattern, path.to_owned(), || {
                "does not match the pattern of the field".to_owned()
            });
        }
    }
}

/// Whether an allowed value is that of a field: numbers by value, everything else by text.
fn is_same(allowed: &str, value: &str, text: &str) -> bool {
    allowed == text
        || (types::is_number(value)
            && value
                .parse::<Decimal>()
                .is_ok_and(|value| allowed.parse() == Ok(value)))
}

fn check_length(
    range: &RangeConstraint,
    data_type: Type,
    path: &str,
    value: &str,
    violations: &mut Violations,
) {
    let (length, unit) = match data_type {
        Type::String => (
            types::text(value).map(|text| text.chars().count()),
            "characters",
        ),
        Type::ByteArray => (types::bytes(value).map(|bytes| bytes.len()), "bytes"),
        Type::List => {
            let items = serde_json::from_str::<Vec<&RawValue>>(value).ok();
            (items.map(|items| items.len()), "items")
        }
        _ => (None, ""),
    };
    let Some(length) = length else {
        return;
    };
    let exact = Decimal::from(u64::try_from(length).unwrap_or(u64::MAX));
    if exact < range.min_range || exact > range.max_range {
        violations.add(ViolationKind::Length, path.to_owned(), || {
            let (min, max) = (&range.min_range, &range.max_range);
            format!("has {length} {unit}, expected {min} to {max}")
        });
    }
}

fn check_range(range: &RangeConstraint, path: &str, value: &str, violations: &mut Violations) {
    let (min, max) = (&range.min_range, &range.max_range);
    let message = match value.parse::<Decimal>() {
        Ok(number) if number >= *min && number <= *max => return,
        Ok(_) => format!("is not in the range of {min} to {max}"),
        Err(error) => error.to_string(),
    };
    violations.add(ViolationKind::ValueRange, path.to_owned(), || message);
}
