//! Writing records, where the config allows it.

use super::check::Check;

pub(crate) const INSERT: &str = "writes.insert";
pub(crate) const UPDATE: &str = "writes.update";
pub(crate) const DELETE: &str = "writes.delete";

pub(super) const CHECKS: &[Check] = &[
    Check::new(
        INSERT,
        "A flow into the application inserts records and needs the id of each.",
    ),
    Check::new(
        "writes.read-back",
        "A written record can be read, with the values that were sent.",
    ),
    Check::new(
        "writes.results-in-order",
        "AppFlow assigns results to records by their order in the request.",
    ),
    Check::new(
        UPDATE,
        "An update changes the fields that it names and no others.",
    ),
    Check::new(
        "writes.fields-updated",
        "Every field that can be updated is stored, alone and together with others.",
    ),
    Check::new(
        "writes.upsert-twice-is-one",
        "A repeated run upserts the same records again; they must not exist twice.",
    ),
    Check::new(
        "writes.partial-failure",
        "AppFlow sets failed records aside, by PartialWriteFailure and a result for each record.",
    ),
    Check::new(
        "writes.pages-survive-changes",
        "Records that change between two pages must not cost or double others: AppFlow would not notice.",
    ),
    Check::new(DELETE, "A deleted record cannot be read any more."),
    Check::new(
        "writes.configured-writes",
        "The writes in the config succeed.",
    ),
];
