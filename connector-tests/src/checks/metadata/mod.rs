//! Which entities there are, and what their fields are.

mod entities;
pub(super) mod facts;
pub(super) mod fields;

use super::body::Body;
use super::entities::each;
use crate::catalog::metadata::{ENTITIES_LISTED, ENTITY_DESCRIBED};

pub(super) const BODIES: &[(&str, Body)] = &[
    (ENTITIES_LISTED, |run| {
        Box::pin(entities::entities_listed(run))
    }),
    ("metadata.test-entity-listed", |run| {
        Box::pin(entities::test_entity_listed(run))
    }),
    ("metadata.entities-unique", |run| {
        Box::pin(entities::entities_unique(run))
    }),
    ("metadata.identifiers-well-formed", |run| {
        Box::pin(entities::identifiers_well_formed(run))
    }),
    ("metadata.nested-walk-ends", |run| {
        Box::pin(entities::nested_walk_ends(run))
    }),
    ("metadata.paging-ends", |run| {
        Box::pin(entities::paging_ends(run))
    }),
    ("metadata.pages-complete", |run| {
        Box::pin(entities::pages_complete(run))
    }),
    (ENTITY_DESCRIBED, |run| {
        Box::pin(fields::entity_described(run))
    }),
    ("metadata.listed-entities-describable", |run| {
        Box::pin(fields::listed_entities_describable(run))
    }),
    ("metadata.fields-unique", |run| {
        Box::pin(each(run, |run| Box::pin(fields::fields_unique(run))))
    }),
    ("metadata.field-names-well-formed", |run| {
        Box::pin(each(run, |run| {
            Box::pin(fields::field_names_well_formed(run))
        }))
    }),
    ("metadata.operators-fit-types", |run| {
        Box::pin(each(run, |run| Box::pin(fields::operators_fit_types(run))))
    }),
    ("metadata.key-declared", |run| {
        Box::pin(fields::key_declared(run))
    }),
    ("metadata.timestamp-declared", |run| {
        Box::pin(fields::timestamp_declared(run))
    }),
    ("metadata.cache-long-enough", |run| {
        Box::pin(fields::cache_long_enough(run))
    }),
    ("metadata.unknown-entity-refused", |run| {
        Box::pin(fields::unknown_entity_refused(run))
    }),
    ("metadata.baseline-kept", |run| {
        Box::pin(fields::baseline_kept(run))
    }),
];
