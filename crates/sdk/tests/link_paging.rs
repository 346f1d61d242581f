//! A whole handler over HTTP. The application names its next page in the header `Link`; its pages
//! have two records, AppFlow asks for three at a time, and each record comes once.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use appflow_connector_sdk::http::{Auth, HttpClient, Request, UrlPolicy};
use appflow_connector_sdk::model::{
    ConnectorError, DescribeConnectorConfigurationRequest, DescribeEntityRequest,
    ListEntitiesRequest, QueryDataRequest, QueryDataResponse, ValidateCredentialsRequest,
};
use appflow_connector_sdk::records::{self, PageFiller, Place, SourcePage};
use appflow_connector_sdk::{
    Call, ConfigurationHandler, ConnectorConfiguration, DescribedEntity, Dispatcher, EntityPage,
    Invocation, MetadataHandler, RecordHandler, RecordPage, Result, SecretFuture, SecretProvider,
};
use serde_json::value::RawValue;

struct Contacts {
    http: HttpClient,
}

impl RecordHandler for Contacts {
    async fn query_data(
        &self,
        request: QueryDataRequest,
        invocation: &Invocation,
    ) -> Result<RecordPage> {
        let settings = invocation.settings().as_map();
        let base = UrlPolicy::any_host().check_setting("instanceUrl", settings)?;
        let key = invocation.credentials().api_key().await?.api_key;
        let auth = Auth::header("X-Api-Key", key);
        let session = self.http.session(base, auth, invocation.deadline());

        let fetch = async |place: Place, _| {
            let url = place
                .cursor
                .unwrap_or_else(|| "contacts?per_page=2".to_owned());
            session
                .read(Request::get(url), |response| {
                    let rows: Vec<&RawValue> = response.json()?;
                    let records = records::from_raw(rows)?;
                    Ok(SourcePage::by_cursor(records, response.link("next")))
                })
                .await
        };
        PageFiller::of_query(&request)?
            .fill(invocation.deadline(), fetch)
            .await
    }
}

impl ConfigurationHandler for Contacts {
    async fn describe_connector_configuration(
        &self,
        _: DescribeConnectorConfigurationRequest,
        _: &Invocation,
    ) -> Result<ConnectorConfiguration> {
        Err(ConnectorError::server_error("not part of this test"))
    }

    async fn validate_credentials(
        &self,
        _: ValidateCredentialsRequest,
        _: &Invocation,
    ) -> Result<()> {
        Ok(())
    }
}

impl MetadataHandler for Contacts {
    async fn list_entities(&self, _: ListEntitiesRequest, _: &Invocation) -> Result<EntityPage> {
        Ok(EntityPage::default())
    }

    async fn describe_entity(
        &self,
        _: DescribeEntityRequest,
        _: &Invocation,
    ) -> Result<DescribedEntity> {
        Err(ConnectorError::server_error("not part of this test"))
    }
}

struct Secret;

impl SecretProvider for Secret {
    fn secret<'a>(&'a self, _: &'a str) -> SecretFuture<'a> {
        Box::pin(async { Ok(r#"{"apiKey": "k"}"#.into()) })
    }
}

/// Serves five contacts on three pages.
fn serve(listener: &TcpListener) {
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut head = String::new();
        BufReader::new(&stream).read_line(&mut head).unwrap();
        let page = head.split_once("&page=").map_or(1, |(_, page)| {
            page.split(' ').next().unwrap().parse().unwrap()
        });
        let (body, link) = match page {
            3 => (r#"[{"id":5}]"#.to_owned(), String::new()),
            page => (
                format!(r#"[{{"id":{}}},{{"id":{}}}]"#, 2 * page - 1, 2 * page),
                format!("Link: <?per_page=2&page={}>; rel=\"next\"\r\n", page + 1),
            ),
        };
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nConnection: close\r\n{link}Content-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
    }
}

#[tokio::test]
async fn pages_of_two_become_pages_of_three() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || serve(&listener));
    let http = HttpClient::builder().application("Example").build();
    let dispatcher = Dispatcher::with_secrets(Contacts { http }, Secret);
    let mut request = serde_json::json!({
        "type": "QueryDataRequest", "entityIdentifier": "Contact", "maxResults": 3,
        "connectorContext": {"connectorRuntimeSettings": {"instanceUrl": url}, "credentials": {"secretArn": "arn"}},
    });
    let mut pages = Vec::new();
    loop {
        let payload = request.to_string();
        let response = dispatcher
            .dispatch(payload.as_bytes(), &Call::default())
            .await
            .unwrap();
        let response: QueryDataResponse = serde_json::from_slice(&response).unwrap();
        assert!(response.is_success, "{response:?}");
        let records = response.records.unwrap_or_default();
        pages.push(
            records
                .iter()
                .map(|record| record.as_str().to_owned())
                .collect::<Vec<_>>(),
        );
        let Some(token) = response.next_token else {
            break;
        };
        request["nextToken"] = token.into();
    }
    assert_eq!(pages.len(), 2);
    assert_eq!(pages[0], [r#"{"id":1}"#, r#"{"id":2}"#, r#"{"id":3}"#]);
    assert_eq!(pages[1], [r#"{"id":4}"#, r#"{"id":5}"#]);
}
