//! Reading records: what they hold, page by page, by filter, by id.

mod chosen;
mod combinations;
pub(super) mod facts;
mod filters;
mod pages;
mod questions;
pub(super) mod records;
pub(super) mod retrieval;

use super::body::Body;
use super::entities::each;
use crate::catalog::data::{
    FILTER_APPLIED, PAGE_SIZE_RESPECTED, RECORDS_READ, UNFILTERED_COMPLETE,
};

pub(super) const BODIES: &[(&str, Body)] = &[
    (RECORDS_READ, |run| {
        Box::pin(each(run, |run| Box::pin(records::records_read(run))))
    }),
    ("data.records-are-objects", |run| {
        Box::pin(each(run, |run| Box::pin(records::records_are_objects(run))))
    }),
    ("data.types-as-declared", |run| {
        Box::pin(each(run, |run| Box::pin(records::types_as_declared(run))))
    }),
    ("data.nulls-as-declared", |run| {
        Box::pin(each(run, |run| Box::pin(records::nulls_as_declared(run))))
    }),
    ("data.only-declared-fields", |run| {
        Box::pin(each(run, |run| {
            Box::pin(records::only_declared_fields(run))
        }))
    }),
    ("data.only-selected-fields", |run| {
        Box::pin(each(run, |run| {
            Box::pin(records::only_selected_fields(run))
        }))
    }),
    ("data.configured-queries", |run| {
        Box::pin(records::configured_queries(run))
    }),
    ("data.unknown-entity-refused", |run| {
        Box::pin(records::unknown_entity_refused(run))
    }),
    ("data.paging-ends", |run| {
        Box::pin(each(run, |run| Box::pin(pages::paging_ends(run))))
    }),
    ("data.tokens-well-formed", |run| {
        Box::pin(each(run, |run| Box::pin(pages::tokens_well_formed(run))))
    }),
    (PAGE_SIZE_RESPECTED, |run| {
        Box::pin(each(run, |run| Box::pin(pages::page_size_respected(run))))
    }),
    ("data.no-record-twice", |run| {
        Box::pin(each(run, |run| Box::pin(pages::no_record_twice(run))))
    }),
    ("data.none-missing", |run| {
        Box::pin(each(run, |run| Box::pin(pages::none_missing(run))))
    }),
    ("data.page-repeatable", |run| {
        Box::pin(each(run, |run| Box::pin(pages::page_repeatable(run))))
    }),
    ("data.bad-token-refused", |run| {
        Box::pin(each(run, |run| Box::pin(pages::bad_token_refused(run))))
    }),
    ("data.limit-respected", |run| {
        Box::pin(each(run, |run| Box::pin(pages::limit_respected(run))))
    }),
    (FILTER_APPLIED, |run| {
        Box::pin(each(run, |run| Box::pin(filters::applied(run))))
    }),
    ("data.filter-equal", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-equal"))
        }))
    }),
    ("data.filter-not-equal", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-not-equal"))
        }))
    }),
    ("data.filter-less-than", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-less-than"))
        }))
    }),
    ("data.filter-less-or-equal", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-less-or-equal"))
        }))
    }),
    ("data.filter-greater-than", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-greater-than"))
        }))
    }),
    ("data.filter-greater-or-equal", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-greater-or-equal"))
        }))
    }),
    ("data.filter-between", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-between"))
        }))
    }),
    ("data.filter-contains", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-contains"))
        }))
    }),
    ("data.filter-in", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-in"))
        }))
    }),
    ("data.filter-null", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-null"))
        }))
    }),
    ("data.filter-and", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-and"))
        }))
    }),
    ("data.filter-or", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-or"))
        }))
    }),
    ("data.filter-negation", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-negation"))
        }))
    }),
    ("data.filter-parentheses", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-parentheses"))
        }))
    }),
    ("data.filter-nesting", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-nesting"))
        }))
    }),
    ("data.filter-limit", |run| {
        Box::pin(each(run, |run| Box::pin(filters::limited(run))))
    }),
    ("data.filter-text-case", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.filter-text-case"))
        }))
    }),
    ("data.filter-hostile-text", |run| {
        Box::pin(filters::ask(run, "data.filter-hostile-text"))
    }),
    ("data.filter-unknown-field-refused", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::unknown_field_refused(run))
        }))
    }),
    ("data.filter-undeclared-operator-refused", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::undeclared_operator_refused(run))
        }))
    }),
    ("data.filter-malformed-refused", |run| {
        Box::pin(each(run, |run| Box::pin(filters::malformed_refused(run))))
    }),
    ("data.incremental-window", |run| {
        Box::pin(each(run, |run| {
            Box::pin(filters::ask(run, "data.incremental-window"))
        }))
    }),
    (UNFILTERED_COMPLETE, |run| {
        Box::pin(each(run, |run| Box::pin(filters::unfiltered_complete(run))))
    }),
    ("data.retrieve-equals-query", |run| {
        Box::pin(each(run, |run| {
            Box::pin(retrieval::retrieve_equals_query(run))
        }))
    }),
    ("data.retrieve-unknown-id", |run| {
        Box::pin(each(run, |run| {
            Box::pin(retrieval::retrieve_unknown_id(run))
        }))
    }),
    ("data.configured-retrievals", |run| {
        Box::pin(retrieval::configured_retrievals(run))
    }),
];
