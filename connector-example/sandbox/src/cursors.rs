//! The query locators: positions of queries that have more pages.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::record_id::record_id;
use crate::schema::selection::Selected;

/// The maximum number of open queries of a user, as in Salesforce. One more closes the oldest.
const MAX_OPEN: usize = 10;

/// A query that has more records than were fetched so far. The IDs are those that matched when the
/// query started, so no record comes twice or is lost, whatever is written in between.
#[derive(Debug, Clone)]
pub(crate) struct Cursor {
    /// The access token of the call that started the query.
    pub token: String,
    pub object: &'static str,
    pub include_deleted: bool,
    pub selection: Vec<Selected>,
    pub ids: Vec<String>,
    pub batch_size: usize,
}

/// One page of a query.
#[derive(Debug)]
pub(crate) struct Page {
    pub object: &'static str,
    pub include_deleted: bool,
    pub selection: Vec<Selected>,
    pub ids: Vec<String>,
    pub total_size: usize,
    /// The locator of the next page, if there is one.
    pub locator: Option<String>,
}

#[derive(Default)]
pub(crate) struct Cursors {
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    opened: u64,
    cursors: VecDeque<OpenCursor>,
}

struct OpenCursor {
    id: String,
    cursor: Cursor,
    /// Whether its last page was fetched.
    finished: bool,
}

impl Cursors {
    /// Returns the first page of a query and stores the query if it has more pages.
    pub(crate) fn start(&self, cursor: Cursor) -> Page {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut started = OpenCursor {
            id: record_id("01g", open.opened),
            cursor,
            finished: false,
        };
        open.opened += 1;
        let page = started.page(0);
        if !started.finished {
            open.keep(started);
        }
        page
    }

    /// Returns the page of a locator: the ID of a query and the number of records before the page.
    /// A page may be fetched again, because a client may have lost the response. `None` if the
    /// query was closed, the locator was never issued, or the query belongs to another token than
    /// `only_token`.
    pub(crate) fn resume(
        &self,
        locator: &str,
        only_token: Option<&str>,
        batch_size: Option<usize>,
    ) -> Option<Page> {
        let (id, offset) = locator.rsplit_once('-')?;
        let offset: usize = offset.parse().ok()?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let resumed = open.cursors.iter_mut().find(|open| open.id == id)?;
        let foreign = only_token.is_some_and(|token| token != resumed.cursor.token);
        if foreign || offset == 0 || offset >= resumed.cursor.ids.len() {
            return None;
        }
        resumed.cursor.batch_size = batch_size.unwrap_or(resumed.cursor.batch_size);
        Some(resumed.page(offset))
    }

    /// Closes all open queries.
    pub(crate) fn close_all(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.cursors.clear();
    }
}

impl Open {
    /// Makes room by closing the oldest finished query, or the oldest of all if none is finished.
    fn keep(&mut self, cursor: OpenCursor) {
        if self.cursors.len() == MAX_OPEN {
            let finished = self.cursors.iter().position(|cursor| cursor.finished);
            self.cursors.remove(finished.unwrap_or(0));
        }
        self.cursors.push_back(cursor);
    }
}

impl OpenCursor {
    fn page(&mut self, offset: usize) -> Page {
        let Cursor {
            object,
            include_deleted,
            selection,
            ids,
            batch_size,
            ..
        } = &self.cursor;
        let end = (offset + batch_size).min(ids.len());
        self.finished |= end == ids.len();
        Page {
            object,
            include_deleted: *include_deleted,
            selection: selection.clone(),
            ids: ids[offset..end].to_vec(),
            total_size: ids.len(),
            locator: (end < ids.len()).then(|| format!("{}-{end}", self.id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(records: usize) -> Cursor {
        Cursor {
            token: "token".to_owned(),
            object: "Account",
            include_deleted: false,
            selection: Vec::new(),
            ids: (0..records).map(|number| number.to_string()).collect(),
            batch_size: 2,
        }
    }

    #[test]
    fn pages_return_every_id_once() {
        let cursors = Cursors::default();
        let mut page = cursors.start(cursor(5));
        let mut ids = page.ids.clone();
        while let Some(locator) = page.locator {
            page = cursors.resume(&locator, None, None).unwrap();
            ids.extend(page.ids.clone());
        }
        assert_eq!(ids, ["0", "1", "2", "3", "4"]);
    }

    #[test]
    fn a_page_can_be_fetched_again() {
        let cursors = Cursors::default();
        let locator = cursors.start(cursor(5)).locator.unwrap();
        for _ in 0..2 {
            assert_eq!(
                cursors.resume(&locator, None, None).unwrap().ids,
                ["2", "3"]
            );
        }
    }

    #[test]
    fn a_finished_query_is_closed_before_an_unfinished_one() {
        let cursors = Cursors::default();
        let first = cursors.start(cursor(5)).locator.unwrap();
        let second = cursors.start(cursor(3)).locator.unwrap();
        cursors.resume(&second, None, None).unwrap();
        for _ in 2..=MAX_OPEN {
            cursors.start(cursor(5));
        }
        assert!(cursors.resume(&second, None, None).is_none());
        assert!(cursors.resume(&first, None, None).is_some());
    }

    #[test]
    fn a_result_of_one_page_has_no_locator() {
        let cursors = Cursors::default();
        for records in [0, 1, 2] {
            assert_eq!(cursors.start(cursor(records)).locator, None);
        }
    }

    #[test]
    fn the_oldest_query_is_closed() {
        let cursors = Cursors::default();
        let locators: Vec<String> = (0..=MAX_OPEN)
            .filter_map(|_| cursors.start(cursor(5)).locator)
            .collect();
        assert!(cursors.resume(&locators[0], None, None).is_none());
        assert!(cursors.resume(&locators[1], None, None).is_some());
    }

    #[test]
    fn invented_locators_are_unknown() {
        let cursors = Cursors::default();
        let locator = cursors.start(cursor(5)).locator.unwrap();
        let id = locator.trim_end_matches("-2");
        for unknown in [
            "",
            "-",
            "x",
            "x-2",
            id,
            &format!("{id}-"),
            &format!("{id}-0"),
            &format!("{id}-5"),
            &format!("{id}--1"),
        ] {
            assert!(cursors.resume(unknown, None, None).is_none(), "{unknown}");
        }
        assert!(cursors.resume(&locator, None, None).is_some());
    }
    #[test]
    fn a_query_can_be_bound_to_its_token() {
        let cursors = Cursors::default();
        let locator = cursors.start(cursor(5)).locator.unwrap();
        assert!(cursors.resume(&locator, Some("other"), None).is_none());
        assert!(cursors.resume(&locator, Some("token"), None).is_some());
    }

    #[test]
    fn all_queries_can_be_closed() {
        let cursors = Cursors::default();
        let locator = cursors.start(cursor(5)).locator.unwrap();
        cursors.close_all();
        assert!(cursors.resume(&locator, None, None).is_none());
    }
}
