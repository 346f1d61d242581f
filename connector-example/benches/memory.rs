//! The memory of the connector's process while it reads 50,000 records and writes 20,000, with a
//! Salesforce that fails one call in five. `tests/soak.rs` checks the records.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use appflow_local::secrets_manager::SecretsManager;
use lambda_process_host::{CommandLine, Function, FunctionConfig};
use salesforce_sandbox::{Calls, Config, Fault, FaultPlan, Moment, Rate, Rows, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const READ: u32 = 50_000;
const WRITTEN: usize = 20_000;

struct Connection {
    function: Function,
    secrets: SecretsManager,
    arn: String,
    instance_url: String,
    calls: u32,
    failures: BTreeMap<String, u32>,
    peak_memory_bytes: u64,
}

#[tokio::main]
async fn main() {
    let rows = Rows {
        accounts: READ,
        ..Rows::default()
    };
    let sandbox = Sandbox::new(Config {
        rows,
        faults: vec![one_call_in_five()],
        ..Config::default()
    })
    .expect("a sandbox");
    let server = sandbox.start(ANY_PORT).await.expect("a server");
    let mut connection = Connection::start(server.url()).await;

    let mut token = Value::Null;
    let mut read = 0;
    loop {
        let response =
            connection.send_until_success(json!({ "type": "QueryDataRequest", "entityIdentifier": "Account", "nextToken": token })).await;
        read += response["records"].as_array().map_or(0, Vec::len);
        if read % 10_000 < 1_000 {
            connection.show(&format!("{read} records read"));
        }
        token = response["nextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    for first in (0..WRITTEN).step_by(1_000) {
        let record = |number| {
            json!({ "ExternalKey__c": format!("memory-{number}"), "Name": "Memory" }).to_string()
        };
        let records: Vec<String> = (first..first + 1_000).map(record).collect();
        connection
            .send_until_success(json!({
                "type": "WriteDataRequest", "entityIdentifier": "Account", "operation": "UPSERT",
                "idFieldNames": ["ExternalKey__c"], "records": records,
            }))
            .await;
        if (first + 1_000) % 5_000 == 0 {
            connection.show(&format!("{} records written", first + 1_000));
        }
    }
    println!(
        "{} calls, failed ones by code: {:?}",
        connection.calls, connection.failures
    );
}

fn one_call_in_five() -> FaultPlan {
    let short = |fault| match fault {
        Fault::StalledBody { .. } => Fault::StalledBody { seconds: 1.0 },
        Fault::SlowBody { .. } => Fault::SlowBody { seconds: 0.2 },
        other => other,
    };
    let faults = Fault::all().into_iter().map(short).collect();
    FaultPlan::Rate(Rate {
        probability: 0.2,
        seed: 7,
        faults,
        moment: Moment::Either,
        calls: Calls::default(),
    })
}

impl Connection {
    async fn start(instance_url: String) -> Self {
        let secrets = SecretsManager::default();
        let listener = TcpListener::bind(ANY_PORT).await.expect("a port");
        let secrets_url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(axum::serve(listener, secrets.router()).into_future());
        let arn = secrets
            .create_secret("connection", &secret(&instance_url).await)
            .expect("a secret");

        let command = CommandLine::new(env!("CARGO_BIN_EXE_salesforce-connector"));
        let mut config = FunctionConfig::new("salesforce-connector", command);
        config.environment.insert(
            "AWS_ENDPOINT_URL_SECRETS_MANAGER".into(),
            secrets_url.into(),
        );
        let function = Function::new(config).expect("a function");
        Self {
            function,
            secrets,
            arn,
            instance_url,
            calls: 0,
            failures: BTreeMap::new(),
            peak_memory_bytes: 0,
        }
    }

    /// Sends a request until it succeeds, with a new token after each failure.
    async fn send_until_success(&mut self, mut request: Value) -> Value {
        request["connectorContext"] = json!({
            "connectorRuntimeSettings": { "instanceUrl": self.instance_url },
            "credentials": { "secretArn": self.arn, "authenticationType": "OAuth2" },
        });
        loop {
            self.calls += 1;
            let outcome = self
                .function
                .invoke(request.to_string())
                .await
                .expect("an outcome");
            self.peak_memory_bytes = outcome.peak_memory_bytes.unwrap_or_default();
            let response: Value =
                serde_json::from_slice(&outcome.result.expect("a response")).expect("JSON");
            match response["errorDetails"]["errorCode"].as_str() {
                None | Some("PartialWriteFailure") => return response,
                Some(code) => *self.failures.entry(code.to_owned()).or_default() += 1,
            }
            self.secrets
                .put_secret_value(&self.arn, &secret(&self.instance_url).await)
                .expect("the secret");
        }
    }

    fn show(&self, done: &str) {
        println!(
            "{done:24} peak memory {:>6} kB",
            self.peak_memory_bytes / 1_000
        );
    }
}

/// Returns the secret that AppFlow keeps for a connection: its token.
async fn secret(instance_url: &str) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "sandbox-client"),
        ("client_secret", "sandbox-secret"),
    ];
    let response = reqwest::Client::new()
        .post(format!("{instance_url}/services/oauth2/token"))
        .form(&form)
        .send()
        .await;
    let token: Value = response.expect("a token").json().await.expect("JSON");
    json!({ "accessToken": token["access_token"] }).to_string()
}
