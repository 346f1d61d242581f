//! Faults on demand: every call passes here, and some get the fault that a plan says. Plans are
//! added and shown at `/sandbox/faults`.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, RETRY_AFTER};
use axum::http::response::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::stream::{self, StreamExt as _};
use loopback_server::Connection;
use serde_json::{Value, json};

use crate::faults::plan::{Call, Fault, FaultPlan};
use crate::faults::state::FaultReport;
use crate::http::error::ApiError;
use crate::http::request::{MAX_BODY, RowLock, bearer_token};
use crate::organization::Organization;

pub(crate) async fn inject(
    State(organization): State<Arc<Organization>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(injection) = organization.faults.decide(&Call::of(&request)) else {
        return next.run(request).await;
    };
    let fault = injection.fault;
    let connection = connection(&request);
    if let Err(error) = prepare(&organization, &fault, &mut request) {
        return error.into_response();
    }
    let response = if injection.work_is_done || fault == Fault::LockedRow {
        next.run(request).await
    } else {
        read_to_end(request).await;
        StatusCode::OK.into_response()
    };
    faulty_response(&fault, response, connection).await
}

/// Changes the request or the organization as the fault needs it before the call.
fn prepare(
    organization: &Organization,
    fault: &Fault,
    request: &mut Request,
) -> Result<(), ApiError> {
    match fault {
        Fault::ExpiredToken => {
            if let Some(token) = bearer_token(request.headers()) {
                organization.tokens.expire(token);
            }
        }
        Fault::LockedRow => {
            request.extensions_mut().insert(RowLock);
        }
        Fault::Gzip => {
            let gzip = HeaderValue::from_static("gzip");
            request.headers_mut().insert(ACCEPT_ENCODING, gzip);
        }
        // A compressed body could not be altered.
        Fault::MalformedJson | Fault::MissingNextUrl | Fault::PrematureDone => {
            request.headers_mut().remove(ACCEPT_ENCODING);
        }
        Fault::ClosedQueries => organization.cursors.close_all(),
        Fault::RecordChanges { changes } => {
            organization.change_records(changes)?;
        }
        _ => {}
    }
    Ok(())
}

/// Returns the response that the caller gets, made from the regular one.
async fn faulty_response(
    fault: &Fault,
    response: Response,
    connection: Option<Connection>,
) -> Response {
    match fault {
        Fault::ExpiredToken => ApiError::invalid_session().into_response(),
        Fault::RateLimited { retry_after } => {
            let error = ApiError::new(
                StatusCode::TOO_MANY_REQUESTS,
                "REQUEST_LIMIT_EXCEEDED",
                "Too many requests. Try again later.",
            );
            ([(RETRY_AFTER, retry_after.to_string())], error).into_response()
        }
        Fault::RequestLimitExceeded => ApiError::total_requests_exceeded().into_response(),
        Fault::ConcurrentLimit => ApiError::new(
            StatusCode::FORBIDDEN,
            "REQUEST_LIMIT_EXCEEDED",
            "ConcurrentPerOrgLongTxn Limit exceeded.",
        )
        .into_response(),
        Fault::HtmlError => {
            let page = "<html><head><title>Error</title></head><body>Internal error</body></html>";
            (StatusCode::INTERNAL_SERVER_ERROR, Html(page)).into_response()
        }
        Fault::InternalUnavailable => ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "SERVER_UNAVAILABLE",
            "Server Unavailable",
        )
        .into_response(),
        Fault::Forbidden { reason } => (StatusCode::FORBIDDEN, reason.clone()).into_response(),
        Fault::MissingNextUrl => {
            alter_page(response, |page| {
                page["done"] = false.into();
            })
            .await
        }
        Fault::PrematureDone => {
            alter_page(response, |page| {
                page["done"] = true.into();
                if let Some(records) = page["records"].as_array_mut() {
                    records.truncate(records.len() / 2);
                }
            })
            .await
        }
        Fault::ServerError => ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "UNKNOWN_EXCEPTION",
            "An unexpected error occurred. Please include this ErrorId if you contact support: \
             1234567890-12345",
        )
        .into_response(),
        Fault::Unavailable { retry_after } => {
            let error = ApiError::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "SERVER_UNAVAILABLE",
                "Server Unavailable",
            );
            match retry_after {
                Some(seconds) => ([(RETRY_AFTER, seconds.to_string())], error).into_response(),
                None => error.into_response(),
            }
        }
        Fault::Reset => {
            // Without our own socket (the router is nested in another server), the body fails at
            // once.
            if let Some(connection) = connection {
                connection.reset();
            }
            Response::new(cut_at_once())
        }
        Fault::SlowBody { seconds } => slow(response, Duration::from_secs_f64(*seconds)).await,
        Fault::StalledBody { seconds } => {
            let silence = Duration::from_secs_f64(*seconds);
            alter_body(response, |bytes| stalled(&bytes, silence)).await
        }
        Fault::CutBody => alter_body(response, |bytes| cut(&bytes)).await,
        Fault::MalformedJson => halve(response).await,
        Fault::LockedRow | Fault::Gzip | Fault::ClosedQueries | Fault::RecordChanges { .. } => {
            response
        }
    }
}

