//! The paths for the user of the endpoint: health, status, reset, the clock, faults. No bucket's name
//! begins with `_`.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use loopback_server::read_body;
use serde::Deserialize;
use serde_json::json;

use crate::appflow::context::AppFlow;
use crate::appflow::faults::Fault;
use crate::appflow::operations::OPERATIONS;
use crate::server::reset;

/// The start of every admin path.
pub(super) const PREFIX: &str = "/_appflow-local/";
const MAX_BODY_BYTES: usize = 64 * 1024;

pub(super) async fn respond(appflow: &AppFlow, request: Request<Body>) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    match (&method, path.strip_prefix(PREFIX).unwrap_or_default()) {
        (&Method::GET, "health") => Json(json!({"status": "ready"})).into_response(),
        (&Method::GET, "status") => match reset::status(appflow).await {
            Ok(status) => Json(status).into_response(),
            Err(problem) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &problem),
        },
        (&Method::POST, "reset") => match reset::reset(appflow).await {
            Ok(()) => StatusCode::NO_CONTENT.into_response(),
            Err(problem) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &problem),
        },
        (&Method::GET, "faults") => Json(appflow.faults.list()).into_response(),
        (&Method::POST, "faults") => add_fault(appflow, request.into_body()).await,
        (&Method::DELETE, "faults") => {
            appflow.faults.clear();
            StatusCode::NO_CONTENT.into_response()
        }
        (&Method::GET, "clock") => Json(json!({"now": appflow.clock.now()})).into_response(),
        (&Method::POST, "clock") => advance(appflow, request.into_body()).await,
        _ => refuse(
            StatusCode::NOT_FOUND,
            &format!(
                "{method} {path} is not a path of appflow-local; its paths are GET health, GET \
                 status, POST reset, GET and POST clock, and GET, POST and DELETE faults, below \
                 {PREFIX}"
            ),
        ),
    }
}

async fn add_fault(appflow: &AppFlow, body: Body) -> Response {
    let Ok(body) = read_body(body, MAX_BODY_BYTES).await else {
        return refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is larger than 64 KiB",
        );
    };
    let fault: Fault = match serde_json::from_slice(&body) {
        Ok(fault) => fault,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let operations: Vec<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
    match appflow.faults.add(fault, &operations) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => refuse(StatusCode::BAD_REQUEST, &problem),
    }
}

/// How far the clock is moved.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Advance {
    advance_seconds: u64,
}

/// Moves the clock forward, and returns the new time.
async fn advance(appflow: &AppFlow, body: Body) -> Response {
    let Ok(body) = read_body(body, MAX_BODY_BYTES).await else {
        return refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is larger than 64 KiB",
        );
    };
    match serde_json::from_slice::<Advance>(&body) {
        Ok(Advance { advance_seconds }) => {
            appflow.clock.advance(Duration::from_secs(advance_seconds));
            Json(json!({"now": appflow.clock.now()})).into_response()
        }
        Err(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

fn refuse(status: StatusCode, problem: &str) -> Response {
    (status, Json(json!({"message": problem}))).into_response()
}
