//! Reading records: what they hold, page by page, by filter, by id.

use super::check::Check;

pub(crate) const RECORDS_READ: &str = "data.records-read";
pub(crate) const PAGE_SIZE_RESPECTED: &str = "data.page-size-respected";
pub(crate) const FILTER_APPLIED: &str = "data.filter-applied";
pub(crate) const UNFILTERED_COMPLETE: &str = "data.unfiltered-complete";

pub(super) const CHECKS: &[Check] = &[
    Check::new(
        RECORDS_READ,
        "A flow reads records: the test entity must have some.",
    ),
    Check::new(
        "data.records-are-objects",
        "AppFlow expects each record as the text of one JSON object.",
    ),
    Check::new(
        "data.types-as-declared",
        "Destinations are written by the types that the fields declare.",
    ),
    Check::new(
        "data.nulls-as-declared",
        "A field that is declared as not nullable may be mapped to one that must have a value.",
    ),
    Check::new(
        "data.only-declared-fields",
        "AppFlow knows only the fields that were described.",
    ),
    Check::new(
        "data.only-selected-fields",
        "A flow moves only the fields that its user selected.",
    ),
    Check::new(
        "data.configured-queries",
        "The queries in the config find records.",
    ),
    Check::new(
        "data.unknown-entity-refused",
        "A query of an unknown entity is an error in the request, not an empty result.",
    ),
    Check::new(
        "data.paging-ends",
        "AppFlow requests page after page until a page has no nextToken.",
    ),
    Check::new(
        "data.tokens-well-formed",
        "AppFlow accepts tokens of at most 2,048 characters without white space.",
    ),
    Check::new(
        PAGE_SIZE_RESPECTED,
        "AppFlow sets the maximum number of records of a page.",
    ),
    Check::new(
        "data.no-record-twice",
        "A record that is on two pages arrives twice at the destination.",
    ),
    Check::new(
        "data.none-missing",
        "Small pages contain the same records as large ones.",
    ),
    Check::new(
        "data.page-repeatable",
        "AppFlow requests a page again if its response was lost.",
    ),
    Check::new(
        "data.bad-token-refused",
        "An invalid token must not start again at the first page, or anywhere else.",
    ),
    Check::new(
        "data.limit-respected",
        "LIMIT is the maximum number of records of all pages together.",
    ),
    Check::new(
        FILTER_APPLIED,
        "A filter selects records: one that is ignored would move all of them.",
    ),
    Check::new(
        "data.filter-equal",
        "A filter with `=` finds the matching records, and nothing for a value that no record has.",
    ),
    Check::new(
        "data.filter-not-equal",
        "A filter with `!=` finds the matching records, and nothing for a value that no record has.",
    ),
    Check::new(
        "data.filter-less-than",
        "A filter with `<` finds the matching records, and nothing for a value that no record has.",
    ),
    Check::new(
        "data.filter-less-or-equal",
        "A filter with `<=` finds the matching records, and nothing for a value that no record has.",
    ),
    Check::new(
        "data.filter-greater-than",
        "A filter with `>` finds the matching records, and nothing for a value that no record has.",
    ),
    Check::new(
        "data.filter-greater-or-equal",
        "A filter with `>=` finds the matching records, and nothing for a value that no record has.",
    ),
    Check::new(
        "data.filter-between",
        "BETWEEN includes both its bounds, which records often have exactly.",
    ),
    Check::new(
        "data.filter-contains",
        "A filter with `contains` finds a part of a text, an element of a list, a key of a map.",
    ),
    Check::new(
        "data.filter-in",
        "IN finds the records with any of its values, known or not.",
    ),
    Check::new(
        "data.filter-null",
        "A comparison with null tests whether a field has a value.",
    ),
    Check::new(
        "data.filter-and",
        "AND finds the records that match both operands.",
    ),
    Check::new(
        "data.filter-or",
        "OR finds the records that match at least one operand.",
    ),
    Check::new(
        "data.filter-negation",
        "NOT finds the records that do not match its operand.",
    ),
    Check::new(
        "data.filter-parentheses",
        "Parentheses bind tighter than AND, and AND binds tighter than OR.",
    ),
    Check::new(
        "data.filter-nesting",
        "NOT around AND and OR, and in them, excludes what it should and nothing else.",
    ),
    Check::new(
        "data.filter-limit",
        "LIMIT counts the records that match the filter, not those that were looked at.",
    ),
    Check::new(
        "data.filter-text-case",
        "Text comparisons are case-sensitive or not, as `harness.textComparison` says of the application.",
    ),
    Check::new(
        "data.filter-hostile-text",
        "Quotes, backslashes and wildcards in a value are literal and never become part of the query.",
    ),
    Check::new(
        "data.filter-unknown-field-refused",
        "A filter on an unknown field must not find every record.",
    ),
    Check::new(
        "data.filter-undeclared-operator-refused",
        "A field supports only the operators that it declares; guessing gives a wrong result.",
    ),
    Check::new(
        "data.filter-malformed-refused",
        "A malformed filter must not find every record.",
    ),
    Check::new(
        "data.incremental-window",
        "The window of an incremental flow begins before the first record or ends after the last one.",
    ),
    Check::new(
        UNFILTERED_COMPLETE,
        "A query without a filter finds every record that a query with a filter finds.",
    ),
    Check::new(
        "data.retrieve-equals-query",
        "A record is the same whether it is read by a query or by its id.",
    ),
    Check::new(
        "data.retrieve-unknown-id",
        "An unknown id is ignored; the other records are returned.",
    ),
    Check::new(
        "data.configured-retrievals",
        "The retrievals in the config find records.",
    ),
];
