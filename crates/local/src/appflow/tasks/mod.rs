//! The tasks of a flow: which records are moved, and what happens to their fields.
//!
//! A flow's tasks become a [`Plan`], which CreateFlow checks and each run carries out with a
//! [`Transform`]. Nothing here does I/O. Values that no task changes pass as the text that the source
//! wrote.

mod change;
mod check;
mod combine;
mod convert;
mod filter;
mod moment;
mod number;
mod plan;
mod record;
mod task;
#[cfg(test)]
mod tests;
mod transform;
mod validation;
mod value;

pub(crate) use check::{changes_schema, check, is_incremental, pull_field};
pub(crate) use plan::{Column, Plan};
pub(crate) use record::SourceRecord;
pub(crate) use transform::{Outcome, Row, Transform, TransformError, write_json_object};
pub(crate) use value::{Value, write_json_string};
