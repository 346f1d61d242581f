//! Which entities there are, and what their fields are.

mod entities;
mod fields;

use super::Check;
pub(super) use fields::{FILTER_OPERATORS, timestamp_fields};

pub(crate) const ENTITIES_LISTED: &str = "metadata.entities-listed";
pub(crate) const ENTITY_DESCRIBED: &str = "metadata.entity-described";

pub(in crate::checks) static CHECKS: &[Check] = &[
    Check::new(
        ENTITIES_LISTED,
        "A user picks what a flow moves from the entities that the connector lists.",
        |run| Box::pin(entities::entities_listed(run)),
    ),
    Check::new(
        "metadata.test-entity-listed",
        "What is not listed cannot be picked.",
        |run| Box::pin(entities::test_entity_listed(run)),
    ),
    Check::new(
        "metadata.entities-unique",
        "An entity is known by its identifier.",
        |run| Box::pin(entities::entities_unique(run)),
    ),
    Check::new(
        "metadata.identifiers-well-formed",
        "AppFlow carries identifiers of at most 128 characters without white space.",
        |run| Box::pin(entities::identifiers_well_formed(run)),
    ),
    Check::new(
        "metadata.nested-walk-ends",
        "AppFlow lists what is below an entity as long as it says that there is something.",
        |run| Box::pin(entities::nested_walk_ends(run)),
    ),
    Check::new(
        "metadata.paging-ends",
        "AppFlow asks for page after page of entities until one has no nextToken.",
        |run| Box::pin(entities::paging_ends(run)),
    ),
    Check::new(
        "metadata.pages-complete",
        "Small pages hold the same entities as large ones: none twice, none lost, none too many on a page.",
        |run| Box::pin(entities::pages_complete(run)),
    ),
    Check::new(
        ENTITY_DESCRIBED,
        "A flow is mapped from the fields that the connector describes.",
        |run| Box::pin(fields::entity_described(run)),
    ),
    Check::new(
        "metadata.listed-entities-describable",
        "Every listed entity can be picked, so each must be describable, under its own identifier.",
        |run| Box::pin(fields::listed_entities_describable(run)),
    ),
    Check::new(
        "metadata.fields-unique",
        "A field is known by its name.",
        |run| Box::pin(fields::fields_unique(run)),
    ),
    Check::new(
        "metadata.field-names-well-formed",
        "AppFlow carries field names of at most 128 characters without white space.",
        |run| Box::pin(fields::field_names_well_formed(run)),
    ),
    Check::new(
        "metadata.operators-fit-types",
        "AppFlow offers its users the filter operators that a field declares.",
        |run| Box::pin(fields::operators_fit_types(run)),
    ),
    Check::new(
        "metadata.key-declared",
        "Records are updated, upserted and deleted by the fields that identify them.",
        |run| Box::pin(fields::key_declared(run)),
    ),
    Check::new(
        "metadata.timestamp-declared",
        "Incremental flows ask for what changed in a window of time, by a Date or DateTime field.",
        |run| Box::pin(fields::timestamp_declared(run)),
    ),
    Check::new(
        "metadata.cache-long-enough",
        "AppFlow keeps metadata for 600 seconds at the least.",
        |run| Box::pin(fields::cache_long_enough(run)),
    ),
    Check::new(
        "metadata.unknown-entity-refused",
        "An entity that is not there is the request's fault, and the user must learn it.",
        |run| Box::pin(fields::unknown_entity_refused(run)),
    ),
    Check::new(
        "metadata.baseline-kept",
        "A field that goes or changes its type breaks the flows that use it.",
        |run| Box::pin(fields::baseline_kept(run)),
    ),
];
