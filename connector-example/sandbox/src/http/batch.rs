//! `POST …/composite/batch`: up to 25 queries in one call, each as long as SOQL can be.
//!
//! A query in the body has no URL whose length is limited. Sub-requests are `GET` of `query` and
//! `queryAll`, with `q` or with a locator; Salesforce has more.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http::error::ApiError;
use crate::http::query::{Caller, resume, start};
use crate::http::request::{ApiVersion, JsonBody, Session, parameter};
use crate::organization::Organization;

/// The maximum number of sub-requests. It is Salesforce's limit.
const MAX_REQUESTS: usize = 25;

/// The body of a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Batch {
    #[serde(default)]
    halt_on_error: bool,
    batch_requests: Vec<SubRequest>,
}

#[derive(Deserialize)]
struct SubRequest {
    method: String,
    /// Relative to `/services/data/`: `v60.0/query?q=SELECT…`.
    url: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BatchResponse {
    has_errors: bool,
    results: Vec<SubResponse>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SubResponse {
    status_code: u16,
    result: Value,
}

/// `POST …/composite/batch`.
pub(super) async fn respond(
    State(organization): State<Arc<Organization>>,
    _: ApiVersion,
    session: Session,
    JsonBody(batch): JsonBody<Batch>,
) -> Result<Json<BatchResponse>, ApiError> {
    let requests = batch.batch_requests;
    if requests.is_empty() || requests.len() > MAX_REQUESTS {
        let message = format!("batchRequests must have 1 to {MAX_REQUESTS} sub-requests");
        return Err(ApiError::bad_request("INVALID_BATCH_SIZE", message));
    }
    let mut response = BatchResponse {
        has_errors: false,
        results: Vec::with_capacity(requests.len()),
    };
    for request in requests {
        let result = if response.has_errors && batch.halt_on_error {
            let message = "Batch processing halted per request";
            Err(ApiError::new(
                StatusCode::PRECONDITION_FAILED,
                "BATCH_PROCESSING_HALTED",
                message,
            ))
        } else {
            run(&organization, session.clone(), &request)
        };
        response.has_errors |= result.is_err();
        response.results.push(result.map_or_else(
            |error| {
                let (status, result) = error.into_parts();
                SubResponse {
                    status_code: status.as_u16(),
                    result,
                }
            },
            |result| SubResponse {
                status_code: 200,
                result,
            },
        ));
    }
    Ok(Json(response))
}

fn run(
    organization: &Organization,
    session: Session,
    request: &SubRequest,
) -> Result<Value, ApiError> {
    if request.method != "GET" {
        let method = request.method.parse().unwrap_or(Method::OPTIONS);
        return Err(ApiError::method_not_allowed(&method));
    }
    let (path, query) = match request.url.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (request.url.as_str(), None),
    };
    let path = path.strip_prefix("/services/data").unwrap_or(path);
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let (version, resource) = segments.split_first().ok_or_else(ApiError::not_found)?;
    let version = ApiVersion::parse(version).ok_or_else(ApiError::not_found)?;
    let caller = Caller {
        version,
        session,
        batch_size: None,
    };
    let response = match resource {
        ["query"] => start(organization, caller, parameter(query, "q"), false),
        ["queryAll"] => start(organization, caller, parameter(query, "q"), true),
        ["query" | "queryAll", locator] => resume(organization, &caller, locator),
        _ => Err(ApiError::not_found()),
    }?;
    serde_json::to_value(response).map_err(|error| {
        let message = format!("the response cannot be written: {error}");
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "UNKNOWN_EXCEPTION",
            message,
        )
    })
}
