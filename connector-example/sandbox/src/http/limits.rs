//! The limits of a request's length and of the number of requests.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::error::ApiError;
use crate::organization::Organization;

/// Responds with 414 if the URL is too long, and with 431 if the URL and the headers together are.
pub(super) async fn refuse_long_requests(
    State(organization): State<Arc<Organization>>,
    request: Request,
    next: Next,
) -> Response {
    let config = &organization.config;
    let url = request
        .uri()
        .path_and_query()
        .map_or(0, |path| path.as_str().len());
    let headers: usize = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if url > config.max_url_bytes {
        (StatusCode::URI_TOO_LONG, "URI Too Long").into_response()
    } else if url + headers > config.max_url_and_header_bytes {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        (status, "Request Header Fields Too Large").into_response()
    } else {
        next.run(request).await
    }
}

/// Counts the requests below an API version and tells callers their number in
/// `Sforce-Limit-Info`. Refuses the requests beyond the limit of the day.
pub(super) async fn count_usage(
    State(organization): State<Arc<Organization>>,
    request: Request,
    next: Next,
) -> Response {
    if !request.uri().path().starts_with("/services/data/v") {
        return next.run(request).await;
    }
    let limit = organization.config.daily_requests;
    let used = organization.requests.fetch_add(1, Ordering::Relaxed) + 1;
    let mut response = if used > limit {
        ApiError::total_requests_exceeded().into_response()
    } else {
        next.run(request).await
    };
    // Digits and ASCII letters are always a valid header value.
    if let Ok(usage) = HeaderValue::try_from(format!("api-usage={}/{limit}", used.min(limit))) {
        response.headers_mut().insert("Sforce-Limit-Info", usage);
    }
    response
}
