//! Calls of connectors.

use std::time::Duration;

use appflow_connector_client::{
    CallError, Client, InvocationFailure, Reply, Request, Target, TargetError, TargetFuture,
};
use appflow_connector_model::{ConnectorError, ErrorCode};
use tokio::time::{Instant, sleep};

use crate::appflow::error;
use crate::functions::{Functions, InvokeError};
use crate::wire::error::ServiceError;

/// How long to wait before a call that the function's concurrency did not allow is made again.
const PAUSE: Duration = Duration::from_millis(50);

/// Why a connector gave no successful response.
#[derive(Debug)]
pub(crate) enum CallFailure {
    /// There is no function with the connector's ARN.
    NoFunction(String),
    /// The connector returned an error.
    Connector(ConnectorError),
    /// It returned nothing that AppFlow can read: the function failed, ran out of time, or returned
    /// something else than a response.
    NoResponse,
}

impl CallFailure {
    /// The error for an operation of AppFlow that needed the call.
    pub(crate) fn into_error(self) -> ServiceError {
        let message = self.message();
        match self.code() {
            Some(ErrorCode::InvalidCredentials | ErrorCode::AccessDenied) => {
                error::connector_authentication(format!(
                    "Error authenticating to connector: {message}"
                ))
            }
            Some(ErrorCode::ResourceNotFoundError) => error::not_found(message),
            _ => error::connector_server(self.communication_error()),
        }
    }

    /// What AppFlow's user sees of a failed call.
    pub(crate) fn communication_error(&self) -> String {
        format!("Error while communicating to connector: {}", self.message())
    }

    /// The connector's message, or that it sent no message.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::NoFunction(function) => format!("Function not found: {function}"),
            Self::Connector(error) => error.message().to_owned(),
            Self::NoResponse => "Got error from connector. No valid response and error details \
                                 found in the connector response."
                .to_owned(),
        }
    }

    /// The connector's error code, if it returned an error.
    pub(crate) fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Connector(error) => Some(error.code()),
            Self::NoFunction(_) | Self::NoResponse => None,
        }
    }
}

/// Calls the connector that a function is, within AppFlow's time limits: 10 seconds, and 30 for
/// records.
pub(crate) async fn call<R: Request>(
    functions: &Functions,
    function: &str,
    request: R,
) -> Result<R::Response, CallFailure> {
    if !functions.contains(function) {
        return Err(CallFailure::NoFunction(function.to_owned()));
    }
    let target = FunctionTarget {
        functions,
        function,
    };
    Client::new(target)
        .call(request)
        .await
        .map_err(|failure| match failure {
            CallError::Connector(error) => CallFailure::Connector(error),
            failure => {
                tracing::warn!(
                    function,
                    failure = text_of(&failure),
                    "a connector gave no valid response"
                );
                CallFailure::NoResponse
            }
        })
}

fn text_of(failure: &CallError) -> String {
    match std::error::Error::source(failure) {
        Some(source) => format!("{failure}: {source}"),
        None => failure.to_string(),
    }
}

struct FunctionTarget<'a> {
    functions: &'a Functions,
    function: &'a str,
}

impl Target for FunctionTarget<'_> {
    fn name(&self) -> String {
        self.function.to_owned()
    }

    fn invoke(
        &self,
        payload: Vec<u8>,
        time_limit: Duration,
    ) -> TargetFuture<'_, Result<Reply, TargetError>> {
        Box::pin(async move {
            let start = Instant::now();
            let result = self.invoke_when_free(payload.into(), time_limit).await;
            Ok(Reply::new(result, start.elapsed()))
        })
    }
}

impl FunctionTarget<'_> {
    async fn invoke_when_free(
        &self,
        payload: bytes::Bytes,
        time_limit: Duration,
    ) -> Result<Vec<u8>, InvocationFailure> {
        let deadline = Instant::now() + time_limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let invoked = self.functions.invoke(self.function, payload.clone(), left);
            match invoked.await {
                Ok(response) => return Ok(response.into()),
                Err(InvokeError::TooManyRequests(_)) if Instant::now() + PAUSE < deadline => {
                    sleep(PAUSE).await;
                }
                Err(InvokeError::TimedOut(_)) => {
                    return Err(InvocationFailure::timed_out(time_limit));
                }
                Err(error) => {
                    return Err(InvocationFailure {
                        error_type: InvocationFailure::UNHANDLED.to_owned(),
                        error_message: error.to_string(),
                    });
                }
            }
        }
    }
}
