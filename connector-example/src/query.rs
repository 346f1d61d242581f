//! From a request's fields and filter to SOQL, and from Salesforce's pages to records.

use appflow_connector_sdk::Result;
use appflow_connector_sdk::http::{BaseUrl, Request, path_segment};
use appflow_connector_sdk::model::{ConnectorError, EntityDefinition, FieldDefinition, Record};
use appflow_connector_sdk::queryfilter::BoundFilter;
use appflow_connector_sdk::queryfilter::translate::{Soql, Translator};
use appflow_connector_sdk::records::SourcePage;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::row::Shape;
use crate::salesforce::Organisation;

/// The longest URL that Salesforce takes, in bytes.
const MAX_URL_BYTES: usize = 16_384;
/// The bytes of an IN list's values in one query, the first that makes it short enough. How long they get in a URL depends on them.
const LIST_BYTES: [usize; 5] = [8_000, 4_000, 2_000, 1_000, 200];

/// A page of Salesforce's: the part of the query, and the last part of the page's URL; none for a part's first page.
pub(crate) type PageName = (usize, Option<String>);

/// A query, in as many parts as Salesforce's URLs need.
pub(crate) struct Query<'e> {
    parts: Vec<Part<'e>>,
}

struct Part<'e> {
    soql: String,
    shape: Shape<'e>,
    /// What Salesforce cannot test.
    residual: BoundFilter<'e>,
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
    /// Asks for the fields of `selection` of the records that meet the filter.
    pub(crate) fn new(
        organisation: &Organisation<'_>,
        entity: &'e EntityDefinition,
        selection: &[&'e FieldDefinition],
        filter: BoundFilter<'e>,
    ) -> Result<Self> {
        // Salesforce compares text so, and what it leaves over is to be compared no otherwise.
        let filter = filter.ignoring_case();
        let parts_of = |filters: &[BoundFilter<'e>]| -> Option<Vec<Part<'e>>> {
            let parts = filters.iter().map(|filter| Part::new(entity, selection, filter));
            parts.map(|part| part.fits(organisation.http.base()).then_some(part)).collect()
        };
        let divided = || LIST_BYTES.iter().find_map(|max_bytes| parts_of(&filter.parts(*max_bytes)));
        let parts = parts_of(std::slice::from_ref(&filter)).or_else(divided);
        parts.map(|parts| Self { parts }).ok_or_else(|| {
            ConnectorError::invalid_argument(format!(
                "the query is too long for Salesforce, whose URLs have at most {MAX_URL_BYTES} bytes: select fewer fields or shorten the filter"
            ))
        })
    }
}

impl<'e> Part<'e> {
    fn new(entity: &'e EntityDefinition, selection: &[&'e FieldDefinition], filter: &BoundFilter<'e>) -> Self {
        let pushdown = Soql.translate(filter);
        // Fields that are still to be tested are asked for, and taken out of the records again.
        let tested = pushdown.residual.fields();
        let tested_only = tested.into_iter().filter(|field| !selection.contains(field)).collect::<Vec<_>>();

        let fields = selection.iter().chain(&tested_only);
        let names = fields.map(|field| field.field_name.as_str()).collect::<Vec<_>>().join(",");
        let condition = pushdown.condition.map_or_else(String::new, |text| format!(" WHERE {text}"));
        let limit = pushdown.limit.map_or_else(String::new, |count| format!(" LIMIT {count}"));
        let object = &entity.entity.entity_identifier;
        Self {
            // Its order is fixed, so that a page that is read once more has the same records in the same places.
            soql: format!("SELECT {names} FROM {object}{condition} ORDER BY Id{limit}"),
            shape: Shape::new(selection, &tested_only),
            residual: pushdown.residual,
        }
    }

    fn request(&self) -> Request {
        Request::get("query").query("q", &self.soql)
    }

    fn fits(&self, base: &BaseUrl) -> bool {
        self.request().url(base).is_ok_and(|url| url.as_str().len() <= MAX_URL_BYTES)
    }

    /// The record for AppFlow, if the row passes the tests that Salesforce could not make.
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

impl Organisation<'_> {
    /// Reads a page of a query, its first one if none is named. Salesforce puts 200 to 2,000 records on a page, `page_size` if that is
    /// between the two.
    pub(crate) async fn page(&self, query: &Query<'_>, page: Option<PageName>, page_size: u32) -> Result<SourcePage<PageName>> {
        let (number, locator) = page.unwrap_or_default();
        let part = query
            .parts
            .get(number)
            .ok_or_else(|| ConnectorError::invalid_argument("nextToken is not one of this query's tokens"))?;
        let request = match &locator {
            None => part.request(),
            Some(locator) => Request::get(format!("query/{}", path_segment(locator)?)),
        };
        let request = request.header("Sforce-Query-Options", format!("batchSize={}", page_size.clamp(200, 2_000)));
        self.http
            .read(request, |response| {
                let response: QueryResponse = response.json()?;
                let records = response.records.iter().filter_map(|row| part.record(row).transpose());
                let next = match response.next_records_url {
                    Some(url) if !response.done => Some((number, url.rsplit('/').next().map(str::to_owned))),
                    _ => (number + 1 < query.parts.len()).then_some((number + 1, None)),
                };
                Ok(SourcePage::new(records.collect::<Result<_>>()?, next))
            })
            .await
    }
}
