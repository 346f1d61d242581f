use std::net::Ipv4Addr;
use std::time::Duration;

use lambda_process_host::{Function, FunctionConfig};

use super::{InvocationFailure, Reply, Target, TargetError, TargetFuture};
use crate::secrets::{Secrets, SecretsServer};

/// A connector's process, in any language, under a host that speaks the Lambda Runtime API.
///
/// [`Verification::command`](crate::Verification::command) makes one.
pub struct CommandTarget {
    function: Function,
    program: String,
    _secrets: SecretsServer,
}

impl CommandTarget {
    /// The process finds the run's Secrets Manager through its environment, unless that names another.
    pub(crate) async fn new(
        mut config: FunctionConfig,
        secrets: &Secrets,
    ) -> Result<Self, TargetError> {
        const SECRETS_ENDPOINT: &str = "AWS_ENDPOINT_URL_SECRETS_MANAGER";
        let server = SecretsServer::start(secrets, (Ipv4Addr::LOCALHOST, 0).into()).await?;
        if !secrets.by_arn.is_empty() {
            config
                .environment
                .entry(SECRETS_ENDPOINT.into())
                .or_insert_with(|| server.url().into());
        }
        Ok(Self {
            program: config.command.program.display().to_string(),
            function: Function::new(config)?,
            _secrets: server,
        })
    }
}

impl Target for CommandTarget {
    fn name(&self) -> String {
        self.program.clone()
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
                    Ok(answer) => Ok(answer.to_vec()),
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
