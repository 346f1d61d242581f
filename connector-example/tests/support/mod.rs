//! The connector, a Salesforce look-alike on a local port, and requests to the connector.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use appflow_connector_example::SalesforceConnector;
use appflow_connector_sdk::{Call, Dispatcher, SecretFuture, SecretProvider};
use axum::http::StatusCode;
use salesforce_sandbox::{Config, Sandbox, Server};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// The secret that AppFlow keeps in Secrets Manager: the connection's current token.
#[derive(Clone, Default)]
pub struct Secret(Arc<Mutex<String>>);

impl Secret {
    pub fn set(&self, token: &str) {
        *self.0.lock().unwrap() = json!({ "accessToken": token }).to_string();
    }
}

impl SecretProvider for Secret {
    fn secret<'a>(&'a self, _arn: &'a str) -> SecretFuture<'a> {
        let text = self.0.lock().unwrap().clone();
        Box::pin(async move { Ok(text.into()) })
    }
}

/// A connection to a server.
pub struct Connection {
    pub instance_url: String,
    /// The settings in addition to the instance URL.
    pub settings: Map<String, Value>,
    pub api_version: &'static str,
    pub secret: Secret,
    pub dispatcher: Dispatcher<SalesforceConnector>,
}

impl Connection {
    pub fn new(instance_url: String, token: &str) -> Self {
        let secret = Secret::default();
        secret.set(token);
        Self {
            instance_url,
            settings: Map::new(),
            api_version: "v60.0",
            dispatcher: Dispatcher::with_secrets(SalesforceConnector::default(), secret.clone()),
            secret,
        }
    }

    /// Sends a request and returns the response. A request without a context gets this
    /// connection's.
    pub async fn send(&self, request: &Value) -> Value {
        self.send_within(request, &Call::default()).await
    }

    pub async fn send_within(&self, request: &Value, call: &Call) -> Value {
        let mut request = request.clone();
        let fields = request.as_object_mut().unwrap();
        fields
            .entry("connectorContext")
            .or_insert_with(|| self.context());
        let response = self
            .dispatcher
            .dispatch(request.to_string().as_bytes(), call)
            .await;
        serde_json::from_slice(&response.unwrap()).unwrap()
    }

    pub fn context(&self) -> Value {
        let mut settings = self.settings.clone();
        settings.insert("instanceUrl".to_owned(), json!(self.instance_url));
        json!({
            "connectorRuntimeSettings": settings,
            "credentials": { "secretArn": "arn:salesforce", "authenticationType": "OAuth2" },
            "apiVersion": self.api_version,
        })
    }

    /// Returns the context of a flow's execution, with the entity's definition.
    pub async fn context_with_definition(&self, entity: &str) -> Value {
        let response = self
            .send(&json!({ "type": "DescribeEntityRequest", "entityIdentifier": entity }))
            .await;
        let mut context = self.context();
        context["entityDefinition"] = response["entityDefinition"].clone();
        context
    }

    /// Returns all records of a query, and checks each page.
    pub async fn query_all(
        &self,
        entity: &str,
        fields: &[&str],
        filter: Option<&str>,
        max_results: usize,
    ) -> Vec<Map<String, Value>> {
        let context = self.context_with_definition(entity).await;
        let mut request = json!({
            "type": "QueryDataRequest",
            "entityIdentifier": entity,
            "connectorContext": context,
            "selectedFieldNames": fields,
            "filterExpression": filter,
            "maxResults": max_results,
        });
        let mut all = Vec::new();
        let mut tokens = BTreeSet::new();
        loop {
            let response = self.send(&request).await;
            assert_eq!(response["isSuccess"], true, "{response}");
            let records = records(&response);
            assert!(records.len() <= max_results);
            all.extend(records);
            let Some(token) = response["nextToken"].as_str() else {
                return all;
            };
            assert!(
                token.len() <= 2_048 && token.bytes().all(|byte| byte.is_ascii_graphic()),
                "{token}"
            );
            assert!(
                tokens.insert(token.to_owned()),
                "{token} was returned twice"
            );
            request["nextToken"] = token.into();
        }
    }
}

/// The sandbox, and a connection to it with a valid token.
pub struct Salesforce {
    pub sandbox: Sandbox,
    pub connection: Connection,
    _server: Server,
}

