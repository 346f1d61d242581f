//! The places of queries survive whatever changes between two requests to the application.

use std::collections::{BTreeMap, BTreeSet};

use appflow_connector_model::{ConnectorError, ErrorCode, Record};
use appflow_connector_runtime::records::{PageFiller, Place, Row, SourcePage, TokenSealer};
use proptest::prelude::*;

/// What happens between two requests to the application.
#[derive(Clone, Debug)]
enum Change {
    Edit(u16),
    Delete(u16),
    Insert(u16),
    DropCursors,
    Nothing,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Key,
    CursorWithKey,
}

#[derive(Clone, Debug)]
struct Contact {
    size: usize,
    /// How often it was edited. The application's filter drops every third version, the
    /// connector's own test every third of the others.
    version: usize,
}

impl Contact {
    fn is_found(&self) -> bool {
        self.version % 3 != 2
    }

    fn passes_residual(&self) -> bool {
        self.version % 3 != 1
    }
}

/// An application of contacts, ordered by key, with cursors that remember the keys found at first.
struct Application {
    contacts: BTreeMap<u16, Contact>,
    cursors: BTreeMap<String, Vec<u16>>,
    opened: usize,
    /// The contacts that matched in every version so far, and those that ever matched.
    throughout: BTreeSet<u16>,
    ever: BTreeSet<u16>,
}

impl Application {
    fn new(sizes: &[usize]) -> Self {
        let contact = |(index, size): (usize, &usize)| {
            let contact = Contact {
                size: *size,
                version: index % 4 * 3,
            };
            (u16::try_from(index * 10).unwrap(), contact)
        };
        let contacts: BTreeMap<u16, Contact> = sizes.iter().enumerate().map(contact).collect();
        Self {
            cursors: BTreeMap::new(),
            opened: 0,
            throughout: contacts.keys().copied().collect(),
            ever: contacts.keys().copied().collect(),
            contacts,
        }
    }

    fn apply(&mut self, change: &Change) {
        let nth = |n: u16, contacts: &BTreeMap<u16, Contact>| {
            let index = usize::from(n) % contacts.len().max(1);
            contacts.keys().nth(index).copied()
        };
        match change {
            Change::Edit(n) => {
                if let Some(key) = nth(*n, &self.contacts) {
                    let contact = self.contacts.get_mut(&key).unwrap();
                    contact.version += 1;
                    contact.size = (contact.size + 7) % 60;
                    if contact.is_found() && contact.passes_residual() {
                        self.ever.insert(key);
                    } else {
                        self.throughout.remove(&key);
                    }
                }
            }
            Change::Delete(n) => {
                if let Some(key) = nth(*n, &self.contacts) {
                    self.contacts.remove(&key);
                    self.throughout.remove(&key);
                }
            }
            Change::Insert(key) => {
                let contact = Contact {
                    size: usize::from(key % 40),
                    version: 0,
                };
                // A deleted contact's key is not used again.
                if !self.ever.contains(key) && !self.contacts.contains_key(key) {
                    self.contacts.insert(*key, contact);
                    self.ever.insert(*key);
                }
            }
            Change::DropCursors => self.cursors.clear(),
            Change::Nothing => {}
        }
    }

