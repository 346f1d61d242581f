//! The Invoke operation of the Lambda service.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use loopback_server::{BodyError, discard_body, read_body};
use serde::de::IgnoredAny;
use serde_json::json;
use uuid::Uuid;

use crate::config::{ACCOUNT, REGION};
use crate::error::Error;
use crate::function::Outcome;
use crate::function_error::FunctionError;
use crate::invoke::Invoke;
use crate::limits::MAX_REQUEST_BYTES;
use crate::queue::{Place, Queue};

/// The largest payload that Lambda accepts for `Event` calls: 1 MB.
const MAX_EVENT_BYTES: usize = 1024 * 1024;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

struct Service {
    functions: HashMap<String, Arc<dyn Invoke>>,
    queue: Queue,
}

/// Returns a service with Lambda's Invoke operation,
/// `POST /2015-03-31/functions/{name}/invocations`, so that any AWS SDK,
/// `aws lambda invoke --endpoint-url` and `cargo lambda invoke` can call the functions. Signatures
/// are not checked: serve it with the crate `loopback-server`, which refuses what other web sites
/// send. If two functions have the same name, the last one is served.
///
/// - `{name}` is a name, a partial ARN or an ARN, with or without a qualifier. Account, region and
///   qualifier are ignored: a function has one version, `$LATEST`.
/// - `X-Amz-Invocation-Type` is `RequestResponse` (the default), `Event` (returns 202 at once; a
///   failed call is logged and not retried, where Lambda would retry it twice) or `DryRun` (returns
///   204).
/// - `X-Amz-Log-Type: Tail` returns the end of the call's log in `X-Amz-Log-Result`, without the
///   START, END and REPORT lines that Lambda adds.
/// - A request without a body is the event `{}`, as on Lambda. A body must be JSON.
/// - A call continues if its client disconnects.
/// - At most 1,000 calls, with at most 64 MiB of payloads, run or wait at a time, and of a
///   [`Pool`](crate::Pool) as many as its limit says. More get 429, `TooManyRequestsException`,
///   which the AWS SDKs repeat.
///
/// ```
/// use std::sync::Arc;
///
/// use axum::{body::Body, http::Request};
/// use lambda_process_host::{CommandLine, Function, FunctionConfig, router};
/// use tower::ServiceExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let command = CommandLine::new("my-connector");
/// let function = Function::new(FunctionConfig::new("my-connector", command))?;
/// let service = router([Arc::new(function) as _]);
/// // A program passes `service` to `loopback_server::Server::bind`.
///
/// let request = Request::post("/2015-03-31/functions/my-connector/invocations")
///     .header("X-Amz-Invocation-Type", "DryRun")
///     .body(Body::empty())?;
/// assert_eq!(service.oneshot(request).await?.status(), 204);
/// # Ok(())
/// # }
/// ```
pub fn router(functions: impl IntoIterator<Item = Arc<dyn Invoke>>) -> Router {
    let by_name = functions
        .into_iter()
        .map(|function| (function_name(&function.arn()).to_owned(), function))
        .collect();
    Router::new()
        .route("/2015-03-31/functions/{name}/invocations", post(invoke))
        .with_state(Arc::new(Service {
            functions: by_name,
            queue: Queue::new(),
        }))
}

async fn invoke(
    State(service): State<Arc<Service>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let request_id = Uuid::new_v4().to_string();
    let mut response = match respond(&service, &name, &headers, body, &request_id).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    };
    if let Ok(id) = request_id.try_into() {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

async fn respond(
    service: &Service,
    name: &str,
    headers: &HeaderMap,
    body: Body,
    request_id: &str,
) -> Result<Response, ServiceError> {
    let function = Arc::clone(find(&service.functions, name)?);
    let value_of = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let invocation_type = value_of("x-amz-invocation-type");
    let request_id = request_id.to_owned();
    match invocation_type {
        "" | "RequestResponse" => {
            let (event, place) = read_event(service, body, MAX_REQUEST_BYTES).await?;
            // A separate task continues if the client disconnects.
            let id = request_id.clone();
            let call = tokio::spawn(async move {
                let _place = place;
                function.invoke_as(id, event).await
            });
            let called = call
                .await
                .map_err(|error| ServiceError::service(error.to_string()))?;
            synchronous_response(called, &request_id, value_of("x-amz-log-type") == "Tail")
        }
        "Event" => {
            let (event, place) = read_event(service, body, MAX_EVENT_BYTES).await?;
            tokio::spawn(async move {
                let _place = place;
                let failure = match function.invoke_as(request_id.clone(), event).await {
                    Ok(outcome) => outcome.result.err().map(|error| error.to_string()),
                    Err(error) => Some(with_cause(&error)),
                };
                if let Some(failure) = failure {
                    tracing::warn!(
                        function = function.arn(),
                        request_id,
                        failure,
                        "an asynchronous call failed"
                    );
                }
            });
            Ok(StatusCode::ACCEPTED.into_response())
        }
        "DryRun" => Ok(StatusCode::NO_CONTENT.into_response()),
        other => Err(ServiceError::client(
            StatusCode::BAD_REQUEST,
            "InvalidParameterValueException",
            format!(
                "{other:?} is not a valid invocation type: it must be RequestResponse, Event or DryRun"
            ),
        )),
    }
}

fn find<'a>(
    functions: &'a HashMap<String, Arc<dyn Invoke>>,
    name: &str,
) -> Result<&'a Arc<dyn Invoke>, ServiceError> {
    let not_found = || {
        let arn = if name.starts_with("arn:") {
            name.to_owned()
        } else {
            // All functions have one account and one region.
            let known = functions.values().next().map(Invoke::arn);
            let known = known.as_deref().and_then(|arn| arn.rsplit_once(':'));
            match known {
                Some((scope, _)) => format!("{scope}:{name}"),
                None => format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"),
            }
        };
        ServiceError::client(
            StatusCode::NOT_FOUND,
            "ResourceNotFoundException",
            format!("Function not found: {arn}"),
        )
    };
    functions.get(function_name(name)).ok_or_else(not_found)
}

