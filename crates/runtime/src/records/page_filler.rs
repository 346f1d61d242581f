//! Fills AppFlow's pages from an application's pages.

use std::future::Future;
use std::time::Instant;

use appflow_connector_model::limits::MAX_RESPONSE_BYTES;
use appflow_connector_model::{ConnectorError, QueryDataRequest, Record};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::byte_budget::{ByteBudget, bytes_in_response};
use super::source_page::SourcePage;
use super::token_sealer::TokenSealer;
use crate::results::{RecordPage, Result};

/// The bytes reserved for everything except records: the token of at most 2,048 characters, the names and the brackets.
const ENVELOPE_BYTES: usize = 4_096;

/// Where a query continues. It is part of the token, so its JSON is short: `["cursor",7,0]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Position<P>(
    /// The application's page; none for the first page.
    Option<P>,
    /// How many of its records were returned before.
    usize,
    /// How many records of the query were returned in total.
    u64,
);

/// Fills a response with records from the application's pages, up to `maxResults` and the bytes that AWS Lambda accepts. The
/// remaining records are for the next response: the token names the application's page and how many of its records were returned.
/// No record is lost or returned twice, provided that the application returns a page's records in the same order when it is read
/// again.
///
/// [`fill`](Self::fill) does everything; [`page`](Self::page), [`push`](Self::push) and [`finish`](Self::finish) are its steps.
///
/// ```
/// use appflow_connector_runtime::records::{PageFiller, SourcePage, TokenSealer};
/// use appflow_connector_model::Record;
///
/// # fn main() -> appflow_connector_runtime::Result<()> {
/// // The application's pages have three records, AppFlow requests two.
/// let application_page = |offset: u64| {
///     let record = |id| Record::from_json_unchecked(format!(r#"{{"id":{id}}}"#));
///     let ids = offset..(offset + 3).min(5);
///     SourcePage::by_offset(ids.map(record).collect(), offset, 3)
/// };
///
/// let mut token = None;
/// let mut responses = Vec::new();
/// loop {
///     let mut response = PageFiller::new(TokenSealer::of(["contacts"]), token.as_deref(), 2)?;
///     while !response.is_complete() {
///         let offset = response.page().copied().unwrap_or(0);
///         response.push(application_page(offset))?;
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
pub struct PageFiller<P> {
    tokens: TokenSealer,
    /// None if the query has no more records.
    position: Option<Position<P>>,
    records: Vec<Record>,
    bytes: ByteBudget,
    is_full: bool,
    max_results: usize,
    limit: Option<u64>,
}

impl<P: Serialize + DeserializeOwned + PartialEq> PageFiller<P> {
    /// Starts the response to a query, at the position in the request's `nextToken`.
    ///
    /// # Errors
    /// InvalidArgument if the token does not belong to this query.
    pub fn of_query(request: &QueryDataRequest) -> Result<Self> {
        let tokens = TokenSealer::of_query(request);
        Self::new(tokens, request.next_token.as_deref(), request.max_results)
    }

    /// Starts a response of at most `max_results` records, at the position in `token` or else at the first page. Zero counts as one.
    ///
    /// # Errors
    /// InvalidArgument if `tokens` did not make the token.
    pub fn new(tokens: TokenSealer, token: Option<&str>, max_results: u32) -> Result<Self> {
        let position = match token {
            Some(token) => tokens.open(token)?,
            None => Position(None, 0, 0),
        };
        Ok(Self {
            tokens,
            position: Some(position),
            records: Vec::new(),
            bytes: ByteBudget::new(MAX_RESPONSE_BYTES - ENVELOPE_BYTES),
            is_full: false,
            max_results: usize::try_from(max_results.max(1)).unwrap_or(usize::MAX),
            limit: None,
        })
    }

    /// Ends the query after `limit` records, over all its responses: the filter's `LIMIT`, for an application without one.
    #[must_use]
    pub fn limit(mut self, limit: Option<u64>) -> Self {
        self.limit = limit;
        if self.room() == 0 {
            self.position = None;
        }
        self
    }

    /// Sets the maximum number of bytes of a response's records. Default: Lambda's limit (6,291,456) less 4,096 for the rest of the
    /// response, which is also the maximum.
    #[must_use]
    pub fn max_bytes(mut self, max_bytes: usize) -> Self {
        self.bytes.limit = max_bytes.min(MAX_RESPONSE_BYTES - ENVELOPE_BYTES);
        self
    }

    /// Whether the response is full, or the query has no more records.
    pub fn is_complete(&self) -> bool {
        self.position.is_none() || self.is_full || self.room() == 0
    }