    fn row(&self, key: u16) -> Option<Row> {
        let contact = self.contacts.get(&key)?;
        let text = "x".repeat(contact.size);
        let record = Record::from_json_unchecked(format!(r#"{{"id":{key},"t":"{text}"}}"#));
        // Keys are texts, in the order of texts.
        let record = contact.passes_residual().then_some(record);
        Some(Row::keyed(format!("{key:05}"), record))
    }

    fn page(&mut self, kind: Kind, place: &Place, page_size: usize) -> SourcePage {
        let found = if let Some(cursor) = &place.cursor {
            let Some(keys) = self.cursors.get(cursor) else {
                return SourcePage::cursor_lost();
            };
            keys.clone()
        } else {
            let after = place.after.as_ref().map(|after| after.parse().unwrap());
            let contacts = self.contacts.iter();
            let found = contacts.filter(|(key, contact)| {
                contact.is_found() && after.is_none_or(|after| **key > after)
            });
            found.map(|(key, _)| *key).collect()
        };
        let (page, rest) = found.split_at(page_size.min(found.len()));
        let rows = page.iter().filter_map(|key| self.row(*key)).collect();
        match kind {
            Kind::Key => SourcePage::by_key(rows, !rest.is_empty()),
            Kind::CursorWithKey => {
                let cursor = (!rest.is_empty()).then(|| {
                    self.opened += 1;
                    let cursor = format!("cursor-{}", self.opened);
                    self.cursors.insert(cursor.clone(), rest.to_vec());
                    cursor
                });
                SourcePage::by_cursor_with_keys(rows, cursor)
            }
        }
    }
}

/// The keys of the records of all responses, with a change before each request.
fn query_all(
    application: &mut Application,
    kind: Kind,
    changes: &[Change],
    page_size: usize,
    max_results: u32,
    max_bytes: usize,
) -> Result<Vec<u16>, ConnectorError> {
    let mut changes = changes.iter();
    let mut arrived = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let response =
            PageFiller::new(TokenSealer::of(["contacts"]), token.as_deref(), max_results)?;
        let mut response = response.max_bytes(max_bytes);
        while let Some(place) = response.place() {
            application.apply(changes.next().unwrap_or(&Change::Nothing));
            let page = application.page(kind, place, page_size.min(response.room()));
            response.push(page)?;
        }
        let response = response.finish()?;
        for record in response.records {
            let record: serde_json::Value = record.parse().unwrap();
            arrived.push(u16::try_from(record["id"].as_u64().unwrap()).unwrap());
        }
        token = response.next_token;
        if token.is_none() {
            return Ok(arrived);
        }
    }
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => any::<u16>().prop_map(Change::Edit),
        3 => any::<u16>().prop_map(Change::Delete),
        3 => (0_u16..400).prop_map(Change::Insert),
        2 => Just(Change::DropCursors),
        2 => Just(Change::Nothing),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn every_record_that_matches_throughout_arrives_exactly_once(
        sizes in prop::collection::vec(0_usize..60, 0..40),
        changes in prop::collection::vec(any_change(), 0..60),
        kind in prop::sample::select(vec![Kind::Key, Kind::CursorWithKey]),
        page_size in 1_usize..9,
        max_results in 1_u32..12,
        max_bytes in 100_usize..500,
    ) {
        let mut application = Application::new(&sizes);
        let arrived =
            query_all(&mut application, kind, &changes, page_size, max_results, max_bytes).unwrap();
        prop_assert!(arrived.is_sorted_by(|a, b| a < b), "twice or out of order: {arrived:?}");
        let arrived = BTreeSet::from_iter(arrived);
        let lost: Vec<_> = application.throughout.difference(&arrived).collect();
        prop_assert!(lost.is_empty(), "lost: {lost:?}");
        let foreign: Vec<_> = arrived.difference(&application.ever).collect();
        prop_assert!(foreign.is_empty(), "never matched: {foreign:?}");
    }
}

fn filler(token: Option<&str>, max_results: u32) -> PageFiller {
    PageFiller::new(TokenSealer::of(["q"]), token, max_results).unwrap()
}

fn record() -> Record {
    Record::from_json_unchecked("{}".to_owned())
}

fn row(key: &str) -> Row {
    Row::keyed(key, Some(record()))
}

fn place(cursor: Option<&str>, after: Option<&str>) -> Place {
    Place {
        part: 0,
        cursor: cursor.map(str::to_owned),
        after: after.map(str::to_owned),
    }
}

#[test]
fn a_page_with_keys_is_cut_after_a_key_and_not_by_a_count() {
    let mut response = filler(None, 2);
    let page =
        || SourcePage::by_cursor_with_keys(vec![row("a"), row("b"), row("c")], Some("x".into()));
    response.push(page()).unwrap();
    let token = response.finish().unwrap().next_token;
    let response = filler(token.as_deref(), 2);
    assert_eq!(response.place(), Some(&place(None, Some("b"))));

    // At the end of a page the cursor is used.
    let mut response = filler(None, 3);
    response.push(page()).unwrap();
    let token = response.finish().unwrap().next_token;
    let response = filler(token.as_deref(), 2);
    assert_eq!(response.place(), Some(&place(Some("x"), Some("c"))));
}

#[test]
fn a_row_that_was_dropped_is_a_place_too() {
    let dropped = |key: &str| Row::keyed(key, None);
    let mut response = filler(None, 1);
    let rows = vec![row("a"), dropped("b"), row("c")];
    response.push(SourcePage::by_key(rows, true)).unwrap();
    let response = response.finish().unwrap();
    assert_eq!(response.records.len(), 1);
    let response = filler(response.next_token.as_deref(), 9);
    assert_eq!(response.place(), Some(&place(None, Some("b"))));
}

#[test]
fn a_lost_cursor_without_a_key_is_an_error_once_records_were_returned() {
    let page = |records| SourcePage::new(vec![record(); records], Some("x".to_owned()));
    let mut response = filler(None, 10);
    response.push(page(1)).unwrap();
    let error = response.push(SourcePage::cursor_lost()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ServerError);
    assert_eq!(
        error.message(),
        "the application no longer knows the cursor of this query, and its records have no key to \
         continue after: run the query again from its start"
    );

    let mut response = filler(None, 10);
    response.push(page(0)).unwrap();
    response.push(SourcePage::cursor_lost()).unwrap();
    assert_eq!(response.place(), Some(&Place::start()));
    assert!(response.push(SourcePage::cursor_lost()).is_err());
}

/// Pushes the pages that `next` makes of a number until one is an error, over responses of 10
/// pages each.
fn first_error(mut page: impl FnMut(usize) -> SourcePage) -> (usize, ConnectorError) {
    let mut token = None;
    let mut number = 0;
    loop {
        let mut response = filler(token.as_deref(), 1_000);
        for _ in 0..10 {
            if let Err(error) = response.push(page(number)) {
                return (number, error);
            }
            number += 1;
        }
        token = response.finish().unwrap().next_token;
        assert!(
            token.is_some() && number < 10_000,
            "no error after {number} pages"
        );
    }
}

#[test]
fn pages_that_circle_end_in_an_error_whether_or_not_they_have_records() {
    for (length, records) in [(2, 0), (2, 1), (3, 0), (57, 1)] {
        let (pages, error) = first_error(|number| {
            let next = format!("page-{}", (number + 1) % length);
            SourcePage::by_cursor(vec![record(); records], Some(next))
        });
        assert_eq!(
            error.message(),
            "the application's pages form a circle: its next page is one that was read before"
        );
        assert!(pages <= 3 * length, "{pages} pages of a circle of {length}");
    }
}

#[test]
fn pages_without_rows_end_in_an_error_and_pages_without_matching_rows_do_not() {
    let empty = |number| SourcePage::by_cursor(vec![], Some(format!("page-{number}")));
    let (pages, error) = first_error(empty);
    assert_eq!(pages, 999);
    assert_eq!(
        error.message(),
        "the application returned 1000 pages in a row without a row, each with a next page"
    );
    let mut response = filler(None, 10);
    for number in 0..3_000 {
        let page = SourcePage::by_cursor(vec![record()], Some(format!("page-{number}")));
        response.push(page.retain(|_| Ok(false)).unwrap()).unwrap();
    }
}

#[test]
fn keys_that_do_not_advance_are_an_error() {
    let advance = "the application returned the last record before a page again within the page: \
                   its pages do not advance";
    for next in [&["b"][..], &["b", "c"], &["a", "b"]] {
        let mut response = filler(None, 10);
        let page =
            |keys: &[&str]| SourcePage::by_key(keys.iter().map(|key| row(key)).collect(), true);
        response.push(page(&["a", "b"])).unwrap();
        assert_eq!(response.push(page(next)).unwrap_err().message(), advance);
    }
    let mut response = filler(None, 10);
    let repeated = SourcePage::by_key(vec![row("a"), row("a")], false);
    assert_eq!(
        response.push(repeated).unwrap_err().message(),
        "the application returned two records with the same key in a row, so the pages of the \
         query cannot be read by this key"
    );
    let more_of_nothing = SourcePage::by_key(vec![], true);
    let error = filler(None, 10).push(more_of_nothing).unwrap_err();
    assert_eq!(
        error.message(),
        "a page of the application names itself as the next page"
    );
}

#[test]
fn what_fitted_is_what_the_next_response_requests() {
    let large = |key: String, size: usize| {
        let text = format!("\"{}\"", "x".repeat(size));
        Row::keyed(key, Some(Record::from_json_unchecked(text)))
    };
    let page = |start: usize, rows: usize, size: usize| {
        let key = |n: usize| format!("{n:05}");
        SourcePage::by_key(
            (start..start + rows).map(|n| large(key(n), size)).collect(),
            true,
        )
    };
    let next = |token: Option<String>| filler(token.as_deref(), 1_000).max_bytes(10_000);
    let mut response = next(None);
    assert_eq!(response.room(), 1_000);
    response.push(page(0, 1_000, 90)).unwrap();
    let response = response.finish().unwrap();
    let fitting = response.records.len();
    assert!((90..120).contains(&fitting), "{fitting}");

    // The same size: what is requested fits, and nothing is read in vain.
    let mut response = next(response.next_token);
    assert_eq!(response.room(), fitting);
    response.push(page(fitting, fitting, 90)).unwrap();
    assert!(response.is_complete());
    let response = response.finish().unwrap();

    // Smaller records: more of them are requested again.
    let mut response = next(response.next_token);
    assert_eq!(response.room(), fitting);
    response.push(page(2 * fitting, fitting, 9)).unwrap();
    let response = next(response.finish().unwrap().next_token);
    assert_eq!(response.room(), 2 * fitting);
}

#[test]
fn the_limit_counts_over_all_responses() {
    let mut token = None;
    let mut found = 0;
    let mut rooms = Vec::new();
    loop {
        let mut response = filler(token.as_deref(), 4).limit(Some(10));
        while let Some(place) = response.place() {
            let after: usize = place.after.as_deref().map_or(0, |key| key.parse().unwrap());
            rooms.push(response.room());
            let keys = after + 1..=after + response.room();
            let rows = keys.map(|key| row(&format!("{key:03}"))).collect();
            response.push(SourcePage::by_key(rows, true)).unwrap();
        }
        let response = response.finish().unwrap();
        found += response.records.len();
        token = response.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!((found, rooms), (10, vec![4, 4, 2]));
}

#[test]
fn a_token_has_room_for_long_cursors_and_keys() {
    let mut response = filler(None, 1);
    let page =
        SourcePage::by_cursor_with_keys(vec![row(&"k".repeat(255))], Some("c".repeat(1_100)));
    response.push(page).unwrap();
    assert!(response.finish().unwrap().next_token.unwrap().len() <= 2_048);
}

#[test]
fn the_parts_of_a_query_are_read_one_after_the_other() {
    // Three parts with 3, 0 and 2 rows; pages of two rows, responses of two records.
    let keys: [&[&str]; 3] = [&["a", "b", "c"], &[], &["a", "d"]];
    let mut found = Vec::new();
    let mut token = None;
    loop {
        let mut response = filler(token.as_deref(), 2).parts(3).unwrap();
        while let Some(place) = response.place() {
            let after = place.after.as_deref().unwrap_or_default();
            let rows = keys[place.part].iter().filter(|key| **key > after);
            let record = |key: &str| Record::from_json_unchecked(key.to_owned());
            let row = |key: &&str| Row::keyed(*key, Some(record(key)));
            let rows: Vec<Row> = rows.take(2).map(row).collect();
            let has_more = rows.len() == 2;
            response.push(SourcePage::by_key(rows, has_more)).unwrap();
        }
        let response = response.finish().unwrap();
        found.extend(
            response
                .records
                .iter()
                .map(|record| record.as_str().to_owned()),
        );
        token = response.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(found, ["a", "b", "c", "a", "d"]);
}

#[test]
fn a_token_of_a_part_that_the_query_does_not_have_is_refused() {
    let mut response = filler(None, 1).parts(2).unwrap();
    response
        .push(SourcePage::by_key(vec![row("a")], false))
        .unwrap();
    let token = response.finish().unwrap().next_token.unwrap();
    assert_eq!(
        filler(Some(&token), 1)
            .parts(2)
            .unwrap()
            .place()
            .unwrap()
            .part,
        1
    );
    let error = filler(Some(&token), 1).parts(1).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
}

#[test]
fn a_forged_count_of_returned_records_does_not_overflow() {
    let forged = serde_json::json!({
        "p": { "c": null, "a": null }, "s": 0, "r": u64::MAX, "f": null,
        "g": { "n": u64::MAX, "l": null, "e": u32::MAX },
    });
    let token = TokenSealer::of(["q"]).seal(&forged).unwrap();
    let mut response = filler(Some(&token), 10);
    response
        .push(SourcePage::by_key(vec![row("a"), row("b")], false))
        .unwrap();
    assert_eq!(response.finish().unwrap().records.len(), 2);
}
