//! A connector whose responses a test decides, and requests to AppFlow's API.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(
    clippy::needless_pass_by_value,
    reason = "json! makes a value for each call"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use appflow_local::functions::Functions;
use appflow_local::{AppFlowLocal, Builder};
use bytes::Bytes;
use lambda_process_host::{Invoke, InvokeFuture, Outcome};
use reqwest::{Client, Method};
use serde_json::{Value, json};

pub const LABEL: &str = "airports";
pub const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:airports";

type Answer = dyn Fn(&Value) -> Value + Send + Sync;

/// A connector in this process. It remembers its requests.
#[derive(Clone)]
pub struct Connector {
    name: String,
    answer: Arc<Answer>,
    pub requests: Arc<Mutex<Vec<Value>>>,
}

impl Connector {
    /// A connector that answers as [`answer`] does, unless `other` returns something else.
    pub fn new(
        name: &str,
        other: impl Fn(&Value) -> Option<Value> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.to_owned(),
            answer: Arc::new(move |request| other(request).unwrap_or_else(|| answer(request))),
            requests: Arc::default(),
        }
    }

    pub fn requests_of(&self, operation: &str) -> Vec<Value> {
        let requests = self.requests.lock().unwrap();
        let of_type = |request: &&Value| request["type"] == format!("{operation}Request");
        requests.iter().filter(of_type).cloned().collect()
    }
}

impl Invoke for Connector {
    fn arn(&self) -> String {
        format!(
            "arn:aws:lambda:us-east-1:123456789012:function:{}",
            self.name
        )
    }

    fn invoke_as(&self, request_id: String, payload: Bytes) -> InvokeFuture<'_> {
        let request: Value = serde_json::from_slice(&payload).unwrap();
        let response = (self.answer)(&request).to_string();
        self.requests.lock().unwrap().push(request);
        Box::pin(async move {
            let result = Ok(Bytes::from(response));
            Ok(Outcome::new(request_id, result, Duration::ZERO))
        })
    }
}