/// Returns the name in `name`, `account:function:name` or
/// `arn:aws:lambda:region:account:function:name`, each with or without a trailing `:qualifier`.
///
/// ```
/// use lambda_process_host::function_name;
///
/// let arn = "arn:aws:lambda:eu-west-1:123456789012:function:my-connector:live";
/// assert_eq!(function_name(arn), "my-connector");
/// ```
pub fn function_name(name: &str) -> &str {
    let mut parts = name.split(':');
    let first = parts.next().unwrap_or_default();
    match parts.find(|part| *part == "function") {
        Some(_) => parts.next().unwrap_or_default(),
        None => first,
    }
}

/// Reads the body as an event: JSON of at most `limit` bytes. The call has a place in the queue
/// before anything of it is kept.
async fn read_event(
    service: &Service,
    body: Body,
    limit: usize,
) -> Result<(Bytes, Place), ServiceError> {
    let Some(mut place) = service.queue.enter(&body, limit) else {
        discard_body(body, limit).await;
        return Err(ServiceError::too_many_requests());
    };
    let too_large = || {
        let message =
            format!("Request must be smaller than {limit} bytes for the InvokeFunction operation");
        ServiceError::client(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLargeException",
            message,
        )
    };
    let event = match read_body(body, limit).await {
        Ok(event) => event,
        Err(BodyError::TooLarge) => return Err(too_large()),
        Err(_) => {
            return Err(ServiceError::client(
                StatusCode::BAD_REQUEST,
                "InvalidRequestContentException",
                "The request's body is incomplete".to_owned(),
            ));
        }
    };
    place.shrink_to(event.len());
    if event.is_empty() {
        return Ok((Bytes::from_static(b"{}"), place));
    }
    match serde_json::from_slice::<IgnoredAny>(&event) {
        Ok(_) => Ok((event, place)),
        Err(error) => Err(ServiceError::client(
            StatusCode::BAD_REQUEST,
            "InvalidRequestContentException",
            format!("Could not parse request body into json: {error}"),
        )),
    }
}

fn synchronous_response(
    called: Result<Outcome, Error>,
    request_id: &str,
    with_log: bool,
) -> Result<Response, ServiceError> {
    let (result, log_tail) = match called {
        Ok(outcome) => (outcome.result, outcome.log_tail),
        Err(error @ (Error::Start { .. } | Error::TaskRoot(_))) => (
            Err(FunctionError::not_started(request_id, &with_cause(&error))),
            String::new(),
        ),
        Err(Error::TooManyRequests { .. }) => return Err(ServiceError::too_many_requests()),
        Err(error) => return Err(ServiceError::service(with_cause(&error))),
    };
    let always = [
        (header::CONTENT_TYPE.as_str(), "application/json"),
        ("x-amz-executed-version", "$LATEST"),
    ];
    let log = with_log.then(|| ("x-amz-log-result", STANDARD.encode(log_tail)));
    let failed = result
        .is_err()
        .then(|| ("x-amz-function-error", "Unhandled".to_owned()));
    let payload = result.unwrap_or_else(|error| error.payload);
    Ok((
        always,
        AppendHeaders(log.into_iter().chain(failed)),
        payload,
    )
        .into_response())
}

fn with_cause(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// An error of the service itself, in the form that the AWS SDKs expect.
struct ServiceError {
    status: StatusCode,
    error_type: &'static str,
    message: String,
}

impl ServiceError {
    fn client(status: StatusCode, error_type: &'static str, message: String) -> Self {
        Self {
            status,
            error_type,
            message,
        }
    }

    fn too_many_requests() -> Self {
        Self::client(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequestsException",
            "Rate Exceeded.".to_owned(),
        )
    }

    fn service(message: String) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            error_type: "ServiceException",
            message,
        }
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        let side = if self.status.is_client_error() {
            "User"
        } else {
            "Service"
        };
        // Lambda writes the message of this error, and only of this, in lower case.
        let body = if self.status == StatusCode::TOO_MANY_REQUESTS {
            json!({"Reason": "ConcurrentInvocationLimitExceeded", "Type": side, "message": self.message})
        } else {
            json!({"Type": side, "Message": self.message})
        };
        (self.status, [(ERROR_TYPE, self.error_type)], Json(body)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_functions_name_is_read() {
        for name in [
            "f",
            "f:$LATEST",
            "123456789012:function:f",
            "123456789012:function:f:live",
            "arn:aws:lambda:eu-west-1:123456789012:function:f",
            "arn:aws-cn:lambda:cn-north-1:123456789012:function:f:7",
        ] {
            assert_eq!(function_name(name), "f", "{name}");
        }
        assert_eq!(function_name("function:live"), "function");
        assert_eq!(function_name("123456789012:function"), "");
    }
}
