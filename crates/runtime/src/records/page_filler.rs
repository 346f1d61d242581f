//! Fills AppFlow's pages from an application's pages.

use std::future::Future;
use std::time::Instant;

use appflow_connector_model::limits::MAX_RESPONSE_BYTES;
use appflow_connector_model::{ConnectorError, QueryDataRequest, Record};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::byte_budget::{ByteBudget, bytes_in_response};
use super::place::{Place, Progress};
use super::source_page::{Next, Row, SourcePage};
use super::token_sealer::TokenSealer;
use crate::refusal;
use crate::results::{RecordPage, Result};

/// The bytes reserved for everything except records: the token of at most 2,048 characters, the
/// names and the brackets.
const ENVELOPE_BYTES: usize = 4_096;

/// What a token says. Its names are short, so that the token has room for long cursors.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Position<C> {
    #[serde(rename = "p")]
    place: Place<C>,
    /// How many rows of the page at `place` were consumed before; 0 if rows have keys.
    #[serde(rename = "s")]
    skip: usize,
    /// How many records of the query were returned.
    #[serde(rename = "r")]
    returned: u64,
    /// How many records fit into a response, if a response before was full of bytes.
    #[serde(rename = "f")]
    fitting: Option<usize>,
    #[serde(rename = "g")]
    progress: Progress,
}

/// Fills a response with records from the application's pages, up to `maxResults` and the bytes
/// that AWS Lambda accepts. The remaining records are for the next response, and the token says
/// where they begin: see [`SourcePage`] for what each kind of page guarantees.
///
/// [`fill`](Self::fill) does everything; [`place`](Self::place), [`push`](Self::push) and
/// [`finish`](Self::finish) are its steps.
///
/// ```
/// use appflow_connector_runtime::records::{PageFiller, Place, Row, SourcePage, TokenSealer};
/// use appflow_connector_model::Record;
///
/// # fn main() -> appflow_connector_runtime::Result<()> {
/// // SELECT id FROM contacts WHERE id > after ORDER BY id LIMIT 3
/// let contacts = |place: &Place| {
///     let after = place.after.as_deref().map_or(0, |after| after.parse().unwrap());
///     let row = |id: u32| {
///         let record = Record::from_json_unchecked(format!(r#"{{"id":{id}}}"#));
///         Row::keyed(id.to_string(), Some(record))
///     };
///     let rows: Vec<Row> = (after + 1..=5).take(3).map(row).collect();
///     let has_more = rows.len() == 3;
///     SourcePage::by_key(rows, has_more)
/// };
///
/// // The application's pages have three records, AppFlow requests two.
/// let mut token = None;
/// let mut responses = Vec::new();
/// loop {
///     let mut response = PageFiller::new(TokenSealer::of(["contacts"]), token.as_deref(), 2)?;
///     while let Some(place) = response.place() {
///         let page = contacts(place);
///         response.push(page)?;
///     }
///     let response = response.finish()?;
///     responses.push(response.records.len());
///     token = response.next_token;
///     if token.is_none() {
///         break;
///     }
/// }
/// assert_eq!(responses, [2, 2, 1]);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct PageFiller<C = String> {
    tokens: TokenSealer,
    /// None if the query has no more records.
    position: Option<Position<C>>,
    records: Vec<Record>,
    bytes: ByteBudget,
    is_full: bool,
    /// Whether it is full because the next record, whose row has a key, needs too many bytes.
    is_full_of_bytes: bool,
    max_records: usize,
    limit: Option<u64>,
    parts: usize,
}

impl<C: Serialize + DeserializeOwned + PartialEq> PageFiller<C> {
    /// Starts the response to a query, at the position in the request's `nextToken`.
    ///
    /// # Errors
    /// InvalidArgument if the token does not belong to this query.
    pub fn of_query(request: &QueryDataRequest) -> Result<Self> {
        let tokens = TokenSealer::of_query(request);
        Self::new(tokens, request.next_token.as_deref(), request.max_results)
    }

