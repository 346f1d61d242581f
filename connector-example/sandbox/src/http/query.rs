//! Queries: `GET …/query` and `GET …/queryAll`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, RawQuery, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;

use crate::cursors::{Cursor, Page};
use crate::http::error::ApiError;
use crate::http::request::{ApiVersion, Session, parameter};
use crate::http::results::RecordJson;
use crate::organization::Organization;
use crate::soql::compile::{Selection, compile};
use crate::soql::parser::parse;

/// The default size of a page, and the bounds of what a caller can request.
const DEFAULT_BATCH: usize = 2_000;
const MIN_BATCH: usize = 200;
const MAX_BATCH: usize = 2_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueryResponse {
    total_size: usize,
    done: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_records_url: Option<String>,
    records: Vec<RecordJson>,
}

/// `GET …/query?q=SELECT…`.
pub(super) async fn first_page(
    State(organization): State<Arc<Organization>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<QueryResponse>, ApiError> {
    let text = parameter(query.as_deref(), "q");
    start(&organization, caller, text, false).map(Json)
}

/// `GET …/queryAll?q=SELECT…`: deleted records too.
pub(super) async fn first_page_of_all(
    State(organization): State<Arc<Organization>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<QueryResponse>, ApiError> {
    let text = parameter(query.as_deref(), "q");
    start(&organization, caller, text, true).map(Json)
}

/// `GET …/query/<locator>`, `GET …/queryAll/<locator>`.
pub(super) async fn next_page(
    State(organization): State<Arc<Organization>>,
    caller: Caller,
    Path((_, locator)): Path<(String, String)>,
) -> Result<Json<QueryResponse>, ApiError> {
    resume(&organization, &caller, &locator).map(Json)
}

/// What a request for a page says besides the query.
pub(super) struct Caller {
    pub version: ApiVersion,
    pub session: Session,
    /// The requested page size, within the bounds.
    pub batch_size: Option<usize>,
}

impl FromRequestParts<Arc<Organization>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        organization: &Arc<Organization>,
    ) -> Result<Self, ApiError> {
        Ok(Self {
            version: ApiVersion::from_request_parts(parts, organization).await?,
            session: Session::from_request_parts(parts, organization).await?,
            batch_size: batch_size(&parts.headers),
        })
    }
}

/// Runs a query and returns its first page.
pub(super) fn start(
    organization: &Organization,
    caller: Caller,
    text: Option<String>,
    include_deleted: bool,
) -> Result<QueryResponse, ApiError> {
    let text = text.ok_or_else(|| {
        let message = "A query string has to be specified";
        ApiError::new(StatusCode::BAD_REQUEST, "MALFORMED_QUERY", message)
    })?;
    let query = parse(&text)?;
    let statement = compile(&text, &query, &organization.schema, include_deleted)?;
    let ids = organization.store.matching_ids(&statement)?;
    let selection = match statement.selection {
        Selection::Records(selection) => selection,
        Selection::Count => {
            return Ok(QueryResponse {
                total_size: ids.len(),
                done: true,
                next_records_url: None,
                records: Vec::new(),
            });
        }
    };
    let batch_size = caller.batch_size.unwrap_or(DEFAULT_BATCH);
    if !statement.object.query_more && ids.len() > batch_size {
        let message = format!(
            "{} does not support queryMore(), use LIMIT to restrict the results to a single batch",
            statement.object.name
        );
        return Err(ApiError::bad_request("EXCEEDED_ID_LIMIT", message));
    }
    let batch_size = batch_size.min(organization.config.max_batch.max(1));
    let page = organization.cursors.start(Cursor {
        token: caller.session.token,
        object: statement.object.name,
        include_deleted,
        selection,
        ids,
        batch_size,
    });
    page_response(organization, caller.version, page)
}

/// Returns the page of a locator.
pub(super) fn resume(
    organization: &Organization,
    caller: &Caller,
    locator: &str,
) -> Result<QueryResponse, ApiError> {
    let only_token = organization
        .config
        .locators_end_with_token
        .then_some(caller.session.token.as_str());
    let max_batch = organization.config.max_batch.max(1);
    let batch_size = caller.batch_size.map(|size| size.min(max_batch));
    let page = organization
        .cursors
        .resume(locator, only_token, batch_size)
        .ok_or_else(ApiError::invalid_query_locator)?;
    page_response(organization, caller.version, page)
}

fn page_response(
    organization: &Organization,
    version: ApiVersion,
    page: Page,
) -> Result<QueryResponse, ApiError> {
    let object = organization
        .schema
        .object(page.object)
        .ok_or_else(ApiError::not_found)?;
    let records =
        organization
            .store
            .records(object, &page.selection, &page.ids, page.include_deleted)?;
    let resource = if page.include_deleted {
        "queryAll"
    } else {
        "query"
    };
    Ok(QueryResponse {
        total_size: page.total_size,
        done: page.locator.is_none(),
        next_records_url: page
            .locator
            .map(|locator| format!("{}/{resource}/{locator}", version.path())),
        records: records
            .into_iter()
            .flatten()
            .map(|record| RecordJson { record, version })
            .collect(),
    })
}

/// The page size that `Sforce-Query-Options: batchSize=500` requests, clamped to the bounds.
fn batch_size(headers: &HeaderMap) -> Option<usize> {
    let options = headers.get("Sforce-Query-Options")?.to_str().ok()?;
    options
        .split(',')
        .filter_map(|option| option.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("batchSize"))
        .and_then(|(_, size)| size.trim().parse().ok())
        .map(|size: usize| size.clamp(MIN_BATCH, MAX_BATCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batch_sizes_are_kept_within_bounds() {
        for (header, size) in [
            ("batchSize=500", Some(500)),
            ("batchsize = 200", Some(200)),
            ("other=1, batchSize=1999", Some(1_999)),
            ("batchSize=1", Some(200)),
            ("batchSize=5000", Some(2_000)),
            ("batchSize=many", None),
            ("500", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("Sforce-Query-Options", header.parse().unwrap());
            assert_eq!(batch_size(&headers), size, "{header}");
        }
        assert_eq!(batch_size(&HeaderMap::new()), None);
    }
}
