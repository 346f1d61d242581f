use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use lambda_runtime::tower::Service;
use lambda_runtime::{Diagnostic, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use serde_json::value::RawValue;

use crate::{Call, ConfigurationHandler, Dispatcher, MetadataHandler, RecordHandler, init_logging};

/// Kept back from Lambda's own deadline, so that the answer is sent before the process is stopped.
const TIME_TO_SEND: Duration = Duration::from_millis(500);

/// Why the Lambda loop ended or never began.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The process was not started by AWS Lambda or a tool that acts as Lambda.
    #[error(
        "AWS_LAMBDA_RUNTIME_API is not set: a connector is started by AWS Lambda, or here by `cargo appflow invoke --command …`"
    )]
    NotOnLambda,
    /// The Runtime API cannot be used any more.
    #[error("the Lambda Runtime API failed")]
    RuntimeApi(#[source] lambda_runtime::Error),
}

/// Serves a connector on AWS Lambda: sets up logging, then answers one call after the other until the process is stopped.
///
/// # Errors
/// See [`Error`].
pub async fn run<H>(handler: H) -> Result<(), Error>
where
    H: ConfigurationHandler + MetadataHandler + RecordHandler,
{
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        return Err(Error::NotOnLambda);
    }
    init_logging();
    lambda(Dispatcher::new(handler))
        .run()
        .await
        .map_err(Error::RuntimeApi)
}

/// The Lambda loop of [`run`] before it runs, for those who add tower layers to it or bring a [`Dispatcher`] of their own.
///
/// ```no_run
/// use appflow_connector_runtime::{ConfigurationHandler, Dispatcher, MetadataHandler, RecordHandler, init_logging, lambda};
/// use lambda_runtime::tower::layer::util::Identity;
///
/// # async fn example(
/// #     connector: impl ConfigurationHandler + MetadataHandler + RecordHandler,
/// # ) -> Result<(), lambda_runtime::Error> {
/// init_logging();
/// lambda(Dispatcher::new(connector)).layer(Identity::new()).run().await
/// # }
/// ```
///
/// # Panics
/// When Lambda's environment variables are not set.
pub fn lambda<H>(
    dispatcher: Dispatcher<H>,
) -> Runtime<
    impl Service<
        LambdaInvocation,
        Response = (),
        Error = lambda_runtime::Error,
        Future = impl Future<Output = Result<(), lambda_runtime::Error>>,
    >,
>
where
    H: ConfigurationHandler + MetadataHandler + RecordHandler,
{
    let dispatcher = Arc::new(dispatcher);
    Runtime::new(service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let dispatcher = Arc::clone(&dispatcher);
        async move {
            let call = Call {
                request_id: event.context.request_id,
                deadline: Some(deadline(event.context.deadline, SystemTime::now())),
            };
            let payload = event.payload.get().as_bytes();
            dispatcher
                .answer(payload, &call)
                .await
                .map_err(|error| Diagnostic {
                    error_type: "InvalidRequest".to_owned(),
                    error_message: error.to_string(),
                })
        }
    }))
}

fn deadline(epoch_ms: u64, now: SystemTime) -> Instant {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(epoch_ms);
    let left = at.duration_since(now).unwrap_or_default();
    Instant::now() + left.saturating_sub(TIME_TO_SEND)
}