fn connection(request: &Request) -> Option<Connection> {
    request.extensions().get().cloned()
}

/// A caller that is still sending might miss an early response.
async fn read_to_end(request: Request) {
    let body: Body = request.into_body();
    // Neither the content nor an error matters here.
    let _ = axum::body::to_bytes(body, MAX_BODY).await;
}

pub(crate) fn admin_router() -> Router<Arc<Organization>> {
    Router::new().route("/sandbox/faults", get(report).post(add).delete(clear))
}

/// `GET /sandbox/faults`: the plans in force and the faults so far.
async fn report(State(organization): State<Arc<Organization>>) -> Json<FaultReport> {
    Json(organization.faults.report())
}

/// `POST /sandbox/faults`: adds a plan. 201, or 400 with the reason.
async fn add(State(organization): State<Arc<Organization>>, body: String) -> Response {
    let plan: FaultPlan = match serde_json::from_str(&body) {
        Ok(plan) => plan,
        Err(error) => return refused(&error.to_string()),
    };
    match organization.faults.add(plan) {
        Ok(()) => (StatusCode::CREATED, Json(organization.faults.report())).into_response(),
        Err(error) => refused(&error.to_string()),
    }
}

/// `DELETE /sandbox/faults`: removes all plans and resets the counts.
async fn clear(State(organization): State<Arc<Organization>>) -> StatusCode {
    organization.faults.clear();
    StatusCode::NO_CONTENT
}

fn refused(reason: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": reason }))).into_response()
}

/// The number of pieces of a slow body.
const PIECES: usize = 10;

/// Replaces the body of a response by what `change` returns. The headers stay as they are, the
/// length among them.
async fn alter_body(response: Response, change: impl FnOnce(Bytes) -> Body) -> Response {
    let (parts, bytes) = whole(response).await;
    Response::from_parts(parts, change(bytes))
}

/// The first half of the body, as if it were the whole.
async fn halve(response: Response) -> Response {
    let (mut parts, bytes) = whole(response).await;
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes.slice(..bytes.len() / 2)))
}

/// The response with the page of its body changed, and without `nextRecordsUrl`. What is not a page
/// of a query, such as an error, stays as it is.
async fn alter_page(response: Response, change: impl FnOnce(&mut Value)) -> Response {
    let (mut parts, bytes) = read(response).await;
    let body = match serde_json::from_slice(&bytes) {
        Ok(mut page @ Value::Object(_)) => {
            change(&mut page);
            if let Some(page) = page.as_object_mut() {
                page.remove("nextRecordsUrl");
            }
            page.to_string().into()
        }
        _ => bytes,
    };
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body))
}

/// The response with its body in pieces, the last one after `duration`. Without a body, the
/// response itself is late.
async fn slow(response: Response, duration: Duration) -> Response {
    let (parts, bytes) = read(response).await;
    if bytes.is_empty() {
        tokio::time::sleep(duration).await;
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, in_pieces(&bytes, duration))
}

fn in_pieces(bytes: &Bytes, duration: Duration) -> Body {
    let size = bytes.len().div_ceil(PIECES);
    let pieces: Vec<Bytes> = bytes.chunks(size).map(Bytes::copy_from_slice).collect();
    let pause = duration / u32::try_from(pieces.len()).unwrap_or(u32::MAX);
    let pieces = stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(pause).await;
        Ok::<_, Infallible>(piece)
    });
    Body::from_stream(pieces)
}

/// The first half, then `silence`, then the end of the connection.
fn stalled(bytes: &Bytes, silence: Duration) -> Body {
    first_half_then(bytes, async move {
        tokio::time::sleep(silence).await;
    })
}

/// The first half, then the end of the connection.
fn cut(bytes: &Bytes) -> Body {
    // The server flushes what it has only while it waits for more.
    first_half_then(bytes, tokio::task::yield_now())
}

/// Only the end of the connection.
fn cut_at_once() -> Body {
    Body::from_stream(stream::once(async { broken() }))
}

fn first_half_then(bytes: &Bytes, pause: impl Future<Output = ()> + Send + 'static) -> Body {
    let half = bytes.slice(..bytes.len() / 2);
    let end = stream::once(async move {
        pause.await;
        broken()
    });
    Body::from_stream(stream::once(async move { Ok(half) }).chain(end))
}

/// The server closes a connection whose body fails.
fn broken() -> io::Result<Bytes> {
    Err(io::Error::new(
        io::ErrorKind::ConnectionAborted,
        "a fault on demand",
    ))
}

/// A response and its bytes. A response without a body gets `null`, so that there is something to
/// alter.
async fn whole(response: Response) -> (Parts, Bytes) {
    let (mut parts, bytes) = read(response).await;
    if !bytes.is_empty() {
        return (parts, bytes);
    }
    parts.status = StatusCode::OK;
    (parts, Bytes::from_static(b"null"))
}

async fn read(response: Response) -> (Parts, Bytes) {
    let (parts, body) = response.into_parts();
    // The bodies of this server are in memory, so reading one never fails.
    let bytes = axum::body::to_bytes(body, usize::MAX).await;
    (parts, bytes.unwrap_or_default())
}
