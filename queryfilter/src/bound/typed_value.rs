//! A value of an entity's field.

use super::moment::{Date, DateTime};
use super::number::Number;

/// A value of a field's type.
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
