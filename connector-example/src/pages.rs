//! Pages of a query: how Salesforce is asked for them, and where the query continues.

use std::time::Instant;

use appflow_connector_sdk::Result;
use appflow_connector_sdk::http::{Repeat, Request, Response, path_segment};
use appflow_connector_sdk::model::{ConnectorError, ErrorCode, List};
use appflow_connector_sdk::records::{Place, Row, SourcePage, read_rows};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::files::MAX_FILES;
use crate::query::{Part, Query};
use crate::salesforce::Organization;

/// The maximum length of a request's URL and headers that Salesforce accepts, in bytes.
const MAX_HEAD_BYTES: usize = 16_384;

/// The bounds of a page's size that Salesforce accepts.
const MIN_BATCH: usize = 200;
const MAX_BATCH: usize = 2_000;

/// Salesforce's response to a query.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryResponse<'a> {
    total_size: Option<i64>,
    done: bool,
    next_records_url: Option<String>,
    #[serde(borrow)]
    records: List<&'a RawValue>,
}

/// Salesforce's response to a batch of one request.
#[derive(Deserialize)]
struct BatchResponse<'a> {
    #[serde(borrow)]
    results: [BatchResult<'a>; 1],
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchResult<'a> {
    status_code: u16,
    #[serde(borrow)]
    result: &'a RawValue,
}

/// A response with its rows converted.
struct Page {
    rows: Vec<Row>,
    total_size: Option<i64>,
    /// The last segment of the next page's URL.
    locator: Option<String>,
}

impl Organization<'_> {
    /// Reads the page of a query at a place. The pages of a query have `max_records` records, as
    /// far as Salesforce's bounds of 200 and 2,000 allow, and follow Salesforce's locators. Fewer
    /// records, a query too long for a URL and an object without locators are read by key.
    pub(crate) async fn page(
        &self,
        query: &Query<'_>,
        place: Place,
        max_records: usize,
    ) -> Result<SourcePage> {
        let part = query.part(place.part)?;
        let batch_size = max_records.clamp(MIN_BATCH, MAX_BATCH);
        let deadline = self.http.deadline();
        if let Some(locator) = place.cursor {
            let request = Request::get(format!("query/{}", path_segment(&locator)?));
            let request = with_batch_size(request, batch_size);
            let page = self
                .http
                .read(request, |response| part.page(&response, deadline));
            return match page.await {
                Err(error) if is_lost(&error, part.is_keyed) => Ok(SourcePage::cursor_lost()),
                page => Ok(page?.before(None)),
            };
        }

        let files = &query.files;
        let most = match part.residual.predicate() {
            _ if !files.is_empty() => max_records.min(MAX_FILES),
            None if max_records < MIN_BATCH => max_records,
            // With a residual it is unknown how many rows are needed.
            _ => batch_size,
        };
        let is_small = most < MIN_BATCH;
        let by_key = part.is_keyed.then_some(most);
        let request_with = |limit: Option<usize>| {
            let limit = limit.map(|limit| limit as u64);
            let soql = part.soql.text(place.after.as_deref(), limit);
            with_batch_size(Request::get(query.resource).query("q", soql), batch_size)
        };
        let mut limit = by_key.filter(|_| is_small);
        let mut request = request_with(limit);
        let is_too_long = self.http.head_bytes(&request)? > MAX_HEAD_BYTES;
        if is_too_long && limit.is_none() {
            // In a body the size of a page cannot be set.
            limit = by_key;
            request = request_with(limit);
        }
        let mut page = self.first_page(&part, request, is_too_long).await;
        let has_no_locators = |error: &ConnectorError| error.message().contains("queryMore");
        if limit.is_none() && part.is_keyed && page.as_ref().is_err_and(has_no_locators) {
            limit = by_key;
            let request = request_with(limit);
            page = self.first_page(&part, request, is_too_long).await;
        }
        let mut page = page?;
        page.check_complete()?;
        let found = page.rows.len();
        if !files.is_empty() {
            page.rows = self.with_files(page.rows, files).await?;
        }
        if page.rows.len() < found {
            limit = Some(page.rows.len());
            page.locator = None;
        }
        Ok(page.before(limit))
    }

    /// Runs a part's query: in a URL, or in the body of a batch if the URL would be too long.
    async fn first_page(
        &self,
        part: &Part<'_>,
        request: Request,
        is_too_long: bool,
    ) -> Result<Page> {
        let deadline = self.http.deadline();
        if !is_too_long {
            // A server or a proxy before it may accept less.
            let request = request.clone().accept(414).accept(431);
            let page = self.http.read(request, |response| match response.status() {
                414 | 431 => Ok(None),
                _ => part.page(&response, deadline).map(Some),
            });
            if let Some(page) = page.await? {
                return Ok(page);
            }
        }
        let url = request.url(self.http.base())?;
        let (_, url) = url
            .as_str()
            .split_once("/services/data/")
            .unwrap_or_default();
        let body = json!({ "batchRequests": [{ "method": "GET", "url": url }] });
        // This POST only reads.
        let request = Request::post("composite/batch")
            .json(&body)
            .repeat(Repeat::Always);
        let page = self.http.read(request, |response| {
            let BatchResponse { results: [result] } = response.json()?;
            let status = result.status_code.clamp(100, 999);
            let body = response.body().slice_ref(result.result.get().as_bytes());
            let response = Response::new(status, body);
            if status >= 400 {
                return Err(self.http.error(&response, "a query"));
            }
            part.page(&response, deadline)
        });
        page.await
    }
}

