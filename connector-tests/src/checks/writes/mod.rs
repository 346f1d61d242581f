//! Writing records, where the config allows it.

mod operations;
mod places;
pub(super) mod session;

use super::body::Body;
use crate::catalog::writes::{DELETE, INSERT};

pub(super) const BODIES: &[(&str, Body)] = &[
    (INSERT, |run| Box::pin(operations::insert(run))),
    ("writes.read-back", |run| {
        Box::pin(operations::read_back(run))
    }),
    ("writes.results-in-order", |run| {
        Box::pin(operations::results_in_order(run))
    }),
    ("writes.update", |run| Box::pin(operations::update(run))),
    ("writes.upsert-twice-is-one", |run| {
        Box::pin(operations::upsert_twice_is_one(run))
    }),
    ("writes.partial-failure", |run| {
        Box::pin(operations::partial_failure(run))
    }),
    ("writes.pages-survive-changes", |run| {
        Box::pin(places::pages_survive_changes(run))
    }),
    (DELETE, |run| Box::pin(operations::delete(run))),
    ("writes.configured-writes", |run| {
        Box::pin(operations::configured_writes(run))
    }),
];
