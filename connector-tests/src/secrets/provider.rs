use std::collections::BTreeMap;

use appflow_connector_runtime::{SecretFuture, SecretProvider, SecretsManager};
use secrecy::SecretString;

use super::known::Secrets;

/// Provides the run's own secrets to a connector in process; any other comes from AWS.
pub(crate) struct KnownSecrets {
    by_arn: BTreeMap<String, SecretString>,
    others: SecretsManager,
}

impl KnownSecrets {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        Self {
            by_arn: secrets.by_arn.clone(),
            others: SecretsManager::default(),
        }
    }
}

impl SecretProvider for KnownSecrets {
    fn secret<'a>(&'a self, arn: &'a str) -> SecretFuture<'a> {
        match self.by_arn.get(arn) {
            Some(secret) => {
                let secret = secret.clone();
                Box::pin(async { Ok(secret) })
            }
            None => self.others.secret(arn),
        }
    }
}