impl Part<'_> {
    fn page(&self, response: &Response, deadline: Instant) -> Result<Page> {
        let response: QueryResponse<'_> = response.json()?;
        let rows = read_rows(response.records, deadline, |row| self.row(row))?;
        let url = response.next_records_url.filter(|_| !response.done);
        let locator = url.and_then(|url| url.rsplit('/').next().map(str::to_owned));
        if !response.done && locator.is_none() {
            return Err(ConnectorError::server_error(
                "Salesforce's response contradicts itself: it is not the last page (`done` is \
                 false), but has no `nextRecordsUrl`",
            ));
        }
        Ok(Page {
            rows,
            total_size: response.total_size,
            locator,
        })
    }
}

impl Page {
    /// Checks that the only page of a query has all of its rows. Over several pages, rows may
    /// disappear.
    fn check_complete(&self) -> Result<()> {
        let rows = self.rows.len();
        let total = usize::try_from(self.total_size.unwrap_or_default()).unwrap_or_default();
        if self.locator.is_some() || rows >= total {
            return Ok(());
        }
        Err(ConnectorError::server_error(format!(
            "Salesforce's response contradicts itself: it is the only page (`done` is true) and has \
             {rows} records, but its `totalSize` is {total}"
        )))
    }

    /// Says where the query continues: at the page's locator, or after its last key if the query
    /// has a LIMIT. The locator of such a query would end at the LIMIT.
    fn before(self, limit: Option<usize>) -> SourcePage {
        match limit {
            Some(limit) if !self.rows.is_empty() => {
                let has_more = self.locator.is_some() || self.rows.len() >= limit;
                SourcePage::by_key(self.rows, has_more)
            }
            _ => SourcePage::by_cursor_with_keys(self.rows, self.locator),
        }
    }
}

fn with_batch_size(request: Request, batch_size: usize) -> Request {
    request.header("Sforce-Query-Options", format!("batchSize={batch_size}"))
}

/// Returns whether a locator cannot be read because it is closed, or belongs to a session that is
/// over. In the second case, the query after the key shows whether the token itself is refused.
fn is_lost(error: &ConnectorError, is_keyed: bool) -> bool {
    error.application_code() == Some("INVALID_QUERY_LOCATOR")
        || error.message().contains("queryMore")
        || is_keyed && error.code() == ErrorCode::InvalidCredentials
}
