//! Reading records: what they hold, page by page, by filter, by id.

mod filters;
mod pages;
mod records;
mod retrieval;

use appflow_connector_model::ConnectorOperator as Operator;

use super::Check;
pub(crate) use pages::SmallPages;
pub(super) use records::{id_text, single_key};
pub(super) use retrieval::retrieve_request;

pub(crate) const RECORDS_READ: &str = "data.records-read";
pub(crate) const PAGE_SIZE_RESPECTED: &str = "data.page-size-respected";

pub(in crate::checks) static CHECKS: &[Check] = &[
    Check::new(
        RECORDS_READ,
        "A flow reads records: the test entity must have some.",
        |run| Box::pin(records::records_read(run)),
    ),
    Check::new(
        "data.records-are-objects",
        "AppFlow takes a record as the text of one JSON object.",
        |run| Box::pin(records::records_are_objects(run)),
    ),
    Check::new(
        "data.types-as-declared",
        "Destinations are written by the types that the fields declare.",
        |run| Box::pin(records::types_as_declared(run)),
    ),
    Check::new(
        "data.nulls-as-declared",
        "A field that is never null may be mapped to one that must not be.",
        |run| Box::pin(records::nulls_as_declared(run)),
    ),
    Check::new(
        "data.only-declared-fields",
        "AppFlow knows no other fields than those that were described.",
        |run| Box::pin(records::only_declared_fields(run)),
    ),
    Check::new(
        "data.only-selected-fields",
        "A flow moves the fields that its user selected, and no others.",
        |run| Box::pin(records::only_selected_fields(run)),
    ),
    Check::new(
        "data.configured-queries",
        "The config's own queries find records.",
        |run| Box::pin(records::configured_queries(run)),
    ),
    Check::new(
        "data.unknown-entity-refused",
        "An entity that is not there is the request's fault, not an empty answer.",
        |run| Box::pin(records::unknown_entity_refused(run)),
    ),
    Check::new(
        "data.paging-ends",
        "AppFlow asks for page after page until one has no nextToken.",
        |run| Box::pin(pages::paging_ends(run)),
    ),
    Check::new(
        "data.tokens-well-formed",
        "AppFlow carries tokens of at most 2,048 characters without white space.",
        |run| Box::pin(pages::tokens_well_formed(run)),
    ),
    Check::new(
        PAGE_SIZE_RESPECTED,
        "AppFlow says how many records it takes at a time.",
        |run| Box::pin(pages::page_size_respected(run)),
    ),
    Check::new(
        "data.no-record-twice",
        "A record that comes on two pages arrives twice at the destination.",
        |run| Box::pin(pages::no_record_twice(run)),
    ),
    Check::new(
        "data.none-missing",
        "Small pages hold the same records as large ones.",
        |run| Box::pin(pages::none_missing(run)),
    ),
    Check::new(
        "data.page-repeatable",
        "AppFlow asks again for a page whose answer was lost.",
        |run| Box::pin(pages::page_repeatable(run)),
    ),
    Check::new(
        "data.bad-token-refused",
        "A token that is none must not start from the beginning, or anywhere else.",
        |run| Box::pin(pages::bad_token_refused(run)),
    ),
    Check::new(
        "data.limit-respected",
        "LIMIT bounds the records of all pages together.",
        |run| Box::pin(pages::limit_respected(run)),
    ),
    Check::new(
        "data.filter-equal",
        "A filter with `=` finds the records that match, for every type that declares it.",
        |run| Box::pin(filters::operator(run, Operator::EqualTo)),
    ),
    Check::new(
        "data.filter-not-equal",
        "A filter with `!=` finds the records that match, for every type that declares it.",
        |run| Box::pin(filters::operator(run, Operator::NotEqualTo)),
    ),
    Check::new(
        "data.filter-less-than",
        "A filter with `<` finds the records that match, for every type that declares it.",
        |run| Box::pin(filters::operator(run, Operator::LessThan)),
    ),
    Check::new(
        "data.filter-less-or-equal",
        "A filter with `<=` finds the records that match, for every type that declares it.",
        |run| Box::pin(filters::operator(run, Operator::LessThanOrEqualTo)),
    ),
    Check::new(
        "data.filter-greater-than",
        "A filter with `>` finds the records that match, for every type that declares it.",
        |run| Box::pin(filters::operator(run, Operator::GreaterThan)),
    ),
    Check::new(
        "data.filter-greater-or-equal",
        "A filter with `>=` finds the records that match, for every type that declares it.",
        |run| Box::pin(filters::operator(run, Operator::GreaterThanOrEqualTo)),
    ),
    Check::new(
        "data.filter-between",
        "BETWEEN includes both its ends, for every type that declares it.",
        |run| Box::pin(filters::operator(run, Operator::Between)),
    ),
    Check::new(
        "data.filter-contains",
        "A filter with `contains` finds a part of a text, an element of a list, a key of a map.",
        |run| Box::pin(filters::operator(run, Operator::Contains)),
    ),
    Check::new(
        "data.filter-in",
        "IN finds the records with any of its values, for every type that declares `=`.",
        |run| Box::pin(filters::membership(run)),
    ),
    Check::new(
        "data.filter-null",
        "A comparison with null asks whether there is a value.",
        |run| Box::pin(filters::null(run)),
    ),
    Check::new(
        "data.filter-and",
        "AND finds the records that meet both its sides.",
        |run| Box::pin(filters::and(run)),
    ),
    Check::new(
        "data.filter-or",
        "OR finds the records that meet one of its sides.",
        |run| Box::pin(filters::or(run)),
    ),
    Check::new(
        "data.filter-negation",
        "NOT finds the records that do not meet what follows.",
        |run| Box::pin(filters::not(run)),
    ),
    Check::new(
        "data.filter-parentheses",
        "Parentheses come before AND, and AND before OR.",
        |run| Box::pin(filters::parentheses(run)),
    ),
    Check::new(
        "data.filter-text-case",
        "Upper and lower case count in text, or they do not, as `harness.textComparison` says of the application.",
        |run| Box::pin(filters::text_case(run)),
    ),
    Check::new(
        "data.filter-hostile-text",
        "Quotes, backslashes and wildcards in a value stand for themselves and never become part of the query.",
        |run| Box::pin(filters::hostile_text(run)),
    ),
    Check::new(
        "data.filter-unknown-field-refused",
        "A filter on a field that is not there must not find everything.",
        |run| Box::pin(filters::unknown_field_refused(run)),
    ),
    Check::new(
        "data.filter-undeclared-operator-refused",
        "What a field does not declare it cannot be asked, and a guess would be a wrong answer.",
        |run| Box::pin(filters::undeclared_operator_refused(run)),
    ),
    Check::new(
        "data.filter-malformed-refused",
        "A text that is no filter must not find everything.",
        |run| Box::pin(filters::malformed_refused(run)),
    ),
    Check::new(
        "data.incremental-window",
        "An incremental flow's window includes both its edges: a record on one is lost otherwise.",
        |run| Box::pin(filters::incremental_window(run)),
    ),
    Check::new(
        "data.unfiltered-complete",
        "A query without filter finds every record that one with a filter finds.",
        |run| Box::pin(filters::unfiltered_complete(run)),
    ),
    Check::new(
        "data.retrieve-equals-query",
        "A record is the same whether it is found by a query or by its id.",
        |run| Box::pin(retrieval::retrieve_equals_query(run)),
    ),
    Check::new(
        "data.retrieve-unknown-id",
        "An id that is not there is left out and ends nothing.",
        |run| Box::pin(retrieval::retrieve_unknown_id(run)),
    ),
    Check::new(
        "data.configured-retrievals",
        "The config's own retrievals find records.",
        |run| Box::pin(retrieval::configured_retrievals(run)),
    ),
];
