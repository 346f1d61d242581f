//! What a source passes on to the tasks.

use crate::appflow::tasks::SourceRecord;

/// Records in the source's order.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) records: Vec<SourceRecord>,
    /// Whether a page of a connector or a file of Amazon S3 ends here: what is written without
    /// aggregation becomes an object.
    pub(crate) ends_group: bool,
}
