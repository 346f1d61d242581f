//! A connector on AWS Lambda.

use std::time::{Duration, Instant};

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_lambda::error::{DisplayErrorContext, SdkError};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::LogType;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{GRACE, InvocationFailure, Reply, Target, TargetError, TargetFuture};

/// A connector that is deployed on AWS Lambda.
///
/// Region and credentials come from the environment: `AWS_REGION`, `AWS_ACCESS_KEY_ID`,
/// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`; the endpoint from `AWS_ENDPOINT_URL_LAMBDA` or
/// `AWS_ENDPOINT_URL` if one is set. The region of an ARN takes precedence over the environment's.
#[derive(Debug)]
pub struct LambdaTarget {
    client: Client,
    function: String,
}

impl LambdaTarget {
    /// Makes a target of a function's ARN or name. Nothing is called yet.
    ///
    /// # Errors
    /// If the environment has no region or no credentials.
    pub fn new(function: &str) -> Result<Self, TargetError> {
        let environment = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let required = |name: &str| {
            environment(name).ok_or_else(|| failure(function, format!("{name} is not set")))
        };
        let credentials = Credentials::new(
            required("AWS_ACCESS_KEY_ID")?,
            required("AWS_SECRET_ACCESS_KEY")?,
            environment("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        let region = match function.split(':').nth(3) {
            Some(region) if function.starts_with("arn:") => region.to_owned(),
            _ => environment("AWS_REGION").map_or_else(|| required("AWS_DEFAULT_REGION"), Ok)?,
        };
        let http_client = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let endpoint =
            environment("AWS_ENDPOINT_URL_LAMBDA").or_else(|| environment("AWS_ENDPOINT_URL"));
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(credentials)
            .region(Region::new(region))
            .http_client(http_client);
        config.set_endpoint_url(endpoint);
        Ok(Self {
            client: Client::from_conf(config.build()),
            function: function.to_owned(),
        })
    }

    async fn call(&self, payload: Vec<u8>, limit: Duration) -> Result<Reply, TargetError> {
        let timeout = TimeoutConfig::builder()
            .operation_attempt_timeout(limit + GRACE)
            .build();
        let started = Instant::now();
        let sent = self
            .client
            .invoke()
            .function_name(&self.function)
            .log_type(LogType::Tail)
            .payload(Blob::new(payload))
            .customize()
            .config_override(Config::builder().timeout_config(timeout))
            .send()
            .await;
        let output = match sent {
            Ok(output) => output,
            Err(SdkError::TimeoutError(_)) => {
                let timed_out = InvocationFailure::timed_out(limit + GRACE);
                return Ok(Reply::new(Err(timed_out), started.elapsed()));
            }
            Err(error) => {
                let problem = DisplayErrorContext(&error).to_string();
                return Err(failure(&self.function, problem));
            }
        };
        let duration = started.elapsed();
        let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
        let result = match output.function_error {
            None => Ok(payload),
            Some(kind) => Err(read_error(&payload, &kind)),
        };
        let log = output.log_result.map(|log| {
            let log = STANDARD.decode(log).unwrap_or_default();
            String::from_utf8_lossy(&log).into_owned()
        });
        Ok(Reply {
            log,
            ..Reply::new(result, duration)
        })
    }
}

fn read_error(payload: &[u8], kind: &str) -> InvocationFailure {
    InvocationFailure::from_error_object(payload).unwrap_or_else(|| InvocationFailure {
        error_type: kind.to_owned(),
        error_message: String::from_utf8_lossy(payload).into_owned(),
    })
}

fn failure(function: &str, problem: String) -> TargetError {
    TargetError::Lambda {
        function: function.to_owned(),
        problem,
    }
}

impl Target for LambdaTarget {
    fn name(&self) -> String {
        self.function.clone()
    }

    fn invoke(
        &self,
        payload: Vec<u8>,
        time_limit: Duration,
    ) -> TargetFuture<'_, Result<Reply, TargetError>> {
        Box::pin(self.call(payload, time_limit))
    }
}
