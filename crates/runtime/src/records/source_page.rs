//! An application's page.

use appflow_connector_model::Record;

use crate::results::Result;

/// A page of an application's rows, and where the next one is.
///
/// What a query can lose or return twice while records change depends on how its pages are read:
///
/// | pages by | constructor | needs | if records change during the query |
/// |---|---|---|---|
/// | key | [`by_key`](Self::by_key) | a key that is unique, never changes, can be sorted by and supports `>` | every record that matches throughout arrives exactly once |
/// | cursor with key | [`by_cursor_with_keys`](Self::by_cursor_with_keys) | the same, and a cursor that returns rows in the order of the key | the same, also if the application loses the cursor |
/// | cursor | [`new`](Self::new), [`by_cursor`](SourcePage::by_cursor) | a cursor that can be read twice with the same rows | as good as the application's cursor from page to page. If a page is divided between two responses, a row that disappears from it loses a record, and one that appears in it returns a record twice. A lost cursor is an error |
/// | offset | [`by_offset`](SourcePage::by_offset) | a fixed order | a record that disappears before the offset loses one, a record that appears before it returns one twice |
/// | page number | [`by_number`](SourcePage::by_number) | a fixed order and page size | as for offsets |
///
/// "Matches throughout" means that the record exists and matches the filter during the whole query.
/// A record that starts or stops matching in between may arrive or not, but never twice with a key.
///
/// `C` is the type of the cursor: a `String` if the application returns a URL or a cursor, a `u64`
/// if the connector counts records or pages, or another type that serde can write and read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePage<C = String> {
    pub(crate) rows: Vec<Row>,
    pub(crate) next: Next<C>,
}

/// A row of an application, and the key that the query can continue after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The key: unique, never changed, and what the application sorts the rows by. `None` if pages
    /// are not read by key; either all rows of a query have keys or none has.
    pub key: Option<String>,
    /// The record; `None` if the connector's own tests (the residual filter) dropped it. The query
    /// continues after such a row too.
    pub record: Option<Record>,
}

/// A row without a key.
impl From<Record> for Row {
    fn from(record: Record) -> Self {
        Self {
            key: None,
            record: Some(record),
        }
    }
}

impl Row {
    /// Makes a row with a key.
    pub fn keyed(key: impl Into<String>, record: Option<Record>) -> Self {
        Self {
            key: Some(key.into()),
            record,
        }
    }
}

/// What follows a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next<C> {
    Nothing,
    AfterLastKey,
    Cursor(C),
    /// There is no page: the application no longer knows its cursor.
    CursorLost,
}

impl<C> SourcePage<C> {
    /// For pages that are read by key: rows with keys greater than the one in
    /// [`Place::after`](super::Place::after), in the order of the keys. With `has_more`, the next
    /// page is the one after the last row.
    pub fn by_key(rows: Vec<Row>, has_more: bool) -> Self {
        Self {
            rows,
            next: if has_more {
                Next::AfterLastKey
            } else {
                Next::Nothing
            },
        }
    }

    /// For pages that are read by cursor, whose rows are in the order of their keys. If a response
    /// ends in the middle of a page, or the cursor is [lost](Self::cursor_lost), the query
    /// continues after the last key, without a cursor. If no [`Row`] has a key, this is
    /// [`new`](Self::new).
    pub fn by_cursor_with_keys(rows: Vec<Row>, cursor: Option<C>) -> Self {
        Self {
            rows,
            next: cursor.map_or(Next::Nothing, Next::Cursor),
        }
    }

    /// For pages without keys: their records, and the cursor of the next page. If a response ends
    /// in the middle of a page, the next one reads the page again and skips the rows before.
    pub fn new(records: Vec<Record>, cursor: Option<C>) -> Self {
        let rows = records.into_iter().map(Row::from).collect();
        Self::by_cursor_with_keys(rows, cursor)
    }

    /// Says that the application no longer knows the cursor that it was asked for: it expired, was
    /// closed, or belongs to a session that is over. The query continues after the last key. If the
    /// rows have no keys and records were returned, it ends with an error.
    pub const fn cursor_lost() -> Self {
        Self {
            rows: Vec::new(),
            next: Next::CursorLost,
        }
    }

    /// Drops the records that do not match, as a residual filter does. Their rows still count: for
    /// the place within the page, and as keys.
    ///
    /// # Errors
    /// Those of `matches`.
    pub fn retain(mut self, mut matches: impl FnMut(&Record) -> Result<bool>) -> Result<Self> {
        for row in &mut self.rows {
            if let Some(record) = &row.record
                && !matches(record)?
            {
                row.record = None;
            }
        }
        Ok(self)
    }
}

impl SourcePage<String> {
    /// For applications that return a URL or cursor for the next page; an empty one counts as none.
    /// Otherwise as [`new`](Self::new).
    pub fn by_cursor(records: Vec<Record>, cursor: Option<String>) -> Self {
        Self::new(records, cursor.filter(|cursor| !cursor.is_empty()))
    }
}

impl SourcePage<u64> {
    /// For applications that return up to `page_size` records from `offset`. A page with fewer
    /// records is the last.
    pub fn by_offset(records: Vec<Record>, offset: u64, page_size: usize) -> Self {
        let found = records.len();
        let next = (found > 0 && found >= page_size).then(|| offset.saturating_add(found as u64));
        Self::new(records, next)
    }

    /// For applications that number their pages. A page with fewer than `page_size` records is the
    /// last. The page size must be the same for all pages of a query, so it must not depend on
    /// `maxResults`.
    pub fn by_number(records: Vec<Record>, number: u64, page_size: usize) -> Self {
        let found = records.len();
        let next = (found > 0 && found >= page_size).then(|| number.saturating_add(1));
        Self::new(records, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_paging_ends_at_the_last_page() {
        let records = |count| vec![Record::from_json_unchecked("{}".to_owned()); count];
        let offset = |count, size| SourcePage::by_offset(records(count), 30, size).next;
        assert_eq!(offset(3, 3), Next::Cursor(33));
        assert_eq!(offset(2, 3), Next::Nothing);
        assert_eq!(offset(0, 0), Next::Nothing);
        let number = |count| SourcePage::by_number(records(count), 1, 3).next;
        assert_eq!(number(3), Next::Cursor(2));
        assert_eq!(number(2), Next::Nothing);
        let cursor = |cursor: &str| SourcePage::by_cursor(records(1), Some(cursor.to_owned())).next;
        assert_eq!(cursor("x"), Next::Cursor("x".to_owned()));
        assert_eq!(cursor(""), Next::Nothing);
        let key = |has_more| SourcePage::<String>::by_key(vec![], has_more).next;
        assert_eq!(key(true), Next::AfterLastKey);
        assert_eq!(key(false), Next::Nothing);
    }

    #[test]
    fn a_record_that_does_not_match_leaves_its_row() {
        let record = |text: &str| Record::from_json_unchecked(text.to_owned());
        let page = SourcePage::by_offset(vec![record("{}"), record(r#"{"a":1}"#)], 0, 2);
        let page = page.retain(|record| Ok(record.as_str() != "{}")).unwrap();
        assert_eq!(page.next, Next::Cursor(2));
        let kept: Vec<bool> = page.rows.iter().map(|row| row.record.is_some()).collect();
        assert_eq!(kept, [false, true]);
    }
}