    /// The application's page to read next; none for the first page.
    pub fn page(&self) -> Option<&P> {
        self.position.as_ref()?.0.as_ref()
    }

    /// How many more records the response can take: how many to request from the application.
    pub fn room(&self) -> usize {
        let room = self.max_results - self.records.len();
        let returned = self.position.as_ref().map_or(0, |position| position.2);
        let left = self.limit.map(|limit| limit.saturating_sub(returned));
        left.map_or(room, |left| {
            usize::try_from(left).unwrap_or(usize::MAX).min(room)
        })
    }

    /// Takes the records that fit from the page that [`page`](Self::page) names. A [complete](Self::is_complete) response takes none.
    ///
    /// # Errors
    /// - InvalidArgument if a record is too large for any response.
    /// - ServerError if the application's page has fewer records than were returned of it before, or names itself as the next page.
    pub fn push(&mut self, page: SourcePage<P>) -> Result<()> {
        let Some(Position(name, sent, mut returned)) = self.position.take() else {
            return Ok(());
        };
        let found = page.records.len();
        if sent > 0 && sent >= found {
            return Err(ConnectorError::server_error(format!(
                "a page of the application changed during the query: it has {found} records now, but {sent} were returned before"
            )));
        }
        if name.is_some() && name == page.next {
            return Err(ConnectorError::server_error(
                "a page of the application names itself as the next page",
            ));
        }

        let mut next = sent;
        for record in page.records.into_iter().skip(sent) {
            if self.limit.is_some_and(|limit| returned >= limit) {
                return Ok(());
            }
            if self.records.len() >= self.max_results {
                self.is_full = true;
                break;
            }
            if !self.bytes.take(&record, &self.records) {
                if self.records.is_empty() {
                    return Err(self.too_large(&record, next));
                }
                self.is_full = true;
                break;
            }
            self.records.push(record);
            next += 1;
            returned += 1;
        }
        self.position = if next < found {
            Some(Position(name, next, returned))
        } else {
            page.next.map(|name| Position(Some(name), 0, returned))
        };
        if self.limit.is_some_and(|limit| returned >= limit) {
            self.position = None;
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
    /// ServerError if the token would be too long, because the application's identifier of a page is.
    pub fn finish(self) -> Result<RecordPage> {
        let token = self.position.map(|position| self.tokens.seal(&position));
        Ok(RecordPage {
            records: self.records,
            next_token: token.transpose()?,
        })
    }

    /// Reads the application's pages with `fetch` until the response is complete, and returns it.
    ///
    /// After the first page, another is read only while more than half of the time to `deadline` remains. If reading it fails, the
    /// response has the records read before, and the next call starts with the page that failed.
    ///
    /// ```no_run
    /// # use appflow_connector_model::{QueryDataRequest, Record};
    /// # use appflow_connector_runtime::records::{PageFiller, SourcePage};
    /// # use appflow_connector_runtime::{Invocation, RecordPage, Result};
    /// # async fn contacts(page: u64, page_size: usize) -> Result<Vec<Record>> { todo!() }
    /// # async fn query(request: QueryDataRequest, invocation: &Invocation) -> Result<RecordPage> {
    /// let fetch = async |page: Option<u64>| {
    ///     let number = page.unwrap_or(1);
    ///     let records = contacts(number, 500).await?;
    ///     Ok(SourcePage::by_number(records, number, 500))
    /// };
    /// PageFiller::of_query(&request)?.fill(invocation.deadline(), fetch).await
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of [`push`](Self::push) and [`finish`](Self::finish), and the error of `fetch` for the first page.
    pub async fn fill<F, Fut>(mut self, deadline: Instant, mut fetch: F) -> Result<RecordPage>
    where
        P: Clone,
        F: FnMut(Option<P>) -> Fut,
        Fut: Future<Output = Result<SourcePage<P>>>,
    {
        let now = || tokio::time::Instant::now().into_std();
        let half_time = now() + deadline.saturating_duration_since(now()) / 2;
        while !self.is_complete() {
            match fetch(self.page().cloned()).await {
                Ok(page) => self.push(page)?,
                Err(error) if self.records.is_empty() => return Err(error),
                Err(error) => {
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
                let number = response.page().copied().unwrap_or(0);
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
                // Two brackets, and a comma between records: one byte more than a delimiter for each record.
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
                let number = response.page().copied().unwrap_or(0);
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
        let failing = async |page: Option<u64>| match page.unwrap_or(0) {
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

        let slow = async |page: Option<u64>| {
            tokio::time::sleep(Duration::from_secs(4)).await;
            Ok(SourcePage::new(
                vec![record("{}")],
                Some(page.unwrap_or(0) + 1),
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