impl Salesforce {
    pub async fn start() -> Self {
        Self::with(Config::default()).await
    }

    pub async fn with(config: Config) -> Self {
        let sandbox = Sandbox::new(config).unwrap();
        let server = sandbox.start("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let connection = Connection::new(server.url(), &token(&server.url()).await);
        Self {
            sandbox,
            connection,
            _server: server,
        }
    }

    /// Renews the token, as AppFlow does after InvalidCredentials.
    pub async fn renew_token(&self) {
        let token = token(&self.connection.instance_url).await;
        self.connection.secret.set(&token);
    }
}

/// Returns a token of the sandbox at this URL.
pub async fn token(instance_url: &str) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let response = reqwest::Client::new()
        .post(format!("{instance_url}/services/oauth2/token"))
        .form(&[
            ("grant_type", "client_credentials"),
            ("client_id", "sandbox-client"),
            ("client_secret", "sandbox-secret"),
        ])
        .send()
        .await
        .unwrap();
    let token: Value = response.json().await.unwrap();
    token["access_token"].as_str().unwrap().to_owned()
}

/// Starts a server that returns the same text for every request. Returns its URL.
pub async fn canned_server(response: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 65_536];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(response.as_bytes()).await;
        }
    });
    url
}

/// A request to a fake server.
pub struct Received {
    pub path: String,
    /// The SOQL in the URL, or in the body of a batch.
    pub soql: Option<String>,
    /// The bytes of the URL and of the names and values of the headers.
    pub head_bytes: usize,
}

impl Received {
    /// The number in the query's condition `Id > '…'`, 0 if there is none.
    pub fn after(&self) -> usize {
        let after = self.soql.as_ref().unwrap().rsplit_once("Id > '");
        after.map_or(0, |(_, id)| id.split('\'').next().unwrap().parse().unwrap())
    }

    /// The response with a query's result, in a batch if the query was in one.
    pub fn respond(&self, result: &Value) -> (u16, Value) {
        if self.path.ends_with("/composite/batch") {
            let result = json!({ "statusCode": 200, "result": result });
            return (200, json!({ "hasErrors": false, "results": [result] }));
        }
        (200, result.clone())
    }
}

/// Starts a server that responds with a status and JSON. Returns its URL.
pub async fn fake_server(
    respond: impl Fn(&Received) -> (u16, Value) + Send + Sync + 'static,
) -> String {
    let respond = Arc::new(respond);
    let handler = async move |request: axum::extract::Request| {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let soql = |url: &str| {
            let url = reqwest::Url::parse("http://localhost").unwrap().join(url);
            let url = url.unwrap();
            let soql = url.query_pairs().find(|(name, _)| name == "q");
            soql.map(|(_, soql)| soql.into_owned())
        };
        let batch: Value = serde_json::from_slice(&body).unwrap_or_default();
        let in_batch = batch["batchRequests"][0]["url"].as_str();
        let headers = head.headers.iter();
        let headers = headers.map(|(name, value)| name.as_str().len() + value.len());
        let url = head.uri.to_string();
        let (status, json) = respond(&Received {
            path: head.uri.path().to_owned(),
            soql: in_batch.and_then(soql).or_else(|| soql(&url)),
            head_bytes: url.len() + headers.sum::<usize>(),
        });
        (StatusCode::from_u16(status).unwrap(), json.to_string())
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(handler);
    tokio::spawn(async { axum::serve(listener, router).await });
    url
}

/// Returns an HTTP response.
pub fn http_response(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

/// Returns the parsed records of a response.
pub fn records(response: &Value) -> Vec<Map<String, Value>> {
    let records = response["records"]
        .as_array()
        .unwrap_or_else(|| panic!("{response}"));
    let parse = |record: &Value| serde_json::from_str(record.as_str().unwrap()).unwrap();
    records.iter().map(parse).collect()
}

/// Returns the code and message of a failed response.
pub fn error(response: &Value) -> (&str, &str) {
    assert_eq!(response["isSuccess"], false, "{response}");
    let details = &response["errorDetails"];
    let text = |key: &str| details[key].as_str().unwrap();
    (text("errorCode"), text("errorMessage"))
}