/// The response of a connector that declares every authentication and has one entity.
pub fn answer(request: &Value) -> Value {
    match request["type"].as_str().unwrap() {
        "DescribeConnectorConfigurationRequest" => configuration(),
        "ListEntitiesRequest" => match request["entitiesPath"].as_str() {
            None => json!({"isSuccess": true, "entities": [
                {"entityIdentifier": "Airport", "label": "Airports", "hasNestedEntities": false},
                {"entityIdentifier": "World", "hasNestedEntities": true},
            ]}),
            Some(path) => json!({"isSuccess": true, "entities": [
                {"entityIdentifier": format!("{path}/Town"), "hasNestedEntities": false},
            ]}),
        },
        "DescribeEntityRequest" => json!({"isSuccess": true, "entityDefinition": {
            "entity": {"entityIdentifier": request["entityIdentifier"], "hasNestedEntities": false},
            "fields": [
                {"fieldName": "id", "dataType": "String", "isPrimaryKey": true,
                 "readProperties": {"isRetrievable": true, "isQueryable": true},
                 "writeProperties": {"isCreatable": true}},
                {"fieldName": "changed", "dataType": "DateTime",
                 "readProperties": {"isRetrievable": true, "isQueryable": true,
                                    "isTimestampFieldForIncrementalQueries": true}},
            ],
        }}),
        "QueryDataRequest" => json!({"isSuccess": true, "records": [r#"{"id":"1"}"#]}),
        _ => json!({"isSuccess": true}),
    }
}

pub fn configuration() -> Value {
    json!({
        "isSuccess": true,
        "connectorOwner": "Tests",
        "connectorName": "Airports",
        "connectorVersion": "1.0",
        "connectorModes": ["SOURCE", "DESTINATION"],
        "authenticationConfig": {
            "isBasicAuthSupported": true,
            "isApiKeyAuthSupported": true,
            "isOAuth2Supported": true,
            "isCustomAuthSupported": true,
            "oAuth2Defaults": {
                "oAuthScopes": ["api", "refresh"],
                "tokenURL": ["https://token.example/oauth2"],
                "oAuth2GrantTypesSupported": ["CLIENT_CREDENTIALS"],
            },
            "customAuthConfig": [{
                "authenticationType": "Seal",
                "authParameters": [{
                    "key": "seal", "required": true, "label": "Seal", "description": "The seal",
                    "sensitiveField": true,
                }],
            }],
        },
        "connectorRuntimeSetting": [
            {"key": "url", "dataType": "Url", "required": true, "label": "URL",
             "description": "The application", "scope": "CONNECTOR_PROFILE"},
            {"key": "page", "dataType": "Integer", "required": false, "label": "Page",
             "description": "The page", "scope": "SOURCE"},
        ],
        "supportedApiVersions": ["v1"],
    })
}

/// An endpoint in memory whose one function is this connector.
pub async fn start_with(connector: &Connector) -> Api {
    start(AppFlowLocal::builder().functions(Functions::new().with(Arc::new(connector.clone()))))
        .await
}

pub async fn start(builder: Builder) -> Api {
    // Fails if another test has done so.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Api {
        local: builder.check_responses(true).start().await.unwrap(),
        client: Client::new(),
    }
}

pub struct Api {
    pub local: AppFlowLocal,
    client: Client,
}

/// A response of AppFlow.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// Empty for a success.
    pub error: String,
    pub body: Value,
}

impl Reply {
    pub fn ok(self) -> Value {
        assert_eq!(
            (self.status, self.error.as_str()),
            (200, ""),
            "{}",
            self.body
        );
        self.body
    }

    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    /// Checks the error, and returns its message.
    pub fn refused(self, status: u16, error: &str) -> String {
        assert_eq!(
            (self.status, self.error.as_str()),
            (status, error),
            "{}",
            self.body
        );
        self.message().to_owned()
    }
}

impl Api {
    /// Posts JSON to an operation's path.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, body.to_string()).await
    }

    pub async fn send(&self, method: Method, path: &str, body: impl Into<String>) -> Reply {
        let response = self
            .client
            .request(method, format!("{}{path}", self.local.url()))
            .header("authorization", "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/appflow/aws4_request, Signature=0")
            .body(body.into())
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        let error = response.headers().get("x-amzn-errortype");
        let error = error.map_or(String::new(), |error| error.to_str().unwrap().to_owned());
        assert!(response.headers().contains_key("x-amzn-requestid"));
        let text = response.text().await.unwrap();
        Reply {
            status,
            error,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }

    pub async fn register(&self) -> Value {
        self.post("/register-connector", registration(LABEL, FUNCTION_ARN))
            .await
            .ok()
    }

    /// A connection with a user's name and password.
    pub async fn connect(&self, name: &str) -> Value {
        self.post("/create-connector-profile", basic_profile(name))
            .await
            .ok()
    }

    pub async fn create_bucket(&self, name: &str) {
        let url = format!("{}/{name}", self.local.url());
        let created = self.client.put(url).send().await.unwrap();
        assert_eq!(created.status(), 200);
    }

    pub async fn put_object(&self, bucket: &str, key: &str, body: &str) {
        let url = format!("{}/{bucket}/{key}", self.local.url());
        let put = self
            .client
            .put(url)
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        assert_eq!(put.status(), 200);
    }

    /// Calls Secrets Manager.
    pub async fn secrets(&self, operation: &str, body: Value) -> Value {
        let response = self
            .client
            .post(self.local.url())
            .header("x-amz-target", format!("secretsmanager.{operation}"))
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    }

    /// The names of all secrets.
    pub async fn secret_names(&self) -> Vec<String> {
        let listed = self.secrets("ListSecrets", json!({})).await;
        let secrets = listed["SecretList"].as_array().unwrap();
        let name = |secret: &Value| secret["Name"].as_str().unwrap().to_owned();
        secrets.iter().map(name).collect()
    }
}

pub fn registration(label: &str, function: &str) -> Value {
    json!({
        "connectorLabel": label,
        "connectorProvisioningType": "LAMBDA",
        "connectorProvisioningConfig": {"lambda": {"lambdaArn": function}},
    })
}

pub fn profile(name: &str, custom_properties: Value, custom_credentials: Value) -> Value {
    json!({
        "connectorProfileName": name,
        "connectorType": "CustomConnector",
        "connectorLabel": LABEL,
        "connectionMode": "Public",
        "connectorProfileConfig": {
            "connectorProfileProperties": {"CustomConnector": custom_properties},
            "connectorProfileCredentials": {"CustomConnector": custom_credentials},
        },
    })
}

pub fn url_property() -> Value {
    json!({"profileProperties": {"url": "https://airports.example"}})
}

pub fn basic_profile(name: &str) -> Value {
    let basic = json!({
        "authenticationType": "BASIC",
        "basic": {"username": "ada", "password": "hunter2 is long"},
    });
    profile(name, url_property(), basic)
}

/// A flow from the connector to Amazon S3.
pub fn flow(name: &str, profile: &str, trigger: Value) -> Value {
    json!({
        "flowName": name,
        "triggerConfig": trigger,
        "sourceFlowConfig": {
            "connectorType": "CustomConnector",
            "connectorProfileName": profile,
            "apiVersion": "v1",
            "sourceConnectorProperties": {"CustomConnector": {"entityName": "Airport"}},
        },
        "destinationFlowConfigList": [{
            "connectorType": "S3",
            "destinationConnectorProperties": {"S3": {"bucketName": "flows"}},
        }],
        "tasks": [
            {"taskType": "Filter", "sourceFields": ["id"],
             "connectorOperator": {"CustomConnector": "PROJECTION"}},
            {"taskType": "Map", "sourceFields": ["id"], "destinationField": "id",
             "connectorOperator": {"CustomConnector": "NO_OP"},
             "taskProperties": {"SOURCE_DATA_TYPE": "String"}},
        ],
    })
}

pub fn on_demand() -> Value {
    json!({"triggerType": "OnDemand"})
}

pub fn scheduled() -> Value {
    json!({"triggerType": "Scheduled", "triggerProperties": {
        "Scheduled": {"scheduleExpression": "rate(1hours)", "dataPullMode": "Complete"},
    }})
}
