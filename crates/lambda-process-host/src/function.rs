use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::config::FunctionConfig;
use crate::environment::{Environment, Failure, invocation};
use crate::error::Error;
use crate::function_error::FunctionError;
use crate::limits::MAX_REQUEST_BYTES;
use crate::log::Log;
use crate::runtime_api::CallResult;

const LOG_TAIL_BYTES: usize = 4096;

/// One call's result and measurements.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Outcome {
    /// The function's response, unchanged, of at most
    /// [`MAX_RESPONSE_BYTES`](crate::MAX_RESPONSE_BYTES); or the error that ended the call.
    pub result: Result<Bytes, FunctionError>,
    /// The id of this call, as the function sees it: a UUID.
    pub request_id: String,
    /// The time from the start of the process to its first request for an invocation. `None` if the
    /// process was already warm, or if it failed before that.
    pub init_duration: Option<Duration>,
    /// The time from passing the call to the process to the response, the end of the process or the
    /// timeout. Zero if the process failed before that.
    pub duration: Duration,
    /// The peak resident memory of the process, without its children, from its start to the end of
    /// this call, in bytes. Linux counts it with an error of some hundred kilobytes. `None` if the
    /// process exited, and on other systems.
    pub peak_memory_bytes: Option<u64>,
    /// The last 4 KB that the process wrote to stdout and stderr during this call, and during its
    /// start if this call started it.
    pub log_tail: String,
}

impl Outcome {
    /// Makes the outcome of a call to a function that this crate does not run: without a start,
    /// memory and a log.
    pub fn new(
        request_id: String,
        result: Result<Bytes, FunctionError>,
        duration: Duration,
    ) -> Self {
        Self {
            result,
            request_id,
            init_duration: None,
            duration,
            peak_memory_bytes: None,
            log_tail: String::new(),
        }
    }
}

/// A Lambda function on this machine: one process, which the first call starts and the next calls
/// reuse.
///
/// Use it from one tokio runtime, with I/O and time enabled. Clones share the process.
///
/// The process has a process group of its own. When the last clone is dropped, the whole group is
/// killed, and on Linux every child that has left the group, for example with `setsid`, as long as
/// its parent runs. Not killed are other children that have left the group; and nothing is if the
/// host ends without dropping the function, for example by a signal that it does not handle. A host
/// that must leave nothing behind runs under a supervisor, as `cargo appflow` does.
#[derive(Clone)]
pub struct Function {
    shared: Arc<Shared>,
}

struct Shared {
    config: FunctionConfig,
    log: Arc<Log>,
    /// `None` during a call, so that the environment is dropped with a call that is dropped.
    environment: Mutex<Option<Environment>>,
    /// 0 if no process is running.
    process_id: Arc<AtomicU32>,
}

impl Function {
    /// Creates a function. The first call starts the process.
    ///
    /// # Errors
    /// [`Error::InvalidName`], [`Error::InvalidRegion`] or [`Error::LogFile`].
    pub fn new(config: FunctionConfig) -> Result<Self, Error> {
        config.check()?;
        let log = Arc::new(Log::new(config.log_file.as_deref())?);
        let shared = Shared {
            config,
            log,
            environment: Mutex::default(),
            process_id: Arc::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Returns the configuration.
    pub fn config(&self) -> &FunctionConfig {
        &self.shared.config
    }

    /// Calls the function. One call runs at a time; others wait in the order in which they arrived.
    ///
    /// The payload is passed on unchanged, whether it is JSON or not. A process that does not
    /// respond within the timeout is killed, and so is the process of a call whose future is
    /// dropped. If the process was killed or has exited, the next call starts a new one.
    ///
    /// # Errors
    /// If the call could not be made: [`Error::PayloadTooLarge`], [`Error::TaskRoot`],
    /// [`Error::Start`] or [`Error::Host`]. A call that was made and failed returns `Ok`, with the
    /// [`FunctionError`] in [`Outcome::result`].
    pub async fn invoke(&self, payload: impl Into<Bytes>) -> Result<Outcome, Error> {
        self.call(Uuid::new_v4().to_string(), payload.into()).await
    }

    pub(crate) async fn call(&self, request_id: String, payload: Bytes) -> Result<Outcome, Error> {
        if payload.len() > MAX_REQUEST_BYTES {
            return Err(Error::PayloadTooLarge {
                bytes: payload.len(),
                limit: MAX_REQUEST_BYTES,
            });
        }
        let Shared {
            config,
            log,
            process_id,
            ..
        } = &*self.shared;
        let mut slot = self.shared.environment.lock().await;
        let warm = warm(slot.take(), config).await;
        let log_start = log.position();

        let mut outcome = Outcome::new(request_id, Ok(Bytes::new()), Duration::ZERO);
        let is_cold = warm.is_none();
        let mut environment = match warm {
            Some(environment) => environment,
            None => Environment::start(config, Arc::clone(log), Arc::clone(process_id)).await?,
        };
        let ended = run(&mut environment, is_cold, config, payload, &mut outcome).await;
        outcome.peak_memory_bytes = environment.process.peak_memory_bytes();
        if ended.is_err() {
            environment.process.kill().await;
        }
        environment.process.read_log();
        outcome.log_tail = log.since(log_start, LOG_TAIL_BYTES);
        match ended {
            Ok(result) => {
                outcome.result = result;
                *slot = Some(environment);
            }
            Err(failure) => outcome.result = Err(failure.into_error(&outcome.request_id, config)),
        }
        Ok(outcome)
    }

    /// Returns the id of the running process: that of the last call, or of the call in progress.
    /// Only the next call detects that a process has exited between calls.
    pub fn process_id(&self) -> Option<u32> {
        Some(self.shared.process_id.load(Ordering::Relaxed)).filter(|id| *id != 0)
    }

    /// Returns the last 1 MiB that the function's processes wrote to stdout and stderr, in the
    /// order of writing. Invalid UTF-8 is replaced.
    pub fn log(&self) -> String {
        self.shared.log.since(0, usize::MAX)
    }

    /// Waits for the calls that came before, then kills the process. The next call starts a new
    /// one.
    pub async fn stop(&self) {
        if let Some(mut environment) = self.shared.environment.lock().await.take() {
            environment.process.kill().await;
        }
    }
}

/// Returns the environment of the last call if it is ready for another one.
async fn warm(environment: Option<Environment>, config: &FunctionConfig) -> Option<Environment> {
    let mut environment = environment?;
    if environment.is_ready_again(config.timeout).await {
        environment.process.read_log();
        Some(environment)
    } else {
        environment.process.kill().await;
        None
    }
}

async fn run(
    environment: &mut Environment,
    is_cold: bool,
    config: &FunctionConfig,
    payload: Bytes,
    outcome: &mut Outcome,
) -> Result<CallResult, Failure> {
    if is_cold {
        outcome.init_duration = Some(environment.wait_until_ready(config.init_timeout).await?);
    }
    let invocation = invocation(config, &outcome.request_id, payload);
    let started = Instant::now();
    let ended = environment.call(invocation, config.timeout).await;
    outcome.duration = started.elapsed();
    ended
}
