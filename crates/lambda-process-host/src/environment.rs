use std::net::Ipv4Addr;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use loopback_server::Server;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::config::FunctionConfig;
use crate::error::Error;
use crate::function_error::FunctionError;
use crate::log::Log;
use crate::process::Process;
use crate::runtime_api::{CallResult, Invocation, RuntimeApi};
use crate::variables::process_variables;

/// Lambda's execution environment: one process and the Runtime API that only this process uses.
/// Each process has its own, so that a request from a process that was replaced cannot reach the
/// new one's calls.
pub(crate) struct Environment {
    pub(crate) process: Process,
    api: Arc<RuntimeApi>,
    _server: Server,
    started: Instant,
}

/// Why the process returned no response.
pub(crate) enum Failure {
    InitReported(FunctionError),
    InitTimedOut,
    Exited(ExitStatus),
    TimedOut,
}

impl Failure {
    pub(crate) fn into_error(self, request_id: &str, config: &FunctionConfig) -> FunctionError {
        match self {
            Self::InitReported(error) => error,
            Self::InitTimedOut => FunctionError::init_timed_out(request_id, config.init_timeout),
            Self::Exited(status) => FunctionError::exited(request_id, status),
            Self::TimedOut => FunctionError::timed_out(request_id, config.timeout),
        }
    }
}

impl Environment {
    pub(crate) async fn start(
        config: &FunctionConfig,
        log: Arc<Log>,
        running_id: Arc<AtomicU32>,
    ) -> Result<Self, Error> {
        let task_root = match &config.task_root {
            Some(folder) => std::path::absolute(folder),
            None => std::env::current_dir(),
        }
        .map_err(Error::Host)?;
        if !task_root.is_dir() {
            return Err(Error::TaskRoot(task_root));
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.map_err(Error::Host)?;
        let address = listener.local_addr().map_err(Error::Host)?;
        let variables = process_variables(config, &task_root, address, std::env::vars_os());
        let started = Instant::now();
        let process = Process::start(&config.command, &task_root, variables, log, running_id)?;
        // Only now, because the server has to know the process.
        let api = RuntimeApi::new();
        let server = api.serve(listener, process.id()).map_err(Error::Host)?;
        Ok(Self {
            process,
            api,
            _server: server,
            started,
        })
    }

    /// Waits until the process requests an invocation. Returns the time since its start.
    pub(crate) async fn wait_until_ready(&mut self, limit: Duration) -> Result<Duration, Failure> {
        tokio::select! {
            // If the process reports an error and then exits, the report counts.
            biased;
            ready = self.api.wait_until_ready() => match ready {
                Ok(()) => Ok(self.started.elapsed()),
                Err(error) => Err(Failure::InitReported(error)),
            },
            status = self.process.exit() => Err(Failure::Exited(status)),
            () = sleep(limit) => Err(Failure::InitTimedOut),
        }
    }

    /// Whether the process is alive after a call and requests the next invocation.
    pub(crate) async fn is_ready_again(&mut self, limit: Duration) -> bool {
        self.process.is_running().await && self.wait_until_ready(limit).await.is_ok()
    }

    /// Passes one call to the process, which must be ready.
    pub(crate) async fn call(
        &mut self,
        invocation: Invocation,
        limit: Duration,
    ) -> Result<CallResult, Failure> {
        let result = self.api.offer(invocation);
        tokio::select! {
            // If the process responds and then exits, the response counts.
            biased;
            Ok(result) = result => Ok(result),
            status = self.process.exit() => Err(Failure::Exited(status)),
            () = sleep(limit) => Err(Failure::TimedOut),
        }
    }
}

pub(crate) fn invocation(config: &FunctionConfig, request_id: &str, payload: Bytes) -> Invocation {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Invocation {
        request_id: request_id.to_owned(),
        deadline_ms: now.saturating_add(config.timeout).as_millis(),
        function_arn: config.arn(),
        trace_id: trace_id(now),
        payload,
    }
}

/// Returns an X-Ray trace header for a call that is not sampled.
fn trace_id(now: Duration) -> String {
    let (root, parent) = (
        Uuid::new_v4().simple().to_string(),
        Uuid::new_v4().simple().to_string(),
    );
    format!(
        "Root=1-{:08x}-{};Parent={};Sampled=0",
        now.as_secs(),
        &root[..24],
        &parent[..16]
    )
}
