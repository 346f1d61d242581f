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
use crate::runtime_api::Answer;

const LOG_TAIL_BYTES: usize = 4096;

/// One call's result and what was measured on the way.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Outcome {
    /// The function's answer as it sent it, at most [`MAX_RESPONSE_BYTES`](crate::MAX_RESPONSE_BYTES), or the error that
    /// the call ended in.
    pub result: Result<Bytes, FunctionError>,
    /// The id that the function was given for this call: a UUID.
    pub request_id: String,
    /// From the start of the process to its first request for a call. `None` when the call found the process warm,
    /// or when the process never got that far.
    pub init_duration: Option<Duration>,
    /// From handing the call to the process to its answer, its end or the timeout. Zero when the process never got that far.
    pub duration: Duration,
    /// The most memory that the process (without its children) had resident from its start to the end of this call, in
    /// bytes. Linux keeps this count to within some hundred kilobytes. `None` when the process ended by itself, and
    /// everywhere but on Linux.
    pub peak_memory_bytes: Option<u64>,
    /// The last 4 KB of what the process wrote to stdout and stderr during this call, and during its start if this call
    /// started it.
    pub log_tail: String,
}

/// A Lambda function on this machine: one process, started by the first call and kept warm for the next ones.
///
/// Use it from one tokio runtime, with I/O and time enabled. Clones share the process. It and its children are killed when
/// the last clone is dropped. When the host itself is killed, nothing is dropped: then a process in the middle of a call
/// lives until it tries to answer.
#[derive(Clone)]
pub struct Function {
    shared: Arc<Shared>,
}

struct Shared {
    config: FunctionConfig,
    log: Arc<Log>,
    /// Empty during a call: a call that is dropped half-way takes its environment with it.
    environment: Mutex<Option<Environment>>,
    /// 0 when there is no process.
    process_id: Arc<AtomicU32>,
}

impl Function {
    /// Makes a function. Nothing is started yet.
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

    /// How the function is run.
    pub fn config(&self) -> &FunctionConfig {
        &self.shared.config
    }

    /// Calls the function. One call runs at a time; others wait for their turn, first come, first served.
    ///
    /// The payload is passed on as it is, JSON or not. A process that does not answer in time is killed. After that, and
    /// after a process ended by itself, the next call starts a new one. Dropping the future during the call kills the
    /// process, too.
    ///
    /// # Errors
    /// When the call could not be made: [`Error::PayloadTooLarge`], [`Error::TaskRoot`], [`Error::Start`] or [`Error::Host`].
    /// A call that was made and failed is `Ok`, with the [`FunctionError`] in [`Outcome::result`].
    pub async fn invoke(&self, payload: impl Into<Bytes>) -> Result<Outcome, Error> {
        self.invoke_as(Uuid::new_v4().to_string(), payload.into())
            .await
    }

    pub(crate) async fn invoke_as(
        &self,
        request_id: String,
        payload: Bytes,
    ) -> Result<Outcome, Error> {
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

        let mut outcome = Outcome {
            result: Ok(Bytes::new()),
            request_id,
            init_duration: None,
            duration: Duration::ZERO,
            peak_memory_bytes: None,
            log_tail: String::new(),
        };
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
            Ok(answer) => {
                outcome.result = answer;
                *slot = Some(environment);
            }
            Err(failure) => outcome.result = Err(failure.into_error(&outcome.request_id, config)),
        }
        Ok(outcome)
    }

    /// The process that is running now: the one of the last call, or of the call in progress.
    /// A process that ended between calls is noticed by the next call.
    pub fn process_id(&self) -> Option<u32> {
        Some(self.shared.process_id.load(Ordering::Relaxed)).filter(|id| *id != 0)
    }

    /// What the function's processes wrote to stdout and stderr, in the order they wrote it: the last 1 MiB.
    /// Bytes that are not UTF-8 are replaced.
    pub fn log(&self) -> String {
        self.shared.log.since(0, usize::MAX)
    }

    /// Ends the process after the calls that came before. The next call starts a new one.
    pub async fn stop(&self) {
        if let Some(mut environment) = self.shared.environment.lock().await.take() {
            environment.process.kill().await;
        }
    }
}

/// What is left of the last call, if it can take another one.
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
) -> Result<Answer, Failure> {
    if is_cold {
        outcome.init_duration = Some(environment.wait_until_ready(config.init_timeout).await?);
    }
    let invocation = invocation(config, &outcome.request_id, payload);
    let started = Instant::now();
    let ended = environment.call(invocation, config.timeout).await;
    outcome.duration = started.elapsed();
    ended
}
