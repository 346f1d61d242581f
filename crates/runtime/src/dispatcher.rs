use std::sync::Arc;
use std::time::{Duration, Instant};

use appflow_connector_model::{
    ConnectorError, ConnectorRequest, ErrorCode, RequestError, RequestType,
};
use serde_json::value::RawValue;
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::{timeout, timeout_at};
use tracing::{error, info};

use crate::credentials::{SecretProvider, Secrets, SecretsManager};
use crate::handler::{ConfigurationHandler, MetadataHandler, RecordHandler};
use crate::invocation::{Call, Invocation};
use crate::redaction::Redaction;
use crate::refusal;
use crate::response::Response;

/// How long a handler that is dropped may take to yield: after it, its thread counts as lost.
const TIME_TO_YIELD: Duration = Duration::from_millis(100);

/// Turns the bytes of a request into the bytes of a response, without a network. The Lambda loop,
/// tests and tools share it.
///
/// It guards the handler:
/// - A request without a required field gets InvalidArgument with the field's name.
/// - At the [deadline](Invocation::deadline) the handler is dropped and the response is
///   RequestTimeout, even if the handler does not yield; see [`run`](crate::run).
/// - A panic becomes ServerError. Its text appears only in the log.
/// - A response over 6,291,456 bytes is replaced by InvalidArgument with its size.
/// - Error messages are truncated to 800 characters: with the words that AppFlow puts before them
///   they may have 1,024.
/// - A message of an error or a written record says `[secret]` for a value of the secret
///   that the handler has read. Records are the application's data and stay as they are.
/// - After InvalidCredentials the cached secret is dropped, also if a
///   [`PageFiller`](crate::records::PageFiller) or [`BatchWriter`](crate::records::BatchWriter)
///   returns the records before it.
///
/// Every call writes one log line.
#[derive(Debug)]
pub struct Dispatcher<H> {
    handler: Arc<H>,
    secrets: Secrets,
}

/// A response, and whether the call is really over.
pub(crate) struct Dispatched {
    pub(crate) json: Box<RawValue>,
    /// Whether the handler still runs, because it did not yield when it was dropped.
    pub(crate) handler_runs: bool,
}

impl<H: ConfigurationHandler + MetadataHandler + RecordHandler> Dispatcher<H> {
    /// Serves `handler`, with secrets from AWS Secrets Manager.
    pub fn new(handler: H) -> Self {
        Self::with_secrets(handler, SecretsManager::default())
    }

    /// Serves `handler`, with secrets from another provider.
    pub fn with_secrets(handler: H, provider: impl SecretProvider) -> Self {
        Self {
            handler: Arc::new(handler),
            secrets: Secrets::new(provider),
        }
    }

    /// Returns the response to one request.
    ///
    /// # Errors
    /// If the payload is not a JSON object or its `type` is unknown. Every other problem is a
    /// response with `errorDetails`.
    pub async fn dispatch(&self, payload: &[u8], call: &Call) -> Result<Vec<u8>, RequestError> {
        let dispatched = self.dispatch_to(&Handle::current(), payload, call).await?;
        Ok(String::from(Box::<str>::from(dispatched.json)).into_bytes())
    }

    /// As [`dispatch`](Self::dispatch), with the handler on another tokio runtime. Whatever the
    /// handler does there, the response is ready in time if nothing blocks the current runtime.
    pub(crate) async fn dispatch_to(
        &self,
        handlers: &Handle,
        payload: &[u8],
        call: &Call,
    ) -> Result<Dispatched, RequestError> {
        let started = Instant::now();
        let request = match ConnectorRequest::from_slice(payload) {
            Ok(request) => request,
            Err(error @ RequestError::InvalidField { request_type, .. }) => {
                let error = ConnectorError::invalid_argument(error.to_string());
                let response = Response::failure(request_type, error);
                log(request_type, None, started, &response);
                return Ok(Dispatched {
                    json: response.json,
                    handler_runs: false,
                });
            }
            Err(error) => {
                error!(%error, "the request cannot be read");
                return Err(error);
            }
        };
        let request_type = request.request_type();
        let invocation = Invocation::new(&request, call, &self.secrets);

        let mut handler = JoinSet::new();
        let response = self
            .handle(request, invocation.clone(), &mut handler, handlers)
            .await;
        log(request_type, Some(&invocation), started, &response);
        Ok(Dispatched {
            json: response.json,
            handler_runs: !has_ended(handler).await,
        })
    }

