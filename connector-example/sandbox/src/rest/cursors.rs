//! The places where unfinished queries stand.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::record_id::record_id;
use crate::schema::Field;

/// The most queries of a user that may be unfinished at a time. With one more, the oldest is given up; so Salesforce
/// has it.
const MAX_OPEN: usize = 10;

/// A query that has more records than were fetched so far. The IDs are those that matched when the query began, so no
/// record comes twice or is lost, whatever is written in between.
#[derive(Debug, Clone)]
pub(super) struct Cursor {
    pub object: &'static str,
    pub fields: Vec<Field>,
    pub ids: Vec<String>,
    pub batch_size: usize,
}

/// One page of a query.
#[derive(Debug)]
pub(super) struct Page {
    pub object: &'static str,
    pub fields: Vec<Field>,
    pub ids: Vec<String>,
    pub total_size: usize,
    /// Where the next page is, if there is one.
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
    next: usize,
    cursor: Cursor,
}

impl Cursors {
    /// The first page of a query. If it is not the last one, the rest is kept.
    pub(super) fn start(&self, cursor: Cursor) -> Page {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut started = OpenCursor {
            id: record_id("01g", open.opened),
            next: 0,
            cursor,
        };
        open.opened += 1;
        let page = started.turn();
        open.keep(started);
        page
    }

    /// The page that a locator stands for. `None` if it was used already, given up, or never given out: every locator
    /// is good for one call.
    pub(super) fn resume(&self, locator: &str, batch_size: Option<usize>) -> Option<Page> {
        let (id, next) = locator.rsplit_once('-')?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let index = open
            .cursors
            .iter()
            .position(|cursor| cursor.id == id && cursor.next.to_string() == next)?;
        let mut resumed = open.cursors.remove(index)?;
        resumed.cursor.batch_size = batch_size.unwrap_or(resumed.cursor.batch_size);
        let page = resumed.turn();
        open.keep(resumed);
        Some(page)
    }
}

impl Open {
    fn keep(&mut self, cursor: OpenCursor) {
        if cursor.next == cursor.cursor.ids.len() {
            return;
        }
        if self.cursors.len() == MAX_OPEN {
            self.cursors.pop_front();
        }
        self.cursors.push_back(cursor);
    }
}

impl OpenCursor {
    fn turn(&mut self) -> Page {
        let Cursor {
            object,
            fields,
            ids,
            batch_size,
        } = &self.cursor;
        let end = (self.next + batch_size).min(ids.len());
        let page_ids = ids[self.next..end].to_vec();
        self.next = end;
        Page {
            object,
            fields: fields.clone(),
            ids: page_ids,
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
            object: "Account",
            fields: Vec::new(),
            ids: (0..records).map(|number| number.to_string()).collect(),
            batch_size: 2,
        }
    }

    #[test]
    fn pages_give_every_id_once() {
        let cursors = Cursors::default();
        let mut page = cursors.start(cursor(5));
        let mut ids = page.ids.clone();
        while let Some(locator) = page.locator {
            page = cursors.resume(&locator, None).unwrap();
            ids.extend(page.ids.clone());
        }
        assert_eq!(ids, ["0", "1", "2", "3", "4"]);
    }

    #[test]
    fn a_locator_is_good_for_one_call() {
        let cursors = Cursors::default();
        let locator = cursors.start(cursor(5)).locator.unwrap();
        assert!(cursors.resume(&locator, None).is_some());
        assert!(cursors.resume(&locator, None).is_none());
    }

    #[test]
    fn a_result_of_one_page_has_no_locator() {
        let cursors = Cursors::default();
        for records in [0, 1, 2] {
            assert_eq!(cursors.start(cursor(records)).locator, None);
        }
    }

    #[test]
    fn the_oldest_cursor_is_given_up() {
        let cursors = Cursors::default();
        let locators: Vec<String> = (0..=MAX_OPEN)
            .filter_map(|_| cursors.start(cursor(5)).locator)
            .collect();
        assert!(cursors.resume(&locators[0], None).is_none());
        assert!(cursors.resume(&locators[1], None).is_some());
    }

    #[test]
    fn made_up_locators_are_unknown() {
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
            &format!("{id}-02"),
            &format!("{id}-4"),
        ] {
            assert!(cursors.resume(unknown, None).is_none(), "{unknown}");
        }
        assert!(cursors.resume(&locator, None).is_some());
    }
}
