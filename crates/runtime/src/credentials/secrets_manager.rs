use std::time::Duration;

use appflow_connector_model::{ConnectorError, ErrorCode};
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::{Client, Config};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use secrecy::SecretString;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::cache::{SecretFuture, SecretProvider};
use crate::results::Result;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(4);

/// Reads secrets from AWS Secrets Manager.
///
/// Region and credentials come from the environment that Lambda gives a function (`AWS_REGION`,
/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`), the endpoint from
/// `AWS_ENDPOINT_URL_SECRETS_MANAGER` or `AWS_ENDPOINT_URL` if one is set. Profile files and other
/// sources of credentials, which a function does not have, are not read. The client is built on
/// first use, so that a connector starts fast.
#[derive(Debug, Default)]
pub struct SecretsManager {
    client: OnceCell<Client>,
}

impl SecretsManager {
    async fn fetch(&self, arn: &str) -> Result<SecretString> {
        let client = self.client.get_or_try_init(|| async { client() }).await?;
        let started = Instant::now();
        let response = client
            .get_secret_value()
            .secret_id(arn)
            .send()
            .await
            .map_err(|error| explain(arn, &error, started.elapsed()))?;
        response
            .secret_string
            .map(SecretString::from)
            .ok_or_else(|| {
                ConnectorError::invalid_credentials(format!(
                    "the secret {arn} has no text (`SecretString`)"
                ))
            })
    }
}

impl SecretProvider for SecretsManager {
    fn secret<'a>(&'a self, arn: &'a str) -> SecretFuture<'a> {
        Box::pin(self.fetch(arn))
    }

    fn timed_out(&self, waited: Duration) -> ConnectorError {
        timed_out(waited)
    }
}

fn client() -> Result<Client> {
    let credentials = Credentials::new(
        environment("AWS_ACCESS_KEY_ID")?,
        environment("AWS_SECRET_ACCESS_KEY")?,
        environment("AWS_SESSION_TOKEN").ok(),
        None,
        "environment",
    );
    let region = region()?;
    let http_client = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(credentials)
        .region(Region::new(region))
        .http_client(http_client)
        .timeout_config(timeouts);
    config.set_endpoint_url(endpoint());
    Ok(Client::from_conf(config.build()))
}

fn region() -> Result<String> {
    environment("AWS_REGION").or_else(|_| environment("AWS_DEFAULT_REGION"))
}

/// The URL of Secrets Manager, if it is not AWS's own.
fn endpoint() -> Option<String> {
    let own = environment("AWS_ENDPOINT_URL_SECRETS_MANAGER");
    own.or_else(|_| environment("AWS_ENDPOINT_URL")).ok()
}

/// Which Secrets Manager is called, for messages.
fn service() -> String {
    match endpoint() {
        Some(url) => format!("Secrets Manager at {url}"),
        None => format!("Secrets Manager in {}", region().unwrap_or_default()),
    }
}

fn environment(name: &str) -> Result<String> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.is_empty())
        .ok_or_else(|| {
            ConnectorError::server_error(format!(
                "the connector cannot read its credentials: {name} is not set"
            ))
        })
}

fn timed_out(waited: Duration) -> ConnectorError {
    ConnectorError::request_timeout(format!(
        "{} did not respond within {:.1} s: does the function's VPC have an endpoint for it?",
        service(),
        waited.as_secs_f64()
    ))
}

fn explain(arn: &str, error: &SdkError<GetSecretValueError>, waited: Duration) -> ConnectorError {
    let is_timeout = match error {
        SdkError::TimeoutError(_) => true,
        SdkError::DispatchFailure(failure) => failure.is_timeout(),
        _ => false,
    };
    if is_timeout {
        return timed_out(waited);
    }
    let (code, reason) = match error {
        SdkError::ServiceError(_) => {
            let code = match error.code().unwrap_or_default() {
                "ResourceNotFoundException" => ErrorCode::ResourceNotFoundError,
                "AccessDeniedException" | "DecryptionFailure" => ErrorCode::AccessDenied,
                "InvalidRequestException" | "InvalidParameterException" | "ValidationException" => {
                    ErrorCode::InvalidArgument
                }
                "ThrottlingException" => ErrorCode::RateLimitExceeded,
                _ => ErrorCode::ServerError,
            };
            let reason = error.message().or(error.code());
            (code, reason.unwrap_or("no reason given").to_owned())
        }
        _ => (
            ErrorCode::ServiceUnavailable,
            format!("{} cannot be reached", service()),
        ),
    };
    ConnectorError::new(code, format!("the secret {arn} cannot be read: {reason}"))
}