    /// Starts a response of at most `max_results` records, at the position in `token` or else at
    /// the start of the query. Zero counts as one.
    ///
    /// # Errors
    /// InvalidArgument if `tokens` did not make the token.
    pub fn new(tokens: TokenSealer, token: Option<&str>, max_results: u32) -> Result<Self> {
        let position: Position<C> = match token {
            Some(token) => tokens.open(token)?,
            None => Position {
                place: Place::start(),
                skip: 0,
                returned: 0,
                fitting: None,
                progress: Progress::default(),
            },
        };
        let max_results = usize::try_from(max_results.max(1)).unwrap_or(usize::MAX);
        let fitting = position.fitting.unwrap_or(usize::MAX).max(1);
        Ok(Self {
            tokens,
            position: Some(position),
            records: Vec::new(),
            bytes: ByteBudget::new(MAX_RESPONSE_BYTES - ENVELOPE_BYTES),
            is_full: false,
            is_full_of_bytes: false,
            max_records: max_results.min(fitting),
            limit: None,
            parts: 1,
        })
    }

    /// Sets the number of parts of the query, such as those with parts of a list that is too long
    /// for one request. The parts are read one after the other, each from its start;
    /// [`Place::part`] says which one. Default: 1.
    ///
    /// A record whose values change during the query so that it moves from one part to another can
    /// be lost or returned twice.
    ///
    /// # Errors
    /// InvalidArgument if the query has no such part as the token's.
    pub fn parts(mut self, parts: usize) -> Result<Self> {
        let part = self.position.as_ref().map(|position| position.place.part);
        if part.is_some_and(|part| part >= parts) {
            return Err(ConnectorError::invalid_argument(
                "nextToken is not one of this query's tokens",
            ));
        }
        self.parts = parts;
        Ok(self)
    }

    /// Ends the query after `limit` records, over all its responses: the filter's `LIMIT`.
    #[must_use]
    pub fn limit(mut self, limit: Option<u64>) -> Self {
        self.limit = limit;
        if self.room() == 0 {
            self.position = None;
        }
        self
    }

    /// Sets the maximum number of bytes of a response's records. Default: Lambda's limit
    /// (6,291,456) less 4,096 for the rest of the response, which is also the maximum.
    #[must_use]
    pub fn max_bytes(mut self, max_bytes: usize) -> Self {
        self.bytes.limit = max_bytes.min(MAX_RESPONSE_BYTES - ENVELOPE_BYTES);
        self
    }

    /// Whether the response is full, or the query has no more records.
    pub fn is_complete(&self) -> bool {
        self.place().is_none()
    }

    /// Where to read the application's next page; `None` if the response is complete.
    pub fn place(&self) -> Option<&Place<C>> {
        let position = self.position.as_ref()?;
        (!self.is_full && self.room() > 0).then_some(&position.place)
    }

    /// How many more records the response can take: how many to request from the application. If
    /// the response before was full of bytes, it is what fitted there.
    pub fn room(&self) -> usize {
        let room = self.max_records - self.records.len();
        let returned = self
            .position
            .as_ref()
            .map_or(0, |position| position.returned);
        let left = self.limit.map(|limit| limit.saturating_sub(returned));
        left.map_or(room, |left| {
            usize::try_from(left).unwrap_or(usize::MAX).min(room)
        })
    }

