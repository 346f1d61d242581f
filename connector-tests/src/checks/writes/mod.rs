//! Writing records, where the config allows it.

mod operations;
mod places;
pub(super) mod session;
mod updates;

use super::body::Body;
use crate::catalog::writes::{DELETE, INSERT, UPDATE};

pub(super) const BODIES: &[(&str, Body)] = &[
    (INSERT, |run| Box::pin(operations::insert(run))),
    ("writes.read-back", |run| {
        Box::pin(operations::read_back(run))
    }),
    ("writes.results-in-order", |run| {
        Box::pin(operations::results_in_order(run))
    }),
    (UPDATE, |run| Box::pin(operations::update(run))),
    ("writes.fields-updated", |run| {
        Box::pin(updates::update_fields(run))
    }),
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
