//! AppFlow's endpoint: finds the operation, checks the request, runs it.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use axum::response::Response;
use loopback_server::{BodyError, read_body};
use serde_json::{Map, Value};

use crate::appflow::call::Call;
use crate::appflow::context::AppFlow;
use crate::appflow::error;
use crate::appflow::operations::{self, MODEL, Operation};
use crate::appflow::response_check;
use crate::appflow::tokens::ClientToken;
use crate::wire::constraint;
use crate::wire::error::ServiceError;
use crate::wire::rest_json;
use crate::wire::walker;

const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Whether a request with this method and raw path is one for AppFlow.
pub(crate) fn serves(method: &Method, path: &str) -> bool {
    operations::find(method.as_str(), path).is_some()
}

/// Responds to a request, in every case in the form of rest-json.
pub(crate) async fn respond(appflow: AppFlow, request: Request<Body>) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let found = operations::find(method.as_str(), &path);
    let result = if let Some((operation, members)) = found {
        run(appflow, operation, members, request).await
    } else {
        // Read, because some clients read only after they have sent everything.
        let _ = read_body(request.into_body(), 0).await;
        Err(ServiceError {
            status: StatusCode::NOT_FOUND,
            code: "UnknownOperationException",
            message: format!("AppFlow has no operation {method} {path}"),
        })
    };
    if let Err(error) = &result {
        tracing::debug!(%method, path, error = error.code, message = error.message, "refused");
    }
    rest_json::write(result)
}

async fn run(
    appflow: AppFlow,
    operation: &'static Operation,
    members: Map<String, Value>,
    request: Request<Body>,
) -> Result<Value, ServiceError> {
    let (head, body) = request.into_parts();
    let body = read_body(body, MAX_BODY_BYTES).await.map_err(|error| {
        if error == BodyError::TooLarge {
            ServiceError::body_too_large(MAX_BODY_BYTES)
        } else {
            ServiceError::serialization("The request body couldn't be read.".to_owned())
        }
    })?;
    if let Some(fault) = appflow.faults.take(operation.name) {
        return Err(fault);
    }
    let mut request = rest_json::read_object(&body)?;
    request.extend(members);
    if operation.name == "UntagResource" {
        let keys = tag_keys(head.uri.query().unwrap_or_default());
        request.insert("tagKeys".to_owned(), keys);
    }
    let mut input = checked(operation, request)?;
    let token = ClientToken::take(operation.name, &mut input);
    // A task of its own, so that a client that is gone does not leave half of an operation.
    let call = Call { input, token };
    let checks_responses = appflow.checks_responses;
    let result = tokio::spawn(run_once(appflow, operation, call)).await;
    let response = result.unwrap_or_else(|failure| {
        tracing::error!(operation = operation.name, %failure, "an operation failed");
        Err(error::internal(format!(
            "{} ended without a result.",
            operation.name
        )))
    })?;
    if checks_responses
        && let problems = response_check::problems(operation.name, &response)
        && !problems.is_empty()
    {
        return Err(error::internal(format!(
            "The response of {} does not fit the model: {}; {response}",
            operation.name,
            problems.join("; ")
        )));
    }
    Ok(response)
}

fn checked(operation: &Operation, request: Map<String, Value>) -> Result<Value, ServiceError> {
    let model = &MODEL.operations[operation.name];
    let (input, findings) = walker::check(&MODEL, &model.input, Value::Object(request));
    if let Some(wrong_type) = findings.wrong_type {
        return Err(ServiceError::serialization(wrong_type));
    }
    if !findings.violations.is_empty() {
        return Err(error::validation(constraint::message(&findings.violations)));
    }
    Ok(input)
}

/// Runs an operation, unless a call with the same token has done so.
async fn run_once(
    appflow: AppFlow,
    operation: &'static Operation,
    call: Call,
) -> Result<Value, ServiceError> {
    let Some(token) = call.token.clone() else {
        return (operation.run)(appflow, call).await;
    };
    let _lock = appflow.locks.lock(token.lock_name()).await;
    let clock = appflow.clock.clone();
    let found = appflow
        .database
        .read(move |database| token.find(database, &clock));
    match found.await?? {
        Some(response) => Ok(response),
        None => (operation.run)(appflow, call).await,
    }
}

/// The one member that is in a query, repeated. An empty list is not there at all.
fn tag_keys(query: &str) -> Value {
    url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name == "tagKeys")
        .map(|(_, value)| Value::String(value.into_owned()))
        .collect()
}
