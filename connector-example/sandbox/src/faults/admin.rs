//! `/sandbox/faults`: plans are made here, and looked at. No token is needed.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::plan::FaultPlan;
use super::state::FaultReport;
use crate::Sandbox;

pub(crate) fn admin_router() -> Router<Sandbox> {
    Router::new().route("/sandbox/faults", get(report).post(add).delete(clear))
}

/// `GET /sandbox/faults`: the plans in force, and what happened so far.
async fn report(State(sandbox): State<Sandbox>) -> Json<FaultReport> {
    Json(sandbox.fault_report())
}

/// `POST /sandbox/faults`: one more plan. 201, or 400 with the reason.
async fn add(State(sandbox): State<Sandbox>, body: String) -> Response {
    let plan: FaultPlan = match serde_json::from_str(&body) {
        Ok(plan) => plan,
        Err(error) => return refused(&error.to_string()),
    };
    match sandbox.add_fault(plan) {
        Ok(()) => (StatusCode::CREATED, Json(sandbox.fault_report())).into_response(),
        Err(error) => refused(&error.to_string()),
    }
}

/// `DELETE /sandbox/faults`: no plans any more, and counting from 0.
async fn clear(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.clear_faults();
    StatusCode::NO_CONTENT
}

fn refused(reason: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": reason }))).into_response()
}
