//! The built Salesforce connector as a process, with the application and the secrets of a test.

use std::time::Duration;

use lambda_process_host::{CommandLine, Function, FunctionConfig};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::programs::program;
use crate::server::serve;

/// A connector's process, its application, and what it writes to its log.
pub struct Connector {
    function: Function,
    application: String,
    log: NamedTempFile,
}

impl Connector {
    /// Starts the connector with an application's responses, a token for it, and environment
    /// variables.
    pub async fn start(
        application: impl Fn(&str, &str) -> (u16, String) + Send + Sync + 'static,
        token: &'static str,
        environment: &[(&str, &str)],
    ) -> Self {
        let application = serve(application).await;
        let secrets = serve(move |_, _| {
            let secret = json!({"accessToken": token}).to_string();
            let value = json!({
                "ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:a",
                "Name": "a",
                "SecretString": secret,
            });
            (200, value.to_string())
        })
        .await;
        let log = NamedTempFile::new().unwrap();
        let command = CommandLine::new(program("salesforce-connector"));
        let mut config = FunctionConfig::new("salesforce", command);
        config.timeout = Duration::from_secs(30);
        config.log_file = Some(log.path().to_owned());
        let endpoint = ("AWS_ENDPOINT_URL", secrets.as_str());
        for (name, value) in environment.iter().copied().chain([endpoint]) {
            config.environment.insert(name.into(), value.into());
        }
        Self {
            function: Function::new(config).unwrap(),
            application,
            log,
        }
    }

    /// Sends a request: `fields` and a context with these settings next to the instance URL.
    pub async fn call(&self, mut fields: Value, settings: Value) -> Value {
        let mut settings = settings;
        settings["instanceUrl"] = self.application.clone().into();
        fields["connectorContext"]["connectorRuntimeSettings"] = settings;
        fields["connectorContext"]["apiVersion"] = "v60.0".into();
        fields["connectorContext"]["credentials"] = json!({
            "secretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:a",
            "authenticationType": "OAuth2",
        });
        self.send(&fields).await
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: &Value) -> Value {
        let outcome = self.function.invoke(request.to_string()).await.unwrap();
        let response = outcome.result.unwrap_or_else(|error| panic!("{error}"));
        serde_json::from_slice(&response).unwrap()
    }

    /// The URL of the application.
    pub fn application(&self) -> &str {
        &self.application
    }

    /// Returns what the process wrote to its log until now.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap()
    }
}
