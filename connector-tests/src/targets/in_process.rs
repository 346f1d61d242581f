use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use appflow_connector_runtime::{
    Call, ConfigurationHandler, Dispatcher, MetadataHandler, RecordHandler, SecretFuture,
    SecretProvider, SecretsManager,
};
use secrecy::SecretString;

use super::{InvocationFailure, Reply, Target, TargetError, TargetFuture};
use crate::secrets::Secrets;

/// A connector as a Rust type: any that implements the three handler traits. No network, no process.
///
/// [`Verification::in_process`](crate::Verification::in_process) makes one.
#[derive(Debug)]
pub struct InProcess<H> {
    dispatcher: Dispatcher<H>,
}

impl<H: ConfigurationHandler + MetadataHandler + RecordHandler> InProcess<H> {
    pub(crate) fn new(connector: H, secrets: &Secrets) -> Self {
        let provider = Known {
            secrets: secrets.by_arn.clone(),
            others: SecretsManager::default(),
        };
        Self {
            dispatcher: Dispatcher::with_secrets(connector, provider),
        }
    }
}

impl<H: ConfigurationHandler + MetadataHandler + RecordHandler> Target for InProcess<H> {
    fn name(&self) -> String {
        "in process".to_owned()
    }

    fn invoke(
        &self,
        payload: Vec<u8>,
        time_limit: Duration,
    ) -> TargetFuture<'_, Result<Reply, TargetError>> {
        Box::pin(async move {
            let started = Instant::now();
            let call = Call {
                request_id: uuid::Uuid::new_v4().to_string(),
                deadline: Some(started + time_limit),
            };
            let result = self.dispatcher.dispatch(&payload, &call).await;
            let result = result.map_err(|error| InvocationFailure {
                error_type: "InvalidRequest".to_owned(),
                error_message: error.to_string(),
            });
            Ok(Reply::new(result, started.elapsed()))
        })
    }
}

/// The run's own secrets; any other is AWS's.
struct Known {
    secrets: BTreeMap<String, SecretString>,
    others: SecretsManager,
}

impl SecretProvider for Known {
    fn secret<'a>(&'a self, arn: &'a str) -> SecretFuture<'a> {
        match self.secrets.get(arn) {
            Some(secret) => {
                let secret = secret.clone();
                Box::pin(async { Ok(secret) })
            }
            None => self.others.secret(arn),
        }
    }
}
