//! A connector's process on this machine.

use std::time::Duration;

use lambda_process_host::{Function, FunctionConfig};

use super::{InvocationFailure, Reply, Target, TargetError, TargetFuture};

/// A connector's process, in any language, under a host that speaks the Lambda Runtime API.
///
/// The host's own time limit, [`FunctionConfig::timeout`], applies to each call. The process sees
/// the variables of [`FunctionConfig::environment`]: to serve secrets from somewhere other than
/// AWS, set `AWS_ENDPOINT_URL_SECRETS_MANAGER` there.
#[derive(Clone)]
pub struct CommandTarget {
    function: Function,
}

impl CommandTarget {
    /// Makes a target. The process starts with the first call.
    ///
    /// # Errors
    /// If the function's name, region or log file cannot be used.
    pub fn new(config: FunctionConfig) -> Result<Self, TargetError> {
        Ok(Self {
            function: Function::new(config)?,
        })
    }
}

impl Target for CommandTarget {
    fn name(&self) -> String {
        self.function.config().command.program.display().to_string()
    }

    fn invoke(
        &self,
        payload: Vec<u8>,
        _time_limit: Duration,
    ) -> TargetFuture<'_, Result<Reply, TargetError>> {
        Box::pin(async move {
            let outcome = self.function.invoke(payload).await?;
            Ok(Reply {
                result: match outcome.result {
                    Ok(payload) => Ok(payload.to_vec()),
                    Err(error) => Err(InvocationFailure {
                        error_type: error.error_type,
                        error_message: error.error_message,
                    }),
                },
                duration: outcome.duration,
                log: Some(outcome.log_tail),
                peak_memory_bytes: outcome.peak_memory_bytes,
            })
        })
    }

    fn log(&self) -> Option<String> {
        Some(self.function.log())
    }

    fn kill(&self) -> TargetFuture<'_, bool> {
        Box::pin(async {
            self.function.stop().await;
            true
        })
    }
}
