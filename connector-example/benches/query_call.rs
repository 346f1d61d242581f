//! One QueryDataRequest of 1,000 records and 0.5 MB through the dispatcher, and a bare GET of the
//! same body.
//!
//! A local server returns the same page for every request, so the difference between the two is the
//! cost of the connector and the SDK.

use appflow_connector_example::SalesforceConnector;
use appflow_connector_sdk::{Call, Dispatcher, SecretFuture, SecretProvider};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const RECORDS: usize = 1_000;
const FIELDS: usize = 12;

struct Token;

impl SecretProvider for Token {
    fn secret<'a>(&'a self, _: &'a str) -> SecretFuture<'a> {
        Box::pin(async { Ok(r#"{"accessToken": "token"}"#.into()) })
    }
}

fn query_call(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let page = page();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // The server has its own thread, so that its work does not count as the connector's.
    let response = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{page}",
        page.len()
    );
    let listener = listener.into_std().unwrap();
    std::thread::spawn(move || serve(listener, response.as_bytes()));

    let dispatcher = Dispatcher::with_secrets(SalesforceConnector::default(), Token);
    let request = request(&url).to_string();
    let call = async || {
        dispatcher
            .dispatch(request.as_bytes(), &Call::default())
            .await
            .unwrap()
    };

    let response: Value = serde_json::from_slice(&runtime.block_on(call())).unwrap();
    let records = response["records"].as_array().unwrap();
    assert_eq!(records.len(), RECORDS);
    let bytes: usize = records
        .iter()
        .map(|record| record.as_str().unwrap().len())
        .sum();
    println!(
        "{RECORDS} records, {bytes} bytes; {} bytes from the server",
        page.len()
    );

    // The dispatcher's first call has installed the cryptography provider that this client needs.
    let client = reqwest::Client::new();
    let get = async || {
        client
            .get(&url)
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap()
    };

    criterion.bench_function("query call", |bencher| {
        bencher.to_async(&runtime).iter(call);
    });
    criterion.bench_function("bare GET of the same body", |bencher| {
        bencher.to_async(&runtime).iter(get);
    });
}

fn serve(listener: std::net::TcpListener, response: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener).unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            // Each client uses one connection at a time.
            tokio::spawn(respond_to_all(stream, response.to_vec()));
        }
    });
}

async fn respond_to_all(mut stream: TcpStream, response: Vec<u8>) {
    let mut request = Vec::new();
    let mut buffer = [0; 16_384];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        request.extend_from_slice(&buffer[..read]);
        if request.ends_with(b"\r\n\r\n") {
            request.clear();
            if stream.write_all(&response).await.is_err() {
                return;
            }
        }
    }
}

fn field_name(number: usize) -> String {
    format!("Field{number}__c")
}

/// Returns Salesforce's response: for each record `attributes`, the Id, then fields of text,
/// numbers and dates.
fn page() -> String {
    let record = |number: usize| {
        let id = format!("a00{number:015}");
        let mut fields = vec![
            format!(
                r#""attributes":{{"type":"Thing__c","url":"/services/data/v60.0/sobjects/Thing__c/{id}"}}"#
            ),
            format!(r#""Id":"{id}""#),
        ];
        fields.extend((0..FIELDS).map(|field| {
            let value = match field % 3 {
                0 => format!("{number}.{field}25"),
                1 => format!(r#""some \"text\" of record {number}, and more of it""#),
                _ => r#""2021-01-01T00:00:00.000+0000""#.to_owned(),
            };
            format!(r#""{}":{value}"#, field_name(field))
        }));
        format!("{{{}}}", fields.join(","))
    };
    let records: Vec<_> = (0..RECORDS).map(record).collect();
    format!(
        r#"{{"totalSize":{RECORDS},"done":true,"records":[{}]}}"#,
        records.join(",")
    )
}

fn request(url: &str) -> Value {
    let mut fields = vec![json!({ "fieldName": "Id", "dataType": "String" })];
    fields.extend(
        (0..FIELDS).map(|number| json!({ "fieldName": field_name(number), "dataType": "String" })),
    );
    json!({
        "type": "QueryDataRequest",
        "entityIdentifier": "Thing__c",
        "connectorContext": {
            "connectorRuntimeSettings": { "instanceUrl": url },
            "credentials": { "secretArn": "arn", "authenticationType": "OAuth2" },
            "entityDefinition": { "entity": { "entityIdentifier": "Thing__c", "hasNestedEntities": false }, "fields": fields },
        },
        "filterExpression": "Field1__c = \"a\" or Field1__c = \"b\"",
    })
}

criterion_group!(benches, query_call);
criterion_main!(benches);