    /// Takes the records that fit from the page at [`place`](Self::place). A
    /// [complete](Self::is_complete) response takes none.
    ///
    /// # Errors
    /// - InvalidArgument if a record is too large for any response.
    /// - ServerError if the application's pages lead nowhere: a page names itself as the next one,
    ///   pages form a circle, 1,000 pages in a row have no row, a page after a key has that key
    ///   again, or the same key twice.
    /// - ServerError if a page without keys has fewer rows than were consumed of it before, or its
    ///   cursor was lost.
    pub fn push(&mut self, page: SourcePage<C>) -> Result<()> {
        if self.is_complete() {
            return Ok(());
        }
        let Some(mut position) = self.position.take() else {
            return Ok(());
        };
        if page.next == Next::CursorLost {
            position.restart()?;
            self.position = Some(position);
            return Ok(());
        }
        let found = page.rows.len();
        if position.skip > 0 && position.skip >= found {
            return Err(ConnectorError::server_error(format!(
                "a page of the application changed during the query: it has {found} records now, \
                 but {} were returned before",
                position.skip
            )));
        }
        check_keys(&page.rows, position.place.after.as_deref())?;

        let is_keyed = page.rows.first().is_some_and(|row| row.key.is_some());
        let mut consumed = position.skip;
        let mut last_key = None;
        for row in page.rows.into_iter().skip(position.skip) {
            if let Some(record) = row.record {
                if self.limit.is_some_and(|limit| position.returned >= limit) {
                    return Ok(());
                }
                if self.records.len() >= self.max_records {
                    self.is_full = true;
                    break;
                }
                if !self.bytes.take(&record, &self.records) {
                    if self.records.is_empty() {
                        return Err(self.too_large(&record, consumed));
                    }
                    self.is_full = true;
                    self.is_full_of_bytes = is_keyed;
                    break;
                }
                self.records.push(record);
                position.returned = position.returned.saturating_add(1);
            }
            consumed += 1;
            last_key = row.key;
        }
        if consumed < found {
            position.stop_within_page(consumed, last_key, is_keyed);
        } else {
            let after = match last_key {
                None if found == 0 => position.place.after.clone(),
                key => key,
            };
            let part = position.place.part;
            let next = match page.next {
                Next::AfterLastKey => Place {
                    part,
                    cursor: None,
                    after,
                },
                Next::Cursor(cursor) => Place {
                    part,
                    cursor: Some(cursor),
                    after,
                },
                Next::Nothing if part < self.parts - 1 => Place::start_of(part + 1),
                Next::Nothing | Next::CursorLost => return Ok(()),
            };
            position.go_to(next, found)?;
        }
        if self.limit.is_none_or(|limit| position.returned < limit) {
            self.position = Some(position);
        }
        Ok(())
    }

    fn too_large(&self, record: &Record, index: usize) -> ConnectorError {
        ConnectorError::invalid_argument(format!(
            "a record is too large: it needs {} bytes of a response, which has space for {} (AWS Lambda accepts at most {MAX_RESPONSE_BYTES}); \
             it is record {} of the application's page: select fewer fields or filter it out",
            bytes_in_response(record),
            self.bytes.limit,
            index + 1
        ))
    }

    /// Returns the response, with the token for the remaining records.
    ///
    /// # Errors
    /// ServerError if the token would be too long, because the application's cursor or key is.
    pub fn finish(mut self) -> Result<RecordPage> {
        let fitting = self.fitting();
        if let Some(position) = &mut self.position {
            position.fitting = fitting;
        }
        let token = self.position.map(|position| self.tokens.seal(&position));
        Ok(RecordPage {
            records: self.records,
            next_token: token.transpose()?,
        })
    }

    /// How many records the next response should request. It doubles when they became smaller.
    fn fitting(&self) -> Option<usize> {
        if self.is_full_of_bytes {
            return Some(self.records.len());
        }
        let fitting = self.position.as_ref()?.fitting?;
        let bytes: usize = self.records.iter().map(bytes_in_response).sum();
        if self.records.len() >= fitting && bytes < self.bytes.limit / 2 {
            return Some(fitting.saturating_mul(2));
        }
        Some(fitting)
    }

