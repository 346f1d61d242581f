//! Which entities there are, and what their fields are.

use super::check::Check;

pub(crate) const ENTITIES_LISTED: &str = "metadata.entities-listed";
pub(crate) const ENTITY_DESCRIBED: &str = "metadata.entity-described";

pub(super) const CHECKS: &[Check] = &[
    Check::new(
        ENTITIES_LISTED,
        "Users choose what a flow moves from the entities that the connector lists.",
    ),
    Check::new(
        "metadata.test-entity-listed",
        "An entity that is not listed cannot be chosen.",
    ),
    Check::new(
        "metadata.entities-unique",
        "Users and flows refer to an entity by its identifier.",
    ),
    Check::new(
        "metadata.identifiers-well-formed",
        "AppFlow accepts identifiers of at most 128 characters without white space.",
    ),
    Check::new(
        "metadata.nested-walk-ends",
        "AppFlow lists the entities below an entity if that entity has `hasNestedEntities`.",
    ),
    Check::new(
        "metadata.paging-ends",
        "AppFlow requests page after page of entities until a page has no nextToken.",
    ),
    Check::new(
        "metadata.pages-complete",
        "Small pages contain the same entities as large ones, each once, and respect the page size.",
    ),
    Check::new(
        ENTITY_DESCRIBED,
        "The mapping of a flow is built from the fields that the connector describes.",
    ),
    Check::new(
        "metadata.listed-entities-describable",
        "Every listed entity can be chosen, so each must be describable under its own identifier.",
    ),
    Check::new(
        "metadata.fields-unique",
        "Mappings and filters refer to a field by its name.",
    ),
    Check::new(
        "metadata.field-names-well-formed",
        "AppFlow accepts field names of at most 128 characters without white space.",
    ),
    Check::new(
        "metadata.operators-fit-types",
        "AppFlow offers its users the filter operators that a field declares.",
    ),
    Check::new(
        "metadata.key-declared",
        "Records are updated, upserted and deleted by the fields that identify them.",
    ),
    Check::new(
        "metadata.timestamp-declared",
        "Incremental flows read what changed in a time window, by a Date or DateTime field.",
    ),
    Check::new(
        "metadata.cache-long-enough",
        "AppFlow caches metadata for at least 600 seconds.",
    ),
    Check::new(
        "metadata.unknown-entity-refused",
        "An unknown entity is an error in the request, and the user must be told.",
    ),
    Check::new(
        "metadata.baseline-kept",
        "Removing a field or changing its type breaks the flows that use it.",
    ),
];
