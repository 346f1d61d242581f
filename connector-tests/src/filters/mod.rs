//! Builds filters from the records that were read, and judges the results of these filters.

mod column;
mod combine;
mod expr;
mod field;
mod judge;
mod literal;
mod literals;
mod table;
mod unknown;
mod values;

pub(crate) use combine::telling;
pub(crate) use expr::{and, compare, not, or};
pub(crate) use field::{Role, is_filterable, role};
pub(crate) use judge::{Judgement, Question};
pub(crate) use table::Table;
pub(crate) use unknown::unknown_like;
pub(crate) use values::FieldValues;
