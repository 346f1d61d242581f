//! Whatever Salesforce responds, the connector returns a response that AppFlow can read, without a
//! panic.

use std::str;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use appflow_connector_example::SalesforceConnector;
use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition};
use appflow_connector_sdk::{Call, Dispatcher, SecretFuture, SecretProvider};
use serde_json::{Value, json};

use super::server::{block_on, serve};

const MAX_RESPONSE_BYTES: usize = 6_291_456;

struct Secret;

impl SecretProvider for Secret {
    fn secret<'a>(&'a self, _: &'a str) -> SecretFuture<'a> {
        Box::pin(async { Ok(r#"{"accessToken": "t0ken"}"#.to_owned().into()) })
    }
}

static CONNECTOR: LazyLock<Dispatcher<SalesforceConnector>> =
    LazyLock::new(|| Dispatcher::with_secrets(SalesforceConnector::default(), Secret));

/// The first line is the number of the request, each further one the status and the body of a
/// response.
pub fn check(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else {
        return;
    };
    let mut lines = text.lines();
    let number = lines
        .next()
        .and_then(|line| line.trim().parse::<usize>().ok());
    let mut request = requests().swap_remove(number.unwrap_or(0) % requests().len());
    let responses = lines.map(response).collect();
    block_on(async {
        let server = serve(responses, false).await;
        let settings = json!({"instanceUrl": server.url});
        if request["type"] == "ValidateCredentialsRequest" {
            request["connectorRuntimeSettings"] = settings;
        } else {
            request["connectorContext"]["connectorRuntimeSettings"] = settings;
        }
        let call = Call {
            // Short, so that what can be retried is not.
            deadline: Some(Instant::now() + Duration::from_millis(450)),
            ..Call::default()
        };
        let response = CONNECTOR
            .dispatch(request.to_string().as_bytes(), &call)
            .await;
        let response = response.unwrap();
        assert!(response.len() <= MAX_RESPONSE_BYTES);
        let response: Value = serde_json::from_slice(&response).unwrap();
        let message = response["errorDetails"]["errorMessage"].as_str();
        assert!(response["isSuccess"].is_boolean(), "{response}");
        let panicked = message.is_some_and(|message| message.contains("failed unexpectedly"));
        assert!(!panicked, "{response}");
    });
}

fn response(line: &str) -> Vec<u8> {
    let (status, body) = line.split_once(' ').unwrap_or(("200", line));
    let status: u16 = status.parse().unwrap_or(200);
    let status = if (200..600).contains(&status) {
        status
    } else {
        200
    };
    let length = body.len();
    format!("HTTP/1.1 {status} .\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

fn requests() -> Vec<Value> {
    let credentials = json!({"secretArn": "arn:a", "authenticationType": "OAuth2"});
    let context = json!({"credentials": credentials, "apiVersion": "v60.0"});
    let field = |name: &str, data_type: FieldDataType| {
        FieldDefinition::builder()
            .field_name(name)
            .data_type(data_type)
            .build()
    };
    let definition = EntityDefinition::builder()
        .entity(Entity::builder().entity_identifier("Account").build())
        .fields(vec![
            field("Id", FieldDataType::String),
            field("Name", FieldDataType::String),
            field("Size", FieldDataType::Integer),
        ])
        .build();
    let mut with_definition = context.clone();
    with_definition["entityDefinition"] = json!(definition);
    let query = |filter: Value, context: &Value| {
        json!({
            "type": "QueryDataRequest", "entityIdentifier": "Account", "maxResults": 3,
            "selectedFieldNames": ["Id", "Name"], "filterExpression": filter,
            "connectorContext": context,
        })
    };
    let write = |operation: &str| {
        json!({
            "type": "WriteDataRequest", "entityIdentifier": "Account", "operation": operation,
            "idFieldNames": ["Id"], "connectorContext": with_definition,
            "records": [r#"{"Id": "001000000000001AAA", "Name": "a"}"#, r#"{"Id": "001000000000002AAA"}"#],
        })
    };
    vec![
        json!({"type": "ListEntitiesRequest", "connectorContext": context, "maxResult": 3}),
        json!({"type": "DescribeEntityRequest", "entityIdentifier": "Account", "connectorContext": context}),
        query(Value::Null, &with_definition),
        query("Name contains \"a\" or Size > 3".into(), &with_definition),
        query("Name = \"a\" limit 2".into(), &context),
        json!({
            "type": "RetrieveDataRequest", "entityIdentifier": "Account", "idFieldName": "Id",
            "ids": ["001000000000001AAA", "001000000000002AAA"], "selectedFieldNames": ["Id", "Name"],
            "connectorContext": with_definition,
        }),
        write("INSERT"),
        write("UPDATE"),
        write("DELETE"),
        json!({"type": "ValidateCredentialsRequest", "credentials": credentials}),
    ]
}
