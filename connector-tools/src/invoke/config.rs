//! What the config file of `cargo appflow test` adds to requests.

use std::path::Path;

use appflow_connector_model::ConnectorContext;
use appflow_connector_tests::{Config, RuntimeSettings, SecretsServer, Verification};
use lambda_process_host::FunctionConfig;
use miette::{Context, IntoDiagnostic, Result};
use serde_json::{Value, json};

/// The start of the names of secrets that the application refuses, in requests of `cargo appflow
/// test`.
const WRONG_SECRET: &str = "secret:appflow!000000000000-wrong-";

const SETTINGS: &str = "connectorRuntimeSettings";
const CREDENTIALS: &str = "credentials";

/// A connection to the application, empty without a config file.
pub struct Connection {
    settings: RuntimeSettings,
    verification: Option<Verification>,
}

impl Connection {
    /// Reads the config file, and gets its secret.
    pub async fn read(file: Option<&Path>) -> Result<Self> {
        let Some(file) = file else {
            return Ok(Self {
                settings: RuntimeSettings::default(),
                verification: None,
            });
        };
        let config = Config::read(file)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot use the config file {}", file.display()))?;
        Ok(Self {
            settings: config.runtime_settings.clone(),
            verification: Some(Verification::new(config).await.into_diagnostic()?),
        })
    }

    /// The settings by scope.
    pub const fn settings(&self) -> &RuntimeSettings {
        &self.settings
    }

    /// Serves the secret to the connector's process until the server is dropped.
    pub async fn serve_secrets(
        &self,
        config: &mut FunctionConfig,
    ) -> Result<Option<SecretsServer>> {
        match &self.verification {
            Some(verification) => verification.prepare(config).await.into_diagnostic(),
            None => Ok(None),
        }
    }

    /// Returns the context of a request.
    pub fn context(&self) -> ConnectorContext {
        match &self.verification {
            Some(verification) => verification.context(),
            None => ConnectorContext::default(),
        }
    }

    /// Completes a request that was written for this connection, such as one of a report of `cargo
    /// appflow test`. What the request has stays, apart from the credentials: they are this
    /// connection's, or wrong ones where the report's were.
    pub fn complete(&self, mut request: Value) -> Value {
        let is_wrong = request.to_string().contains(WRONG_SECRET);
        let wrong = self.verification.as_ref().filter(|_| is_wrong);
        let wrong = wrong.and_then(Verification::wrong_credentials);
        let mut context = self.context();
        if wrong.is_some() {
            context.credentials = wrong;
        }
        let Ok(Value::Object(context)) = serde_json::to_value(context) else {
            return request;
        };
        let Some(fields) = request.as_object_mut() else {
            return request;
        };
        let (own, keys): (_, &[&str]) = match fields.get("type").and_then(Value::as_str) {
            Some("DescribeConnectorConfigurationRequest") => return request,
            Some("ValidateConnectorRuntimeSettingsRequest") => (fields, &[SETTINGS]),
            Some("ValidateCredentialsRequest") => (fields, &[SETTINGS, CREDENTIALS]),
            _ => {
                let own = fields
                    .entry("connectorContext")
                    .or_insert_with(|| json!({}));
                match own.as_object_mut() {
                    Some(own) => (own, &[SETTINGS, CREDENTIALS, "apiVersion"]),
                    None => return request,
                }
            }
        };
        for key in keys {
            let is_missing = own.get(*key).is_none_or(Value::is_null);
            if let Some(value) = context.get(*key)
                && (is_missing || *key == CREDENTIALS)
            {
                own.insert((*key).to_owned(), value.clone());
            }
        }
        request
    }
}
