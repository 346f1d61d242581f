//! Bound filters: the fields of an entity in place of names, and values of the fields' types in
//! place of literals.
//!
//! [`Filter::bind`](crate::Filter::bind) makes them. A [`Translator`](crate::translate::Translator)
//! takes them apart.

mod filter;
mod moment;
mod number;
mod parts;
mod typed_value;
mod unbind;
mod values;

pub use filter::{BoundFilter, CompareOp, Expr, Test, TestKind};
pub use moment::{Date, DateTime};
pub use number::Number;
pub use parts::Parts;
pub use typed_value::TypedValue;
pub use values::Values;

pub(crate) use filter::collect_fields;
pub(crate) use number::MAX_DIGITS;
pub(crate) use values::compare;
