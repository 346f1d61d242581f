//! An application's page, and its rows as records.

use appflow_connector_model::{ConnectorError, Record};
use serde_json::value::RawValue;

use crate::results::Result;

/// A page of an application's records.
///
/// `P` identifies a page: a `String` if the application returns a URL or a cursor for the next page, a `u64` if the connector counts
/// records or pages, or any other type that serde can write and read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePage<P> {
    /// The page's records.
    pub records: Vec<Record>,
    /// The next page; none on the last page.
    pub next: Option<P>,
}

impl<P> SourcePage<P> {
    /// Makes a page, with the identifier of the next one.
    pub const fn new(records: Vec<Record>, next: Option<P>) -> Self {
        Self { records, next }
    }
}

impl SourcePage<String> {
    /// For applications that return a URL or cursor for the next page. An empty one counts as none.
    pub fn by_cursor(records: Vec<Record>, cursor: Option<String>) -> Self {
        Self::new(records, cursor.filter(|cursor| !cursor.is_empty()))
    }
}

impl SourcePage<u64> {
    /// For applications that return up to `page_size` records from `offset`. A page with fewer records is the last.
    pub fn by_offset(records: Vec<Record>, offset: u64, page_size: usize) -> Self {
        let found = records.len();
        let next = (found > 0 && found >= page_size).then(|| offset.saturating_add(found as u64));
        Self::new(records, next)
    }

    /// For applications that number their pages. A page with fewer than `page_size` records is the last. The page size must be the
    /// same for all pages of a query, so it must not depend on `maxResults`.
    pub fn by_number(records: Vec<Record>, number: u64, page_size: usize) -> Self {
        let found = records.len();
        let next = (found > 0 && found >= page_size).then(|| number.saturating_add(1));
        Self::new(records, next)
    }
}

/// Copies an application's JSON rows to records. The text stays as it is: no digit is lost, and each row is copied once.
///
/// ```
/// use appflow_connector_runtime::records;
/// use serde_json::value::RawValue;
///
/// let rows: Vec<&RawValue> = serde_json::from_str(r#"[{"id": 1.50}, {"id": 2}]"#).unwrap();
/// assert_eq!(records::from_raw(rows).unwrap()[0].as_str(), r#"{"id": 1.50}"#);
/// ```
///
/// # Errors
/// ServerError if a row is not a JSON object.
pub fn from_raw<'a>(rows: impl IntoIterator<Item = &'a RawValue>) -> Result<Vec<Record>> {
    let record = |row: &RawValue| {
        Record::from_raw(row.to_owned()).map_err(|_| {
            ConnectorError::server_error("a record from the application is not a JSON object")
        })
    };
    rows.into_iter().map(record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_paging_ends_at_the_last_page() {
        let records = |count| vec![Record::from_json_unchecked("{}".to_owned()); count];
        assert_eq!(SourcePage::by_offset(records(3), 30, 3).next, Some(33));
        assert_eq!(SourcePage::by_offset(records(2), 30, 3).next, None);
        assert_eq!(SourcePage::by_offset(records(0), 30, 0).next, None);
        assert_eq!(SourcePage::by_number(records(3), 1, 3).next, Some(2));
        assert_eq!(SourcePage::by_number(records(2), 1, 3).next, None);
        assert_eq!(
            SourcePage::by_cursor(records(1), Some("x".into()))
                .next
                .as_deref(),
            Some("x")
        );
        assert_eq!(
            SourcePage::by_cursor(records(1), Some(String::new())).next,
            None
        );
    }
}
