use std::error::Error as _;
use std::future::{Future, ready};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};
use std::{fmt, io, process, thread};

use appflow_connector_model::RequestError;
use lambda_runtime::tower::Service;
use lambda_runtime::tower::util::{MapRequestLayer, ThenLayer};
use lambda_runtime::{Diagnostic, LambdaEvent, LambdaInvocation, Runtime};
use serde_json::value::RawValue;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tracing::error;

use crate::dispatcher::Dispatcher;
use crate::environment;
use crate::handler::{ConfigurationHandler, MetadataHandler, RecordHandler};
use crate::invocation::Call;
use crate::logging::init_logging;

/// How long before Lambda's deadline the handler is stopped, so that the response is sent before
/// Lambda stops the process.
const TIME_TO_SEND: Duration = Duration::from_millis(500);

/// Why the Lambda loop ended or could not start.
///
/// `Debug` writes the error with its causes, so that `main` can return it.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The process was not started by AWS Lambda or by a tool that acts as Lambda.
    #[error(
        "AWS_LAMBDA_RUNTIME_API is not set: a connector is started by AWS Lambda, or on your machine by `cargo appflow invoke --command …`"
    )]
    NotOnLambda,
    /// A variable in the environment is not as Lambda sets it.
    #[error("the environment variable {name} {problem}")]
    Environment {
        /// The variable.
        name: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The Lambda Runtime API failed.
    #[error("the Lambda Runtime API failed")]
    RuntimeApi(#[source] lambda_runtime::Error),
    /// The thread that calls the Lambda Runtime API could not be started.
    #[error("the thread for the Lambda Runtime API could not be started")]
    Thread(#[source] io::Error),
}

impl fmt::Debug for RunError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")?;
        let causes = std::iter::successors(self.source(), |cause| (*cause).source());
        for cause in causes {
            write!(formatter, ": {cause}")?;
        }
        Ok(())
    }
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
    if std::env::var_os(environment::RUNTIME_API).is_none() {
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
    /// The size of the payload that `lambda_runtime` is about to decode, 0 if it is not known. It
    /// decodes the first JSON value of a payload and ignores text after it.
    payload_bytes: Arc<AtomicUsize>,
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
            payload_bytes: Arc::default(),
        }
    }

    /// Runs the Lambda loop that `build` makes of this service, on a thread of its own, and the
    /// handlers on the current tokio runtime. After the response to a call whose handler did not
    /// yield at its deadline, the process exits with status 1. The loop ends if the future is
    /// dropped.
    ///
    /// # Errors
    /// [`RunError::Environment`], [`RunError::RuntimeApi`] or [`RunError::Thread`].
    pub async fn run_with<S>(
        mut self,
        build: impl FnOnce(Self) -> Runtime<S> + Send + 'static,
    ) -> Result<(), RunError>
    where
        S: Service<LambdaInvocation, Response = (), Error = lambda_runtime::Error>,
    {
        environment::check().map_err(|(name, problem)| RunError::Environment { name, problem })?;
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
            let payload_bytes = Arc::clone(&service.payload_bytes);
            let before_decoding = MapRequestLayer::new(move |invocation: LambdaInvocation| {
                payload_bytes.store(json_bytes(&invocation.body), Ordering::Relaxed);
                invocation
            });
            let after_response = ThenLayer::new(move |sent| {
                if is_blocked.load(Ordering::Relaxed) {
                    error!("the handler did not yield at its deadline: the process exits");
                    process::exit(1);
                }
                ready(sent)
            });
            tokio::select! {
                result = build(service).layer(before_decoding).layer(after_response).run() => {
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
        let payload_bytes = self.payload_bytes.swap(0, Ordering::Relaxed);
        Box::pin(async move {
            let call = Call {
                request_id: event.context.request_id,
                deadline: Some(deadline(event.context.deadline, SystemTime::now())),
            };
            let payload = event.payload.get().as_bytes();
            if payload_bytes > payload.len() {
                let problem = format!("other text follows its {} bytes", payload.len());
                return Err(invalid(&RequestError::Malformed(problem)));
            }
            let handlers = handlers.unwrap_or_else(Handle::current);
            let outcome = dispatcher.dispatch_to(&handlers, payload, &call).await;
            let outcome = outcome.map_err(|error| invalid(&error))?;
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

fn invalid(error: &RequestError) -> Diagnostic {
    Diagnostic {
        error_type: "InvalidRequest".to_owned(),
        error_message: error.to_string(),
    }
}

/// Returns the number of bytes of a text without white space before and after it.
fn json_bytes(text: &[u8]) -> usize {
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let start = text.iter().position(is_text).unwrap_or(0);
    let end = text
        .iter()
        .rposition(is_text)
        .map_or(start, |last| last + 1);
    end - start
}

fn deadline(epoch_ms: u64, now: SystemTime) -> Instant {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(epoch_ms);
    let left = at.duration_since(now).unwrap_or_default();
    Instant::now() + left.saturating_sub(TIME_TO_SEND)
}
