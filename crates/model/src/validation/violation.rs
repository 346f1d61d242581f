use std::fmt;

use crate::ConnectorError;

/// The most violations of a record that are kept; further ones are counted.
pub const MAX_VIOLATIONS: usize = 100;

/// What is wrong at one place of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The JSON path of the place: `$.name`, `$["odd name"]`, `$.tags[2]`; `$` for the record
    /// itself.
    pub path: String,
    /// The rule that is violated.
    pub kind: ViolationKind,
    /// What is wrong, for people. It does not quote the value.
    pub message: String,
}

/// The rules for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ViolationKind {
    /// A record is one JSON object.
    Malformed,
    /// Every field is defined.
    UnknownField,
    /// A field that must have a value is in the record.
    MissingField,
    /// A field that is not nullable has a value.
    Null,
    /// The record has no field that its purpose does not allow, such as one that is not creatable
    /// in an insert.
    FieldNotAllowed,
    /// A value is of the type of its field.
    WrongType,
    /// A value has an allowed length: characters of a String, bytes of a ByteArray, items of a
    /// List.
    Length,
    /// A number is in the allowed range.
    ValueRange,
    /// A value is one of the allowed values.
    AllowedValues,
    /// The whole text of a value matches the pattern.
    Pattern,
    /// The pattern of the field can be read. One with look-around, back-references or Unicode
    /// classes cannot, so values of such a field are not compared with it.
    UnreadablePattern,
}

/// All that is wrong with a record, at least one violation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations {
    kept: Vec<Violation>,
    omitted: usize,
}

impl Violations {
    /// The violations, the first [`MAX_VIOLATIONS`] of them.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.kept.iter()
    }

    /// How many violations were found beyond those that are kept.
    pub const fn omitted(&self) -> usize {
        self.omitted
    }

    pub(super) fn add(
        &mut self,
        kind: ViolationKind,
        path: String,
        message: impl FnOnce() -> String,
    ) {
        if self.kept.len() < MAX_VIOLATIONS {
            self.kept.push(Violation {
                path,
                kind,
                message: message(),
            });
        } else {
            self.omitted += 1;
        }
    }

    pub(super) fn into_result(self) -> Result<(), Self> {
        if self.kept.is_empty() {
            Ok(())
        } else {
            Err(self)
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.path, self.message)
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.kept.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(formatter, "{separator}{violation}")?;
        }
        match self.omitted {
            0 => Ok(()),
            omitted => write!(formatter, "; and {omitted} more"),
        }
    }
}

impl std::error::Error for Violations {}

/// InvalidArgument, with all violations in its message.
impl From<Violations> for ConnectorError {
    fn from(violations: Violations) -> Self {
        Self::invalid_argument(format!("the record is not valid: {violations}"))
    }
}