    /// Reads the application's pages with `fetch` until the response is complete, and returns it.
    /// `fetch` gets the place of the page and how many records the response still takes.
    ///
    /// After the first page, another is read only while more than half of the time to `deadline`
    /// remains. If reading it fails, the response has the records read before, and the next call
    /// starts with the page that failed.
    ///
    /// ```no_run
    /// # use appflow_connector_model::QueryDataRequest;
    /// # use appflow_connector_runtime::records::{PageFiller, Place, Row, SourcePage};
    /// # use appflow_connector_runtime::{Invocation, RecordPage, Result};
    /// # async fn contacts_after(id: Option<&str>, limit: usize) -> Result<Vec<Row>> { todo!() }
    /// # async fn query(request: QueryDataRequest, invocation: &Invocation) -> Result<RecordPage> {
    /// let fetch = async |place: Place, max_records: usize| {
    ///     let limit = max_records.min(500);
    ///     let rows = contacts_after(place.after.as_deref(), limit).await?;
    ///     let has_more = rows.len() == limit;
    ///     Ok(SourcePage::by_key(rows, has_more))
    /// };
    /// PageFiller::of_query(&request)?.fill(invocation.deadline(), fetch).await
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of [`push`](Self::push) and [`finish`](Self::finish), and the error of `fetch`
    /// for the first page.
    pub async fn fill<F, Fut>(mut self, deadline: Instant, mut fetch: F) -> Result<RecordPage>
    where
        C: Clone,
        F: FnMut(Place<C>, usize) -> Fut,
        Fut: Future<Output = Result<SourcePage<C>>>,
    {
        let now = || tokio::time::Instant::now().into_std();
        let half_time = now() + deadline.saturating_duration_since(now()) / 2;
        while let Some(place) = self.place() {
            match fetch(place.clone(), self.room()).await {
                Ok(page) => self.push(page)?,
                Err(error) if self.records.is_empty() => return Err(error),
                Err(error) => {
                    refusal::note(&error);
                    warn!(%error, "a further page cannot be read; the response ends before it");
                    break;
                }
            }
            if now() >= half_time {
                break;
            }
        }
        self.finish()
    }

    /// Reads all records of a query with `fetch`, for one response: those that have one of the ids
    /// that `retrieve_data` was asked for. `fetch` gets places as for [`fill`](Self::fill), of a
    /// query with this number of [`parts`](Self::parts).
    ///
    /// # Errors
    /// - The errors of `fetch` and [`push`](Self::push).
    /// - InvalidArgument if the records are too large for one response.
    pub async fn all<F, Fut>(parts: usize, mut fetch: F) -> Result<Vec<Record>>
    where
        C: Clone,
        F: FnMut(Place<C>, usize) -> Fut,
        Fut: Future<Output = Result<SourcePage<C>>>,
    {
        let tokens = TokenSealer::of([""; 0]);
        let mut filler = Self::new(tokens, None, u32::MAX)?.parts(parts)?;
        while let Some(place) = filler.place() {
            let page = fetch(place.clone(), filler.room()).await?;
            filler.push(page)?;
        }
        if filler.position.is_some() {
            return Err(ConnectorError::invalid_argument(
                "the records are too large for one response: request fewer ids or fields",
            ));
        }
        Ok(filler.records)
    }
}

impl<C: Serialize + PartialEq> Position<C> {
    /// Continues after the last key, or at the start of the query if nothing was returned: the
    /// application no longer knows the cursor.
    fn restart(&mut self) -> Result<()> {
        if self.place.cursor.is_none() {
            return Err(ConnectorError::server_error(
                "the connector says that the application lost a cursor, but the query has none",
            ));
        }
        if self.place.after.is_none() && self.returned > 0 {
            return Err(ConnectorError::server_error(
                "the application no longer knows the cursor of this query, and its records have no \
                 key to continue after: run the query again from its start",
            ));
        }
        self.place.cursor = None;
        self.skip = 0;
        self.progress.restart(&self.place)
    }

    /// Stops before the row `consumed` of the page, whose last consumed row has this key.
    fn stop_within_page(&mut self, consumed: usize, last_key: Option<String>, is_keyed: bool) {
        if is_keyed {
            if last_key.is_some() {
                self.place.cursor = None;
                self.place.after = last_key;
            }
        } else {
            self.skip = consumed;
        }
    }

    /// Goes on to the next page, after one with this number of rows.
    fn go_to(&mut self, next: Place<C>, rows: usize) -> Result<()> {
        if next == self.place {
            return Err(ConnectorError::server_error(
                "a page of the application names itself as the next page",
            ));
        }
        self.progress.check(rows, &next)?;
        self.place = next;
        self.skip = 0;
        Ok(())
    }
}

