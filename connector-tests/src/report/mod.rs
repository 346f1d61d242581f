//! The result of a run, and its three forms: a table for people, JSON, JUnit XML.

mod json;
mod junit;
mod result;
mod table;

pub use junit::JunitError;
pub(crate) use result::map_findings;
pub use result::{CheckResult, Report, Verdict};
