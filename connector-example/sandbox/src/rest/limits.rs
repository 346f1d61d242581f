//! How long a request may be.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The limit, in bytes, of a URI, and of a URI together with its headers.
const MAX_BYTES: usize = 16_384;

/// Answers 414 to a URI that is too long, and 431 if it is too long together with the headers.
pub(super) async fn refuse_long_requests(request: Request, next: Next) -> Response {
    let uri = request
        .uri()
        .path_and_query()
        .map_or(0, |path| path.as_str().len());
    let headers: usize = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if uri > MAX_BYTES {
        (StatusCode::URI_TOO_LONG, "URI Too Long").into_response()
    } else if uri + headers > MAX_BYTES {
        (
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "Request Header Fields Too Large",
        )
            .into_response()
    } else {
        next.run(request).await
    }
}