/// Checks that a page's keys lead on from the last key before the page.
fn check_keys(rows: &[Row], after: Option<&str>) -> Result<()> {
    let mut previous = None;
    for row in rows {
        let Some(key) = row.key.as_deref() else {
            return Ok(());
        };
        if after == Some(key) {
            return Err(ConnectorError::server_error(
                "the application returned the last record before a page again within the page: \
                 its pages do not advance",
            ));
        }
        if previous == Some(key) {
            return Err(ConnectorError::server_error(
                "the application returned two records with the same key in a row, so the pages of \
                 the query cannot be read by this key",
            ));
        }
        previous = Some(key);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use appflow_connector_model::ErrorCode;
    use proptest::prelude::*;

    use super::*;

    fn record(text: impl Into<String>) -> Record {
        Record::from_json_unchecked(text.into())
    }

    fn builder(token: Option<&str>, max_results: u32) -> Result<PageFiller<u64>> {
        PageFiller::new(TokenSealer::of(["contacts"]), token, max_results)
    }

    /// The records of all responses to a query over `pages`, which the application numbers from 0.
    fn query_all(
        pages: &[Vec<Record>],
        max_results: u32,
        max_bytes: usize,
        limit: Option<u64>,
    ) -> Result<Vec<Vec<Record>>> {
        let mut responses = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let response = builder(token.as_deref(), max_results)?;
            let mut response = response.max_bytes(max_bytes).limit(limit);
            while !response.is_complete() {
                let number = response.place().unwrap().cursor.unwrap_or(0);
                let index = usize::try_from(number).unwrap();
                let next = (index + 1 < pages.len()).then_some(number + 1);
                response.push(SourcePage::new(pages[index].clone(), next))?;
            }
            let response = response.finish()?;
            responses.push(response.records);
            token = response.next_token;
            if token.is_none() {
                return Ok(responses);
            }
        }
    }

    /// The expected responses, computed in another way: each takes as many records as fit.
    fn responses(records: Vec<Record>, max_results: u32, max_bytes: usize) -> Vec<Vec<Record>> {
        let mut responses: Vec<Vec<Record>> = Vec::new();
        for record in records {
            if let Some(last) = responses.last_mut() {
                last.push(record.clone());
                // Two brackets, and a comma between records: one byte more than a delimiter for
                // each record.
                let bytes = serde_json::to_string(last).unwrap().len() - 1;
                if last.len() <= max_results.max(1) as usize && bytes <= max_bytes {
                    continue;
                }
                last.pop();
            }
            responses.push(vec![record]);
        }
        responses
    }

    proptest! {
        #[test]
        fn the_responses_contain_the_applications_records(
            pages in prop::collection::vec(prop::collection::vec(r#"[a-c"\\\n\x01é]{0,12}"#, 0..9), 1..6),
            max_results in 0_u32..12,
            max_bytes in 80_usize..400,
            limit in prop::option::of(0_u64..60),
        ) {
            let pages: Vec<Vec<Record>> = pages
                .into_iter()
                .map(|page| page.into_iter().map(record).collect())
                .collect();
            let mut found = query_all(&pages, max_results, max_bytes, limit).unwrap();
            // After a full response the application may have no more records.
            let last = found.pop_if(|last| last.is_empty());
            prop_assert!(found.iter().all(|response| !response.is_empty()), "{last:?}");
            let mut records = pages.concat();
            records.truncate(usize::try_from(limit.unwrap_or(1_000)).unwrap());
            prop_assert_eq!(found, responses(records, max_results, max_bytes));
        }
    }

    /// The application's pages have 7 MB each, a little more than a response.
    #[test]
    fn responses_are_as_large_as_lambda_accepts_and_no_larger() {
        let large = record(format!(r#"{{"text":"{}"}}"#, "x".repeat(69_900)));
        let pages = vec![vec![large; 100]; 3];
        let mut token: Option<String> = None;
        let mut sizes = Vec::new();
        loop {
            let mut response = builder(token.as_deref(), 1_000).unwrap();
            while !response.is_complete() {
                let number = response.place().unwrap().cursor.unwrap_or(0);
                let page = pages[usize::try_from(number).unwrap()].clone();
                response
                    .push(SourcePage::new(page, (number < 2).then_some(number + 1)))
                    .unwrap();
            }
            let page = response.finish().unwrap();
            let response = serde_json::json!({
                "isSuccess": true, "errorDetails": null, "records": page.records, "nextToken": page.next_token,
            });
            sizes.push(response.to_string().len());
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(sizes.len(), 4);
        assert!(
            sizes.iter().all(|size| *size <= MAX_RESPONSE_BYTES),
            "{sizes:?}"
        );
        assert!(sizes[0] > 6_200_000, "{sizes:?}");
    }

    #[test]
    fn a_record_that_never_fits_is_an_error() {
        let (small, huge) = (
            record("{}"),
            record(format!("\"{}\"", "\"".repeat(4_000_000))),
        );
        let page = || SourcePage::new(vec![small.clone(), huge.clone()], None);
        let mut response = builder(None, 10).unwrap();
        response.push(page()).unwrap();
        let response = response.finish().unwrap();
        assert_eq!(response.records.len(), 1);

        let mut response = builder(response.next_token.as_deref(), 10).unwrap();
        let error = response.push(page()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert_eq!(
            error.message(),
            "a record is too large: it needs 8000007 bytes of a response, which has space for 6287360 (AWS Lambda accepts at most 6291456); \
             it is record 2 of the application's page: select fewer fields or filter it out"
        );
    }

    #[test]
    fn a_limit_of_zero_returns_no_records() {
        assert_eq!(
            query_all(&[vec![record("{}")]], 10, 400, Some(0)),
            Ok(vec![vec![]])
        );
    }

    #[test]
    fn a_page_that_names_itself_or_lost_records_is_an_error() {
        let page = |records, next| SourcePage::new(vec![record("{}"); records], next);
        let mut response = builder(None, 10).unwrap();
        response.push(page(1, Some(7))).unwrap();
        let error = response.push(page(1, Some(7))).unwrap_err();
        assert_eq!(
            error.message(),
            "a page of the application names itself as the next page"
        );

        let mut response = builder(None, 2).unwrap();
        response.push(page(3, None)).unwrap();
        let token = response.finish().unwrap().next_token;
        let mut response = builder(token.as_deref(), 2).unwrap();
        let error = response.push(page(2, None)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ServerError);
    }

    #[test]
    fn foreign_tokens_are_refused() {
        for token in ["", "1", "eyJhIjoxfQ"] {
            let error = builder(Some(token), 10).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_response_ends_before_a_page_that_fails_or_is_late() {
        use std::time::Duration;
        let deadline = || tokio::time::Instant::now().into_std() + Duration::from_secs(20);
        let failing = async |place: Place<u64>, _| match place.cursor.unwrap_or(0) {
            2 => Err(ConnectorError::server_error("down")),
            number => Ok(SourcePage::new(vec![record("{}")], Some(number + 1))),
        };
        let response = builder(None, 10)
            .unwrap()
            .fill(deadline(), failing)
            .await
            .unwrap();
        assert_eq!(response.records.len(), 2);
        let next = builder(response.next_token.as_deref(), 10).unwrap();
        let error = next.fill(deadline(), failing).await.unwrap_err();
        assert_eq!(error.message(), "down");

        let slow = async |place: Place<u64>, _| {
            tokio::time::sleep(Duration::from_secs(4)).await;
            Ok(SourcePage::new(
                vec![record("{}")],
                Some(place.cursor.unwrap_or(0) + 1),
            ))
        };
        let response = builder(None, 10)
            .unwrap()
            .fill(deadline(), slow)
            .await
            .unwrap();
        assert_eq!(response.records.len(), 3);
    }
}
