use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use lambda_runtime::tower::Service;
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime};
use serde_json::value::RawValue;

use crate::dispatcher::Dispatcher;
use crate::handler::{ConfigurationHandler, MetadataHandler, RecordHandler};
use crate::invocation::Call;
use crate::logging::init_logging;

/// How long before Lambda's deadline the handler is stopped, so that the response is sent before
/// Lambda stops the process.
const TIME_TO_SEND: Duration = Duration::from_millis(500);

/// Why the Lambda loop ended or could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The process was not started by AWS Lambda or by a tool that acts as Lambda.
    #[error(
        "AWS_LAMBDA_RUNTIME_API is not set: a connector is started by AWS Lambda, or on your machine by `cargo appflow invoke --command …`"
    )]
    NotOnLambda,
    /// The Lambda Runtime API failed.
    #[error("the Lambda Runtime API failed")]
    RuntimeApi(#[source] lambda_runtime::Error),
}

/// Runs a connector on AWS Lambda: initialises logging, then serves one invocation after the other
/// until Lambda stops the process.
///
/// # Errors
/// See [`RunError`].
pub async fn run<H>(handler: H) -> Result<(), RunError>
where
    H: ConfigurationHandler + MetadataHandler + RecordHandler,
{
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        return Err(RunError::NotOnLambda);
    }
    init_logging();
    Runtime::new(LambdaService::new(Dispatcher::new(handler)))
        .run()
        .await
        .map_err(RunError::RuntimeApi)
}

/// A connector as the tower service that `lambda_runtime` runs. [`run`] is enough for most
/// connectors; use this for tower layers or a [`Dispatcher`] with other secrets.
///
/// ```no_run
/// use appflow_connector_runtime::lambda_runtime::{Error, Runtime, tower::layer::util::Identity};
/// use appflow_connector_runtime::{Dispatcher, LambdaService, init_logging};
/// # use appflow_connector_runtime::{ConfigurationHandler, MetadataHandler, RecordHandler};
///
/// # async fn example(
/// #     connector: impl ConfigurationHandler + MetadataHandler + RecordHandler,
/// # ) -> Result<(), Error> {
/// init_logging();
/// let service = LambdaService::new(Dispatcher::new(connector));
/// Runtime::new(service).layer(Identity::new()).run().await
/// # }
/// ```
pub struct LambdaService<H> {
    dispatcher: Arc<Dispatcher<H>>,
}

impl<H> LambdaService<H>
where
    H: ConfigurationHandler + MetadataHandler + RecordHandler,
{
    /// Serves invocations with this dispatcher.
    pub fn new(dispatcher: Dispatcher<H>) -> Self {
        Self {
            dispatcher: Arc::new(dispatcher),
        }
    }
}

impl<H> Service<LambdaEvent<Box<RawValue>>> for LambdaService<H>
where
    H: ConfigurationHandler + MetadataHandler + RecordHandler,
{
    type Response = Box<RawValue>;
    type Error = Diagnostic;
    type Future = Pin<Box<dyn Future<Output = Result<Box<RawValue>, Diagnostic>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Diagnostic>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, event: LambdaEvent<Box<RawValue>>) -> Self::Future {
        let dispatcher = Arc::clone(&self.dispatcher);
        Box::pin(async move {
            let call = Call {
                request_id: event.context.request_id,
                deadline: Some(deadline(event.context.deadline, SystemTime::now())),
            };
            let payload = event.payload.get().as_bytes();
            dispatcher
                .respond(payload, &call)
                .await
                .map_err(|error| Diagnostic {
                    error_type: "InvalidRequest".to_owned(),
                    error_message: error.to_string(),
                })
        })
    }
}

impl<H> fmt::Debug for LambdaService<H> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LambdaService")
            .finish_non_exhaustive()
    }
}

fn deadline(epoch_ms: u64, now: SystemTime) -> Instant {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(epoch_ms);
    let left = at.duration_since(now).unwrap_or_default();
    Instant::now() + left.saturating_sub(TIME_TO_SEND)
}
