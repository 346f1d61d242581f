//! The HTTP side of the service: what is done with a request before the protocol's crate `s3s`
//! reads it, and with a response after that.

mod body;
mod chunked;
mod expected;
mod host;
mod response;
mod signature;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{EXPECT, RANGE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, Response};
use axum::response::IntoResponse as _;
use http_body_util::BodyExt as _;
use s3s::S3Error;
use s3s::service::{S3Service, S3ServiceBuilder};

use crate::s3::http::body::CheckedBody;
use crate::s3::http::expected::Expected;
use crate::s3::operations::Operations;
use crate::s3::store::Store;

pub(in crate::s3) use body::BodyReport;

/// What is read of a body that nobody needs, so that its client reads the response: some read only
/// after they have sent everything.
const MAX_UNREAD: usize = 64 * 1024 * 1024;

/// Returns the endpoint: it responds to every request, as one of S3's. A bucket is the first part
/// of the path, or the name before `.localhost` in the Host header.
pub(crate) fn router(store: Store) -> Router {
    let mut builder = S3ServiceBuilder::new(Operations { store });
    builder.set_host(host::Localhost);
    Router::new().fallback(respond).with_state(builder.build())
}

async fn respond(State(service): State<S3Service>, request: Request<Body>) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let resource = parts.uri.path().to_owned();
    let expects_continue = parts.headers.contains_key(EXPECT);
    let report = BodyReport::default();
    let response = match prepare(&mut parts) {
        Ok(expected) => {
            let body = CheckedBody::new(body, expected, report.clone());
            parts.extensions.insert(report.clone());
            let request = Request::from_parts(parts, s3s::Body::http_body_unsync(body));
            service.call(request).await
        }
        Err(error) => {
            if !expects_continue {
                skip(body).await;
            }
            as_response(error)
        }
    };
    let response = match report.take_error() {
        Some(error) => as_response(error),
        None => response,
    };
    if let Some(unread) = report.take_unread() {
        skip(unread).await;
    }
    match response {
        Ok(response) => response::complete(response.map(Body::new), &resource).await,
        Err(error) => {
            tracing::error!(?error, "a response of S3 cannot be made");
            axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn prepare(parts: &mut Parts) -> Result<Expected, S3Error> {
    signature::remove(parts)?;
    remove_invalid_range(&mut parts.headers);
    Expected::of(&mut parts.headers)
}

/// S3 returns the whole object for a range that it does not understand, and for several ranges.
fn remove_invalid_range(headers: &mut HeaderMap) {
    let range = headers.get(RANGE).map(|range| range.to_str());
    if range.is_some_and(|range| !range.is_ok_and(|range| s3s::dto::Range::parse(range).is_ok())) {
        headers.remove(RANGE);
    }
}

async fn skip(mut body: Body) {
    let mut left = MAX_UNREAD;
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, bytes::Bytes::len);
        match left.checked_sub(length) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

fn as_response(error: S3Error) -> Result<s3s::HttpResponse, s3s::HttpError> {
    error
        .to_http_response()
        .map_err(|error| s3s::HttpError::new(Box::new(error)))
}
