//! AppFlow's endpoint: finds the operation, checks the request, runs it.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use axum::response::Response;
use loopback_server::{BodyError, read_body};
use serde_json::{Map, Value};

use crate::account::Account;
use crate::appflow::call::Call;
use crate::appflow::clock::Clock;
use crate::appflow::error;
use crate::appflow::faults::Faults;
use crate::appflow::operations::{self, MODEL, Operation};
use crate::functions::Functions;
use crate::state::Database;
use crate::wire::constraint;
use crate::wire::error::ServiceError;
use crate::wire::rest_json;
use crate::wire::walker;

const MAX_BODY_BYTES: usize = 1024 * 1024;

/// AppFlow in one account and region. A clone is the same one.
#[derive(Clone)]
pub(crate) struct AppFlow {
    pub(crate) account: Account,
    pub(crate) database: Database,
    pub(crate) functions: Functions,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
}

impl AppFlow {
    /// Whether a request with this method and raw path is one for AppFlow.
    pub(crate) fn serves(method: &Method, path: &str) -> bool {
        operations::find(method.as_str(), path).is_some()
    }

    /// Responds to a request, in every case in the form of rest-json.
    pub(crate) async fn respond(self, request: Request<Body>) -> Response {
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let found = operations::find(method.as_str(), &path);
        let result = if let Some((operation, members)) = found {
            self.run(operation, members, request).await
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
        self,
        operation: &'static Operation,
        mut members: Map<String, Value>,
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
        if let Some(fault) = self.faults.take(operation.name) {
            return Err(fault);
        }
        let mut request = rest_json::read_object(&body)?;
        members.extend(query_members(head.uri.query().unwrap_or_default()));
        request.extend(members);
        let model = &MODEL.operations[operation.name];
        let (input, findings) = walker::check(&MODEL, &model.input, Value::Object(request));
        if let Some(wrong_type) = findings.wrong_type {
            return Err(ServiceError::serialization(wrong_type));
        }
        if !findings.violations.is_empty() {
            return Err(error::validation(constraint::message(&findings.violations)));
        }
        (operation.run)(self, Call { input }).await
    }
}

/// The one member that is in a query: the repeated `tagKeys`.
fn query_members(query: &str) -> Option<(String, Value)> {
    let keys: Vec<Value> = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name == "tagKeys")
        .map(|(_, value)| Value::String(value.into_owned()))
        .collect();
    (!keys.is_empty()).then(|| ("tagKeys".to_owned(), Value::Array(keys)))
}
