use std::future::{Future, ready};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};
use std::{fmt, io, process, thread};

use lambda_runtime::tower::Service;
use lambda_runtime::tower::util::ThenLayer;
use lambda_runtime::{Diagnostic, LambdaEvent, LambdaInvocation, Runtime};
use serde_json::value::RawValue;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tracing::error;

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
    /// The thread that calls the Lambda Runtime API could not be started.
    #[error("the thread for the Lambda Runtime API could not be started")]
    Thread(#[source] io::Error),
}

/// Runs a connector on AWS Lambda: initialises logging, then serves one invocation after the other
/// until Lambda stops the process.
///
/// The handlers run on the current tokio runtime, of any flavor: one thread is enough. The deadline
/// and the Lambda Runtime API have a thread of their own, so that the response is sent in time even
/// if a handler never yields. Its thread is lost then, so the process exits after the response, and
/// Lambda starts a new one for the next call.
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
    LambdaService::new(Dispatcher::new(handler))
        .run_with(Runtime::new)
        .await
}

/// A connector as the tower service that `lambda_runtime` runs. [`run`] is enough for most
/// connectors; use this for tower layers or a [`Dispatcher`] with other secrets.
///
/// ```no_run
/// use appflow_connector_runtime::lambda_runtime::{Runtime, tower::layer::util::Identity};
/// use appflow_connector_runtime::{Dispatcher, LambdaService, RunError, init_logging};
/// # use appflow_connector_runtime::{ConfigurationHandler, MetadataHandler, RecordHandler};
///
/// # async fn example(
/// #     connector: impl ConfigurationHandler + MetadataHandler + RecordHandler,
/// # ) -> Result<(), RunError> {
/// init_logging();
/// LambdaService::new(Dispatcher::new(connector))
///     .run_with(|service| Runtime::new(service).layer(Identity::new()))
///     .await
/// # }
/// ```
pub struct LambdaService<H> {
    dispatcher: Arc<Dispatcher<H>>,
    /// Where handlers run. `None`: on the runtime that calls the service.
    handlers: Option<Handle>,
    /// Whether a handler runs whose call is over.
    is_blocked: Arc<AtomicBool>,
}

impl<H> LambdaService<H>
where
    H: ConfigurationHandler + MetadataHandler + RecordHandler,
{
    /// Serves invocations with this dispatcher.
    pub fn new(dispatcher: Dispatcher<H>) -> Self {
        Self {
            dispatcher: Arc::new(dispatcher),
            handlers: None,
            is_blocked: Arc::default(),
        }
    }

    /// Runs the Lambda loop that `build` makes of this service, on a thread of its own, and the
    /// handlers on the current tokio runtime. After the response to a call whose handler did not
    /// yield at its deadline, the process exits with status 1. The loop ends if the future is
    /// dropped.
    ///
    /// # Errors
    /// [`RunError::RuntimeApi`] or [`RunError::Thread`].
    pub async fn run_with<S>(
        mut self,
        build: impl FnOnce(Self) -> Runtime<S> + Send + 'static,
    ) -> Result<(), RunError>
    where
        S: Service<LambdaInvocation, Response = (), Error = lambda_runtime::Error>,
    {
        self.handlers = Some(Handle::current());
        let (report, ended) = oneshot::channel();
        let run = || serve(self, build, report);
        let thread = thread::Builder::new().name("lambda".to_owned());
        let thread = thread.spawn(run).map_err(RunError::Thread)?;
        match ended.await {
            Ok(result) => result,
            Err(_) => thread.join().map_err(|panic| resume_unwind(panic)),
        }
    }
}

/// Serves invocations until the loop fails or nobody waits for its report.
fn serve<H, S>(
    service: LambdaService<H>,
    build: impl FnOnce(LambdaService<H>) -> Runtime<S>,
    mut report: oneshot::Sender<Result<(), RunError>>,
) where
    S: Service<LambdaInvocation, Response = (), Error = lambda_runtime::Error>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(async {
            let is_blocked = Arc::clone(&service.is_blocked);
            let after_response = ThenLayer::new(move |sent| {
                if is_blocked.load(Ordering::Relaxed) {
                    error!("the handler did not yield at its deadline: the process exits");
                    process::exit(1);
                }
                ready(sent)
            });
            tokio::select! {
                result = build(service).layer(after_response).run() => {
                    result.map_err(RunError::RuntimeApi)
                }
                () = report.closed() => Ok(()),
            }
        }),
        Err(error) => Err(RunError::Thread(error)),
    };
    // Fails if nobody waits for it.
    let _ = report.send(result);
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
        let handlers = self.handlers.clone();
        let is_blocked = Arc::clone(&self.is_blocked);
        Box::pin(async move {
            let call = Call {
                request_id: event.context.request_id,
                deadline: Some(deadline(event.context.deadline, SystemTime::now())),
            };
            let payload = event.payload.get().as_bytes();
            let handlers = handlers.unwrap_or_else(Handle::current);
            let outcome = dispatcher.dispatch_to(&handlers, payload, &call).await;
            let outcome = outcome.map_err(|error| Diagnostic {
                error_type: "InvalidRequest".to_owned(),
                error_message: error.to_string(),
            })?;
            is_blocked.fetch_or(outcome.handler_runs, Ordering::Relaxed);
            Ok(outcome.json)
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
