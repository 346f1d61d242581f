use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use crate::config::FunctionConfig;
use crate::error::Error;
use crate::function::{Function, Outcome};
use crate::invoke::{Invoke, InvokeFuture};
use crate::program_files::ProgramFiles;

/// How many processes a [`Pool`] may have, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolLimits {
    /// The number of calls at a time, and so of processes. Default: 10, which is Lambda's limit for
    /// all functions of a new account.
    pub concurrency: usize,
    /// A process without a call ends after this time. Default: 5 minutes.
    pub idle_timeout: Duration,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            concurrency: 10,
            idle_timeout: Duration::from_mins(5),
        }
    }
}

/// A Lambda function on this machine with one process for each call at a time, as on Lambda.
///
/// A call uses the process that ended its last call most recently, or starts one. A call beyond
/// [`PoolLimits::concurrency`] fails with [`Error::TooManyRequests`]; none waits.
///
/// A call continues if its future is dropped, for at most the function's timeout: Lambda's caller
/// cannot end a call either.
///
/// If a file of the command has changed, the processes that were started before get no more calls.
/// Files of the command are its program, the arguments that are paths of files, and the module of
/// a handler: `connector.py` for the argument `connector.handler`.
///
/// Use it from one tokio runtime, with I/O and time enabled. Clones share the processes. All are
/// killed, as those of a [`Function`] are, when the last clone is dropped and no call is running.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    config: FunctionConfig,
    limits: PoolLimits,
    calls: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// In the order in which their last calls ended.
    idle: Vec<Idle>,
    /// Whether a task is waiting for the end of the oldest one's time.
    is_watched: bool,
}

struct Idle {
    worker: Worker,
    since: Instant,
}

/// One process, or none yet, and the files that it was started from.
struct Worker {
    function: Function,
    files: ProgramFiles,
}

impl Pool {
    /// Creates a function. The first call starts the first process.
    ///
    /// # Errors
    /// [`Error::InvalidName`], [`Error::InvalidRegion`] or [`Error::LogFile`].
    pub fn new(config: FunctionConfig, limits: PoolLimits) -> Result<Self, Error> {
        // Checks the configuration; its process starts with a first call that does not come.
        Function::new(config.clone())?;
        Ok(Self {
            shared: Arc::new(Shared {
                calls: Arc::new(Semaphore::new(limits.concurrency)),
                config,
                limits,
                state: Mutex::default(),
            }),
        })
    }

    /// Returns the configuration.
    pub fn config(&self) -> &FunctionConfig {
        &self.shared.config
    }

    /// Calls the function.
    ///
    /// # Errors
    /// Those of [`Function::invoke`], and [`Error::TooManyRequests`].
    pub async fn invoke(&self, payload: impl Into<Bytes>) -> Result<Outcome, Error> {
        self.call(Uuid::new_v4().to_string(), payload.into()).await
    }

    async fn call(&self, request_id: String, payload: Bytes) -> Result<Outcome, Error> {
        let permit = Arc::clone(&self.shared.calls).try_acquire_owned();
        let permit = permit.map_err(|_| Error::TooManyRequests {
            function: self.shared.config.name.clone(),
            limit: self.shared.limits.concurrency,
        })?;
        let shared = Arc::clone(&self.shared);
        // A task of its own, so that the call continues without its caller.
        let call = tokio::spawn(run(shared, permit, request_id, payload));
        call.await
            .unwrap_or_else(|ended| Err(Error::Host(io::Error::other(ended))))
    }

    /// Returns the ids of the processes that wait for a call.
    pub fn idle_process_ids(&self) -> Vec<u32> {
        let state = self.shared.lock();
        let ids = state.idle.iter();
        ids.filter_map(|idle| idle.worker.function.process_id())
            .collect()
    }
}

impl Invoke for Pool {
    fn arn(&self) -> String {
        self.shared.config.arn()
    }

    fn invoke_as(&self, request_id: String, payload: Bytes) -> InvokeFuture<'_> {
        Box::pin(self.call(request_id, payload))
    }
}

async fn run(
    shared: Arc<Shared>,
    permit: OwnedSemaphorePermit,
    request_id: String,
    payload: Bytes,
) -> Result<Outcome, Error> {
    let worker = shared.worker()?;
    let outcome = worker.function.call(request_id, payload).await;
    if worker.function.process_id().is_some() {
        shared.keep(worker);
    }
    // Only now: the next call finds the process.
    drop(permit);
    outcome
}

impl Shared {
    /// Returns the process of the call that ended last, or one that is not started yet.
    fn worker(&self) -> Result<Worker, Error> {
        let files = ProgramFiles::of(&self.config);
        let mut outdated = Vec::new();
        let mut state = self.lock();
        let worker = loop {
            match state.idle.pop() {
                Some(idle) if idle.worker.files == files => break Some(idle.worker),
                Some(idle) => outdated.push(idle),
                None => break None,
            }
        };
        // Their processes end without the lock.
        drop(state);
        drop(outdated);
        match worker {
            Some(worker) => Ok(worker),
            None => Ok(Worker {
                function: Function::new(self.config.clone())?,
                files,
            }),
        }
    }

    fn keep(self: &Arc<Self>, worker: Worker) {
        let mut state = self.lock();
        state.idle.push(Idle {
            worker,
            since: Instant::now(),
        });
        if !state.is_watched {
            state.is_watched = true;
            tokio::spawn(end_idle_processes(Arc::downgrade(self)));
        }
    }

    /// Takes out the processes whose time is over. Returns when the next one's is, if there is one.
    fn expire(&self) -> (Vec<Idle>, Option<Instant>) {
        let mut state = self.lock();
        let now = Instant::now();
        let end = |idle: &Idle| idle.since + self.limits.idle_timeout;
        let count = state.idle.partition_point(|idle| end(idle) <= now);
        let expired = state.idle.drain(..count).collect();
        let next = state.idle.first().map(end);
        state.is_watched = next.is_some();
        (expired, next)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn end_idle_processes(shared: Weak<Shared>) {
    loop {
        let Some(pool) = shared.upgrade() else { return };
        let (expired, next) = pool.expire();
        drop(expired);
        drop(pool);
        let Some(next) = next else { return };
        sleep_until(next).await;
    }
}