    /// Runs the handler as a task of its own, so that neither a panic nor a blocking call in it
    /// stops the process. The task also writes the response: the thread that made the records reads
    /// and frees them.
    async fn handle(
        &self,
        request: ConnectorRequest,
        invocation: Invocation,
        task: &mut JoinSet<Response>,
        handlers: &Handle,
    ) -> Response {
        let request_type = request.request_type();
        let deadline = invocation.deadline();
        let time_limit = invocation.remaining();
        let handler = Arc::clone(&self.handler);

        let run = async move {
            let call = call_handler(&*handler, request, &invocation);
            let (response, is_refused) = refusal::watch(call).await;
            let response = response.unwrap_or_else(|error| {
                let error = Redaction::of(invocation.credentials()).error(error);
                Response::failure(request_type, error)
            });
            if is_refused || response.error_code == Some(ErrorCode::InvalidCredentials) {
                invocation.credentials().forget();
            }
            response
        };
        // A JoinSet aborts its task when it is dropped with the whole call.
        task.spawn_on(run, handlers);
        let error = match timeout_at(deadline.into(), task.join_next()).await {
            Ok(Some(Ok(response))) => return response,
            Ok(Some(Err(failure))) => {
                error!(%request_type, %failure, "the handler panicked");
                ConnectorError::server_error(format!(
                    "the connector failed unexpectedly in {request_type}; its log has the details"
                ))
            }
            Ok(None) => ConnectorError::server_error("the connector's handler did not run"),
            Err(_) => ConnectorError::request_timeout(format!(
                "the connector did not finish {request_type} within {:.1} s",
                time_limit.as_secs_f64()
            )),
        };
        Response::failure(request_type, error)
    }
}

/// Drops a handler that has not returned. Returns whether it has ended.
async fn has_ended(mut handler: JoinSet<Response>) -> bool {
    handler.abort_all();
    timeout(TIME_TO_YIELD, handler.join_next()).await.is_ok()
}

async fn call_handler<H: ConfigurationHandler + MetadataHandler + RecordHandler>(
    handler: &H,
    request: ConnectorRequest,
    invocation: &Invocation,
) -> Result<Response, ConnectorError> {
    use ConnectorRequest as Request;
    match request {
        Request::DescribeConnectorConfiguration(request) => handler
            .describe_connector_configuration(request, invocation)
            .await
            .and_then(Response::configuration),
        Request::ValidateConnectorRuntimeSettings(request) => handler
            .validate_connector_runtime_settings(request, invocation)
            .await
            .and_then(Response::settings),
        Request::ValidateCredentials(request) => handler
            .validate_credentials(request, invocation)
            .await
            .and_then(|()| Response::credentials()),
        Request::ListEntities(request) => {
            let max_result = request.max_result;
            let page = handler.list_entities(request, invocation).await?;
            Response::entities(page, max_result)
        }
        Request::DescribeEntity(request) => handler
            .describe_entity(request, invocation)
            .await
            .and_then(Response::entity),
        Request::QueryData(request) => {
            let max_results = request.max_results;
            let page = handler.query_data(request, invocation).await?;
            Response::queried(page, max_results)
        }
        Request::RetrieveData(request) => handler
            .retrieve_data(request, invocation)
            .await
            .and_then(Response::retrieved),
        Request::WriteData(request) => {
            let sent = request.records.len();
            let mut results = handler.write_data(request, invocation).await?;
            Redaction::of(invocation.credentials()).results(&mut results);
            Response::written(results, sent)
        }
    }
}

fn log(
    request_type: RequestType,
    invocation: Option<&Invocation>,
    started: Instant,
    response: &Response,
) {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a call lasts well under 584 million years"
    )]
    let duration_ms = started.elapsed().as_millis() as u64;
    info!(
        request_type = request_type.as_str(),
        flow_name = invocation.and_then(Invocation::flow_name),
        execution_id = invocation.and_then(Invocation::execution_id),
        connector_profile = invocation.and_then(Invocation::connector_profile_label),
        duration_ms,
        records = response.records,
        bytes = response.bytes(),
        error_code = response.error_code.map(ErrorCode::as_str),
        "call"
    );
}
