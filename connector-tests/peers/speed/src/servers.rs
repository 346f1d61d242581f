//! The servers that the three connectors call, in this process: Secrets Manager, and an application
//! that responds at once.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use appflow_local::secrets_manager::SecretsManager;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::serve::ListenerExt;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::median::median;
use crate::program::Result;

/// The number of records in every response.
pub(crate) const RECORDS: usize = 1_000;
const FIELDS: usize = 10;
const API_VERSION: &str = "v60.0";

/// The servers and their addresses. They run until the process ends.
pub(crate) struct Servers {
    pub(crate) secrets_url: String,
    application_url: String,
    secret_arn: String,
    pub(crate) page_bytes: usize,
    client: reqwest::Client,
}

impl Servers {
    pub(crate) async fn start() -> Result<Self> {
        let secrets = SecretsManager::default();
        let secret_arn = secrets.create_secret("speed", r#"{"accessToken":"token"}"#)?;
        let page = Bytes::from(page());
        let page_bytes = page.len();
        let respond = async move || ([(CONTENT_TYPE, "application/json;charset=UTF-8")], page);
        // Any provider will do, because the client does not use TLS.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self {
            secrets_url: format!("http://{}", serve(secrets.router()).await?),
            application_url: format!("http://{}", serve(Router::new().fallback(respond)).await?),
            secret_arn,
            page_bytes,
            client: reqwest::Client::new(),
        })
    }

    /// Returns AppFlow's request for the application's page. It has no filter, because the Java SDK
    /// has no filter parser.
    pub(crate) fn query(&self) -> String {
        let names: Vec<String> = ["Id".to_owned()]
            .into_iter()
            .chain((0..FIELDS).map(field_name))
            .collect();
        let fields: Vec<Value> = names
            .iter()
            .map(|name| json!({"fieldName": name, "dataType": "String"}))
            .collect();
        json!({
            "type": "QueryDataRequest",
            "entityIdentifier": "Thing__c",
            "selectedFieldNames": names,
            "connectorContext": {
                "apiVersion": API_VERSION,
                "connectorRuntimeSettings": {"instanceUrl": self.application_url},
                "credentials": {"secretArn": self.secret_arn, "authenticationType": "OAuth2"},
                "entityDefinition": {
                    "entity": {"entityIdentifier": "Thing__c", "hasNestedEntities": false},
                    "fields": fields,
                },
            },
        })
        .to_string()
    }

    /// Gets the application's page with a plain client over one connection. Returns the median of
    /// `count` requests after the first.
    pub(crate) async fn bare_get(&self, count: usize) -> Result<Duration> {
        let mut times = Vec::new();
        for _ in 0..=count {
            let started = Instant::now();
            let body = self
                .client
                .get(&self.application_url)
                .send()
                .await?
                .bytes()
                .await?;
            times.push(started.elapsed());
            if body.len() != self.page_bytes {
                return Err("a bare GET returned a different page".into());
            }
        }
        Ok(median(times.split_off(1)))
    }
}

async fn serve(router: Router) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    tokio::spawn(axum::serve(listener, router).into_future());
    Ok(address)
}

/// Returns the `Id` of a record; the first record is 0.
pub(crate) fn id(record: usize) -> String {
    format!("a00{record:015}")
}

fn field_name(number: usize) -> String {
    format!("Field{number}__c")
}

/// Salesforce's response, in its order: `attributes`, the Id, then fields with numbers, text and
/// dates.
fn page() -> String {
    let records: Vec<String> = (0..RECORDS).map(record).collect();
    format!(
        r#"{{"totalSize":{RECORDS},"done":true,"records":[{}]}}"#,
        records.join(",")
    )
}

fn record(number: usize) -> String {
    let id = id(number);
    let url = format!("/services/data/{API_VERSION}/sobjects/Thing__c/{id}");
    let mut record = format!(r#"{{"attributes":{{"type":"Thing__c","url":"{url}"}},"Id":"{id}""#);
    for field in 0..FIELDS {
        let value = match field % 3 {
            0 => format!("{number}.{field}25"),
            1 => format!(r#""the \"words\" of record {number}, and a few more""#),
            _ => r#""2021-01-01T00:00:00.000+0000""#.to_owned(),
        };
        let _ = write!(record, r#","{}":{value}"#, field_name(field));
    }
    record + "}"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_half_a_megabyte_of_json() {
        let page = page();
        assert!((480_000..520_000).contains(&page.len()), "{}", page.len());
        let read: Value = serde_json::from_str(&page).unwrap();
        assert_eq!(read["records"].as_array().unwrap().len(), RECORDS);
        assert_eq!(read["records"][RECORDS - 1]["Id"], id(RECORDS - 1));
    }
}
