use std::sync::Arc;
use std::time::Instant;

use appflow_connector_model::limits::MAX_RESPONSE_BYTES;
use appflow_connector_model::{
    ConnectorError, ConnectorRequest, ErrorCode, RequestError, RequestType,
};
use serde_json::value::RawValue;
use tokio::task::JoinSet;
use tracing::{error, info};

use crate::credentials::{SecretProvider, Secrets, SecretsManager};
use crate::response::{Answer, Response, WrittenResponse};
use crate::{Call, ConfigurationHandler, Invocation, MetadataHandler, RecordHandler};

/// Turns the bytes of a request into the bytes of a response, without a network: the core that the Lambda loop, tests and tools
/// share.
///
/// Around the handler stand the guards:
/// - A request that lacks a field is answered with InvalidArgument that names it.
/// - Past the [deadline](Invocation::deadline) the handler is dropped and the answer is RequestTimeout.
/// - A panic is answered with ServerError. What it said is in the log only.
/// - An answer over 6,291,456 bytes is replaced by InvalidArgument that says how large it was.
/// - Error messages are cut to 1,024 characters.
/// - After InvalidCredentials the cached secret is dropped.
///
/// Every call leaves one log line.
#[derive(Debug)]
pub struct Dispatcher<H> {
    handler: Arc<H>,
    secrets: Secrets,
}

impl<H: ConfigurationHandler + MetadataHandler + RecordHandler> Dispatcher<H> {
    /// Serves `handler`, with secrets from AWS Secrets Manager.
    pub fn new(handler: H) -> Self {
        Self::with_secrets(handler, SecretsManager::default())
    }

    /// Serves `handler`, with secrets from elsewhere.
    pub fn with_secrets(handler: H, provider: impl SecretProvider) -> Self {
        Self {
            handler: Arc::new(handler),
            secrets: Secrets::new(provider),
        }
    }

    /// Answers one request.
    ///
    /// # Errors
    /// When the payload is no JSON object or its `type` is none of the eight. Everything else is answered by a response with
    /// `errorDetails`.
    pub async fn dispatch(&self, payload: &[u8], call: &Call) -> Result<Vec<u8>, RequestError> {
        let answer = self.answer(payload, call).await?;
        Ok(String::from(Box::<str>::from(answer)).into_bytes())
    }

    /// As [`dispatch`](Self::dispatch), for those who put the answer into other JSON.
    pub(crate) async fn answer(
        &self,
        payload: &[u8],
        call: &Call,
    ) -> Result<Box<RawValue>, RequestError> {
        let started = Instant::now();
        let request = match ConnectorRequest::from_slice(payload) {
            Ok(request) => request,
            Err(error @ RequestError::InvalidField { request_type, .. }) => {
                let error = ConnectorError::invalid_argument(error.to_string());
                let response = Response::failure(request_type, error).write();
                log(request_type, None, started, &response);
                return Ok(response.json);
            }
            Err(error) => {
                error!(%error, "the request cannot be read");
                return Err(error);
            }
        };
        let request_type = request.request_type();
        let max_results = max_results(&request);
        let invocation = Invocation::new(&request, call, &self.secrets);

        let mut response = self.handle(request, invocation.clone()).await;
        if response.bytes() > MAX_RESPONSE_BYTES {
            let error = too_large(response.bytes(), max_results);
            response = Response::failure(request_type, error).write();
        }
        if response.error_code == Some(ErrorCode::InvalidCredentials)
            && let Some(arn) = invocation.credentials().secret_arn()
        {
            self.secrets.forget(arn);
        }
        log(request_type, Some(&invocation), started, &response);
        Ok(response.json)
    }

    /// Runs the handler as a task of its own, so that neither its panic nor its blocking ends the process. The task writes the
    /// response too: the thread that made the records is the one to read and free them.
    async fn handle(&self, request: ConnectorRequest, invocation: Invocation) -> WrittenResponse {
        let request_type = request.request_type();
        let deadline = invocation.deadline();
        let time_limit = invocation.remaining();
        let handler = Arc::clone(&self.handler);

        // A JoinSet ends its task when it is dropped, be it here or with the whole call.
        let mut task = JoinSet::new();
        task.spawn(async move {
            match call_handler(&*handler, request, &invocation).await {
                Ok(answer) => Response::new(answer),
                Err(error) => Response::failure(request_type, error),
            }
            .write()
        });
        let error = match tokio::time::timeout_at(deadline.into(), task.join_next()).await {
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
        Response::failure(request_type, error).write()
    }
}

async fn call_handler<H: ConfigurationHandler + MetadataHandler + RecordHandler>(
    handler: &H,
    request: ConnectorRequest,
    invocation: &Invocation,
) -> Result<Answer, ConnectorError> {
    use ConnectorRequest as Request;
    match request {
        Request::DescribeConnectorConfiguration(request) => handler
            .describe_connector_configuration(request, invocation)
            .await
            .map(|configuration| Answer::Configuration(Box::new(configuration))),
        Request::ValidateConnectorRuntimeSettings(request) => handler
            .validate_connector_runtime_settings(request, invocation)
            .await
            .map(Answer::SettingErrors),
        Request::ValidateCredentials(request) => handler
            .validate_credentials(request, invocation)
            .await
            .map(|()| Answer::ValidCredentials),
        Request::ListEntities(request) => handler
            .list_entities(request, invocation)
            .await
            .map(Answer::Entities),
        Request::DescribeEntity(request) => handler
            .describe_entity(request, invocation)
            .await
            .map(|entity| Answer::Entity(Box::new(entity))),
        Request::QueryData(request) => handler
            .query_data(request, invocation)
            .await
            .map(Answer::Records),
        Request::RetrieveData(request) => handler
            .retrieve_data(request, invocation)
            .await
            .map(Answer::Retrieved),
        Request::WriteData(request) => {
            let sent = request.records.len();
            let results = handler.write_data(request, invocation).await?;
            if results.len() != sent {
                return Err(ConnectorError::server_error(format!(
                    "the connector answered {} results for {sent} records",
                    results.len()
                )));
            }
            Ok(Answer::Written(results))
        }
    }
}

const fn max_results(request: &ConnectorRequest) -> Option<(&'static str, u32)> {
    match request {
        ConnectorRequest::QueryData(request) => Some(("maxResults", request.max_results)),
        ConnectorRequest::ListEntities(request) => Some(("maxResult", request.max_result)),
        _ => None,
    }
}

fn too_large(bytes: usize, max_results: Option<(&'static str, u32)>) -> ConnectorError {
    let advice = match max_results {
        Some((name, asked)) => format!("lower {name} (it was {asked}) or select fewer fields"),
        None => "ask for fewer records or fields".to_owned(),
    };
    ConnectorError::invalid_argument(format!(
        "the answer has {bytes} bytes, AWS Lambda takes at most {MAX_RESPONSE_BYTES}: {advice}"
    ))
}

fn log(
    request_type: RequestType,
    invocation: Option<&Invocation>,
    started: Instant,
    response: &WrittenResponse,
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
