//! Queries: SOQL from a request's fields and filter, and records from Salesforce's pages.

use appflow_connector_sdk::Result;
use appflow_connector_sdk::http::{BaseUrl, Request, path_segment};
use appflow_connector_sdk::model::{ConnectorError, EntityDefinition, FieldDefinition, Record};
use appflow_connector_sdk::queryfilter::BoundFilter;
use appflow_connector_sdk::queryfilter::translate::{Soql, Translator};
use appflow_connector_sdk::records::SourcePage;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::row::Shape;
use crate::salesforce::Organization;

/// The maximum length of a URL that Salesforce accepts, in bytes.
const MAX_URL_BYTES: usize = 16_384;

/// The bytes of an IN list's values per query, tried in this order until the URL is short enough.
/// Percent-encoding decides how long the values become in a URL.
const LIST_BYTES: [usize; 5] = [8_000, 4_000, 2_000, 1_000, 200];

/// A query, in as many parts as the length of Salesforce's URLs requires.
pub(crate) struct Query<'e> {
    parts: Vec<Part<'e>>,
}

struct Part<'e> {
    soql: String,
    shape: Shape<'e>,
    /// The filter that Salesforce cannot express.
    residual: BoundFilter<'e>,
}

/// The position of a page within a query.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PagePosition {
    /// The index of the query's part.
    part: usize,
    /// The last segment of the page's URL. `None` for the first page of a part.
    locator: Option<String>,
}

/// Salesforce's response to a query.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryResponse<'a> {
    done: bool,
    next_records_url: Option<String>,
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

impl<'e> Query<'e> {
    /// Builds the query for the selected fields of the records that meet the filter. If its URL
    /// would be too long, the filter's longest IN list is divided among several queries.
    pub(crate) fn new(
        organization: &Organization<'_>,
        entity: &'e EntityDefinition,
        selection: &[&'e FieldDefinition],
        filter: BoundFilter<'e>,
    ) -> Result<Self> {
        let base = organization.http.base();
        // Salesforce ignores case, and the residual must compare in the same way.
        let filter = filter.ignoring_case();
        let whole = Part::new(entity, selection, &filter);
        if whole.fits(base) {
            return Ok(Self { parts: vec![whole] });
        }
        for max_bytes in LIST_BYTES {
            let mut parts = Vec::new();
            for filter in filter.parts(max_bytes) {
                parts.push(Part::new(entity, selection, &filter));
            }
            if parts.iter().all(|part| part.fits(base)) {
                return Ok(Self { parts });
            }
        }
        Err(ConnectorError::invalid_argument(format!(
            "the query is too long for Salesforce, which accepts URLs of at most {MAX_URL_BYTES} \
             bytes: select fewer fields or shorten the filter"
        )))
    }

    /// Returns the position after a page: the part's next page, or else the next part's first page.
    fn position_after(&self, part: usize, page: &QueryResponse<'_>) -> Option<PagePosition> {
        if let Some(url) = &page.next_records_url
            && !page.done
        {
            let locator = url.rsplit('/').next().map(str::to_owned);
            return Some(PagePosition { part, locator });
        }
        let part = part + 1;
        let locator = None;
        (part < self.parts.len()).then_some(PagePosition { part, locator })
    }
}

impl<'e> Part<'e> {
    fn new(
        entity: &'e EntityDefinition,
        selection: &[&'e FieldDefinition],
        filter: &BoundFilter<'e>,
    ) -> Self {
        let pushdown = Soql.translate(filter);
        // The residual's fields are queried too, and removed from the records again.
        let mut tested_only = pushdown.residual.fields();
        tested_only.retain(|field| !selection.contains(field));

        let fields = selection.iter().chain(&tested_only);
        let names: Vec<&str> = fields.map(|field| field.field_name.as_str()).collect();
        let object = &entity.entity.entity_identifier;
        let mut soql = format!("SELECT {} FROM {object}", names.join(","));
        if let Some(condition) = pushdown.condition {
            soql += " WHERE ";
            soql += &condition;
        }
        // A fixed order, so that a page that is read again has the same records in the same places.
        soql += " ORDER BY Id";
        if let Some(limit) = pushdown.limit {
            soql += " LIMIT ";
            soql += &limit.to_string();
        }
        Self {
            soql,
            shape: Shape::new(selection, &tested_only),
            residual: pushdown.residual,
        }
    }

    fn request(&self) -> Request {
        Request::get("query").query("q", &self.soql)
    }

    fn fits(&self, base: &BaseUrl) -> bool {
        let url = self.request().url(base);
        url.is_ok_and(|url| url.as_str().len() <= MAX_URL_BYTES)
    }

    /// Returns the record of a row, or `None` if the row does not meet the residual.
    fn record(&self, row: &RawValue) -> Result<Option<Record>> {
        if self.residual.predicate().is_some() {
            let whole = Record::from_json_unchecked(row.get().to_owned());
            let matches = self.residual.matches(&whole);
            if !matches.map_err(|error| ConnectorError::server_error(error.to_string()))? {
                return Ok(None);
            }
        }
        self.shape.record(row).map(Some)
    }
}

impl Organization<'_> {
    /// Reads a page of a query, the first one if there is no position. Salesforce returns 200 to
    /// 2,000 records per page; within these bounds it follows `page_size`.
    pub(crate) async fn page(
        &self,
        query: &Query<'_>,
        position: Option<PagePosition>,
        page_size: u32,
    ) -> Result<SourcePage<PagePosition>> {
        let position = position.unwrap_or_default();
        let part = query.parts.get(position.part).ok_or_else(|| {
            ConnectorError::invalid_argument("nextToken is not one of this query's tokens")
        })?;
        let request = match &position.locator {
            Some(locator) => Request::get(format!("query/{}", path_segment(locator)?)),
            None => part.request(),
        };
        let batch_size = page_size.clamp(200, 2_000);
        let request = request.header("Sforce-Query-Options", format!("batchSize={batch_size}"));
        self.http
            .read(request, |response| {
                let page: QueryResponse = response.json()?;
                let mut records = Vec::with_capacity(page.records.len());
                for row in &page.records {
                    records.extend(part.record(row)?);
                }
                let next = query.position_after(position.part, &page);
                Ok(SourcePage::new(records, next))
            })
            .await
    }
}
