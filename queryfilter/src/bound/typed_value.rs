//! A value of an entity's field.

use std::fmt::{self, Display, Formatter};

use super::moment::{Date, DateTime};
use super::number::Number;

/// A value of a field's type.
///
/// `Display` writes it without quotes: text as it is, a number without an exponent, `true` or
/// `false`, and dates and moments as [`Date`] and [`DateTime`] do.
#[derive(Clone, Debug, PartialEq)]
pub enum TypedValue {
    /// For String and ByteArray fields, and elements of lists and keys of maps.
    Text(String),
    /// For all kinds of numbers, and elements of lists.
    Number(Number),
    /// For Boolean fields.
    Boolean(bool),
    /// For Date fields.
    Date(Date),
    /// For DateTime fields.
    DateTime(DateTime),
}

impl Display for TypedValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Boolean(boolean) => boolean.fmt(f),
            Self::Date(date) => date.fmt(f),
            Self::DateTime(moment) => moment.fmt(f),
        }
    }
}
