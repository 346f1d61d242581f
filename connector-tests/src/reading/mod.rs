//! Reads entities and records page by page, with an end in every case.

mod listing;
mod page;
mod records;
mod row;

pub(crate) use listing::{Level, Listing};
pub(crate) use page::Page;
pub(crate) use records::{Query, Reading, Source};
pub(crate) use row::Row;
