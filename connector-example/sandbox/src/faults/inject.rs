//! Every call passes here; some suffer what a plan says.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{ACCEPT_ENCODING, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::body;
use super::call::Call;
use super::plan::Fault;
use crate::Sandbox;
use crate::connection::Connection;
use crate::oauth::bearer_token;
use crate::rest::ApiError;
use crate::rest::MAX_BODY;

/// In the extensions of a request whose first record is locked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowLock;

pub(crate) async fn inject(
    State(sandbox): State<Sandbox>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(injection) = sandbox.inner.faults.decide(&Call::of(&request)) else {
        return next.run(request).await;
    };
    let fault = injection.fault;
    let connection = connection(&request);
    prepare(&sandbox, &fault, &mut request);
    let answer = if injection.work_is_done || fault == Fault::LockedRow {
        next.run(request).await
    } else {
        read_to_end(request).await;
        StatusCode::OK.into_response()
    };
    answer_with(&fault, answer, connection).await
}

/// What has to be done to the request, or to the sandbox, before the call.
fn prepare(sandbox: &Sandbox, fault: &Fault, request: &mut Request) {
    match fault {
        Fault::ExpiredToken => {
            if let Some(token) = bearer_token(request.headers()) {
                sandbox.inner.tokens.expire(token);
            }
        }
        Fault::LockedRow => {
            request.extensions_mut().insert(RowLock);
        }
        Fault::Gzip => {
            let gzip = HeaderValue::from_static("gzip");
            request.headers_mut().insert(ACCEPT_ENCODING, gzip);
        }
        // Half of something compressed would not be JSON that does not end.
        Fault::MalformedJson => {
            request.headers_mut().remove(ACCEPT_ENCODING);
        }
        _ => {}
    }
}

/// The answer that the caller gets, made from the one that it would have got.
async fn answer_with(fault: &Fault, answer: Response, connection: Option<Connection>) -> Response {
    match fault {
        Fault::ExpiredToken => ApiError::invalid_session().into_response(),
        Fault::RateLimited { retry_after } => {
            let error =
                ApiError::new(StatusCode::TOO_MANY_REQUESTS, "REQUEST_LIMIT_EXCEEDED", "Too many requests. Try again later.");
            ([(RETRY_AFTER, retry_after.to_string())], error).into_response()
        }
        Fault::RequestLimitExceeded => {
            ApiError::new(StatusCode::FORBIDDEN, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.").into_response()
        }
        Fault::ServerError => ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "UNKNOWN_EXCEPTION",
            "An unexpected error occurred. Please include this ErrorId if you contact support: 1234567890-12345",
        )
        .into_response(),
        Fault::Unavailable { retry_after } => {
            let error = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "SERVER_UNAVAILABLE", "Server Unavailable");
            match retry_after {
                Some(seconds) => ([(RETRY_AFTER, seconds.to_string())], error).into_response(),
                None => error.into_response(),
            }
        }
        Fault::Reset => {
            // Without a socket of ours (the router was put into another server), the body fails at once.
            if let Some(connection) = connection {
                connection.reset();
            }
            Response::new(body::cut_at_once())
        }
        Fault::SlowBody { seconds } => body::slow(answer, Duration::from_secs_f64(*seconds)).await,
        Fault::StalledBody { seconds } => {
            let silence = Duration::from_secs_f64(*seconds);
            body::spoil(answer, |bytes| body::stalled(&bytes, silence)).await
        }
        Fault::CutBody => body::spoil(answer, |bytes| body::cut(&bytes)).await,
        Fault::MalformedJson => body::halve(answer).await,
        Fault::LockedRow | Fault::Gzip => answer,
    }
}

fn connection(request: &Request) -> Option<Connection> {
    let info = request.extensions().get::<ConnectInfo<Connection>>()?;
    Some(info.0.clone())
}

/// A caller that is still sending might not see an early answer.
async fn read_to_end(request: Request) {
    let body: Body = request.into_body();
    // What is read, and whether it is whole, does not matter here.
    let _ = axum::body::to_bytes(body, MAX_BODY).await;
}
