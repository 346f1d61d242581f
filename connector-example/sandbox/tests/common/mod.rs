//! A client for the tests: it calls the router in the same process.

// Each test file uses only some of this.
#![allow(dead_code)]

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use salesforce_sandbox::{Config, Sandbox};
use serde_json::Value;
use tower::ServiceExt as _;

pub const CREDENTIALS: &str =
    "grant_type=client_credentials&client_id=sandbox-client&client_secret=sandbox-secret";

pub struct Client {
    pub sandbox: Sandbox,
    pub token: String,
}

impl Client {
    /// A sandbox of the default configuration, and a token for it.
    pub async fn new() -> Self {
        Self::of(Sandbox::new(Config::default()).unwrap()).await
    }

    /// A token for a sandbox.
    pub async fn of(sandbox: Sandbox) -> Self {
        let (status, response) = post_token(&sandbox, CREDENTIALS).await;
        assert_eq!(status, StatusCode::OK, "{response}");
        let token = response["access_token"].as_str().unwrap().to_owned();
        Self { sandbox, token }
    }

    /// A GET with the token. `path` must be encoded.
    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.get_with(path, &[]).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> (StatusCode, Value) {
        let mut request =
            Request::get(path).header("Authorization", format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        json(call(&self.sandbox, request.body(Body::empty()).unwrap()).await).await
    }

    /// A request with a JSON body. A response without a body is null.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        self.send_text(method, path, &body.to_string()).await
    }

    /// A request whose content type is JSON.
    pub async fn send_text(&self, method: &str, path: &str, body: &str) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Content-Type", "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap();
        let response = call(&self.sandbox, request).await;
        let status = response.status();
        let bytes = bytes(response).await;
        let content = match bytes.as_slice() {
            [] => Value::Null,
            bytes => serde_json::from_slice(bytes).unwrap(),
        };
        (status, content)
    }

    pub async fn delete(&self, path: &str) -> (StatusCode, Value) {
        self.send_text("DELETE", path, "").await
    }

    /// How many records a query finds.
    pub async fn count(&self, object_and_condition: &str) -> u64 {
        let (status, response) = self
            .query(&format!("SELECT COUNT() FROM {object_and_condition}"))
            .await;
        assert_eq!(status, StatusCode::OK, "{response}");
        response["totalSize"].as_u64().unwrap()
    }

    /// The first page of a query.
    pub async fn query(&self, soql: &str) -> (StatusCode, Value) {
        self.get(&query_path(soql)).await
    }

    /// All records of a query, page by page.
    pub async fn query_all(&self, soql: &str) -> Vec<Value> {
        let mut path = Some(query_path(soql));
        let mut records = Vec::new();
        while let Some(next) = path {
            let (status, page) = self.get(&next).await;
            assert_eq!(status, StatusCode::OK, "{soql}: {page}");
            records.extend(page["records"].as_array().unwrap().iter().cloned());
            path = page["nextRecordsUrl"].as_str().map(str::to_owned);
            assert_eq!(page["done"], path.is_none());
            assert!(path.is_some() || page["totalSize"] == records.len());
        }
        records
    }

    /// Error code and message of a query that must fail.
    pub async fn query_error(&self, soql: &str) -> (String, String) {
        let (status, response) = self.query(soql).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{soql}: {response}");
        let error = &response[0];
        let text = |key: &str| error[key].as_str().unwrap().to_owned();
        (text("errorCode"), text("message"))
    }
}

pub fn query_path(soql: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("q", soql)
        .finish();
    format!("/services/data/v60.0/query?{query}")
}

pub async fn call(sandbox: &Sandbox, request: Request<Body>) -> Response<Body> {
    sandbox.router().oneshot(request).await.unwrap()
}

pub async fn bytes(response: Response<Body>) -> Vec<u8> {
    axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap()
        .to_vec()
}

pub async fn json(response: Response<Body>) -> (StatusCode, Value) {
    let status = response.status();
    (
        status,
        serde_json::from_slice(&bytes(response).await).unwrap(),
    )
}

pub async fn post_token(sandbox: &Sandbox, form: &str) -> (StatusCode, Value) {
    let request = Request::post("/services/oauth2/token")
        .header("Host", "sandbox.example:8080")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap();
    json(call(sandbox, request).await).await
}
