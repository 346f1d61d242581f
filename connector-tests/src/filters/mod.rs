//! Builds filters from the records that were read, and judges the results of these filters.

mod conditions;
mod judge;
mod literal;
mod sample;

pub(crate) use conditions::{Condition, conditions, truth};
pub(crate) use judge::{Judgement, Question};
pub(crate) use sample::{Sample, TYPES, compare, is_filterable};
