//! Calls Salesforce's REST API, and says what its errors mean to AppFlow.

use std::time::{Duration, Instant};

use appflow_connector_sdk::model::{ConnectorContext, ConnectorError, ErrorCode};
use appflow_connector_sdk::secrecy::{ExposeSecret, SecretString};
use appflow_connector_sdk::{Invocation, Result};
use reqwest::{Client, RequestBuilder, Response, Url, header, redirect};
use serde::Deserialize;

use crate::SalesforceConnector;
use crate::configuration::{API_VERSIONS, INSTANCE_URL, parse_instance_url};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// What is left of a call's time for the answer to AppFlow.
const TIME_TO_ANSWER: Duration = Duration::from_millis(250);
/// The longest URL that Salesforce takes, in bytes.
const MAX_URL_BYTES: usize = 16_384;
/// The largest answer that is read, in bytes.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;
/// How much of Salesforce's own error message is passed on, in characters.
const MAX_MESSAGE_CHARACTERS: usize = 500;

impl SalesforceConnector {
    /// Makes ready to call Salesforce, with the settings, the API version and the token of a connection.
    pub(crate) async fn session(
        &self,
        context: &ConnectorContext,
        invocation: &Invocation,
    ) -> Result<Session<'_>> {
        let settings = &context.connector_runtime_settings;
        let instance_url = settings.get(INSTANCE_URL).map_or("", String::as_str);
        let instance_url = parse_instance_url(instance_url).map_err(|problem| {
            ConnectorError::invalid_argument(format!("{INSTANCE_URL} {problem}"))
        })?;
        let wanted = context.api_version.as_deref().unwrap_or(API_VERSIONS[0]);
        let known = API_VERSIONS.into_iter().find(|known| *known == wanted);
        let api_version = known.ok_or_else(|| {
            ConnectorError::invalid_argument(format!("the API version {wanted} is not supported"))
        })?;
        Ok(Session {
            http: self.http.get_or_try_init(async || http_client()).await?,
            instance_url,
            api_version,
            token: invocation.credentials().oauth2().await?.access_token,
            deadline: invocation.deadline(),
        })
    }
}

fn http_client() -> Result<Client> {
    // Fails only where one is installed already, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        // The token is for the instance URL and for no other place.
        .redirect(redirect::Policy::none())
        .build()
        .map_err(|error| {
            ConnectorError::server_error(format!("the HTTP client cannot be built: {error}"))
        })
}

/// Salesforce as one call sees it.
pub(crate) struct Session<'a> {
    http: &'a Client,
    instance_url: Url,
    api_version: &'static str,
    token: SecretString,
    deadline: Instant,
}

impl Session<'_> {
    /// Asks whom the token was given to. InvalidCredentials when Salesforce does not know the token.
    pub(crate) async fn check_token(&self) -> Result<()> {
        let request = self.http.get(self.url("/services/oauth2/userinfo"));
        self.send(request).await.map(|_| ())
    }

    /// The objects of the organisation, or below `path` a description of one. The text is for [`read_json`].
    pub(crate) async fn describe(&self, path: &str) -> Result<String> {
        let url = self.url(&format!("/services/data/{}/{path}", self.api_version));
        self.send(self.http.get(url)).await
    }

    /// The first page of a query. It has at most `max_records` records, but for Salesforce's own bounds of 200 and 2,000; it may
    /// have fewer.
    pub(crate) async fn query(&self, soql: &str, max_records: usize) -> Result<String> {
        let mut url = self.url(&format!("/services/data/{}/query", self.api_version));
        url.query_pairs_mut().append_pair("q", soql);
        if url.as_str().len() > MAX_URL_BYTES {
            return Err(ConnectorError::invalid_argument(format!(
                "the query is too long for Salesforce, {} bytes of at most {MAX_URL_BYTES}: select fewer fields or shorten the filter",
                url.as_str().len()
            )));
        }
        self.send(with_batch_size(self.http.get(url), max_records))
            .await
    }

    /// A further page of a query: the one that Salesforce's `nextRecordsUrl` names by its last part.
    pub(crate) async fn next_page(&self, locator: &str, max_records: usize) -> Result<String> {
        let url = self.url(&format!(
            "/services/data/{}/query/{locator}",
            self.api_version
        ));
        self.send(with_batch_size(self.http.get(url), max_records))
            .await
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.instance_url.clone();
        url.set_path(path);
        url
    }

    async fn send(&self, request: RequestBuilder) -> Result<String> {
        let time_left = self.deadline.saturating_duration_since(Instant::now());
        let response = request
            .bearer_auth(self.token.expose_secret())
            .timeout(time_left.saturating_sub(TIME_TO_ANSWER))
            .send()
            .await
            .map_err(|error| failure(&error))?;
        let status = response.status();
        if status.is_success() {
            return read_body(response).await;
        }
        if status.is_redirection() {
            return Err(ConnectorError::invalid_argument(format!(
                "Salesforce answered {} and points elsewhere: {INSTANCE_URL} must be the organisation's own URL",
                status.as_u16()
            )));
        }
        let path = response.url().path().to_owned();
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(Duration::from_secs);
        let error = refusal(status.as_u16(), &path, &read_body(response).await?);
        Err(match retry_after {
            Some(delay) => error.with_retry_after(delay),
            None => error,
        })
    }
}

fn with_batch_size(request: RequestBuilder, max_records: usize) -> RequestBuilder {
    let batch_size = max_records.clamp(200, 2_000);
    request.header("Sforce-Query-Options", format!("batchSize={batch_size}"))
}

/// Reads what Salesforce answered. No part of it gets into the error.
pub(crate) fn read_json<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T> {
    serde_json::from_str(body).map_err(|error| {
        ConnectorError::server_error(format!(
            "Salesforce's answer is not the expected JSON (line {}, column {})",
            error.line(),
            error.column()
        ))
    })
}

async fn read_body(mut response: Response) -> Result<String> {
    let length = response.content_length().unwrap_or_default();
    let mut body = Vec::with_capacity(
        usize::try_from(length)
            .unwrap_or_default()
            .min(MAX_BODY_BYTES),
    );
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(ConnectorError::server_error(format!(
                "Salesforce's answer has more than {MAX_BODY_BYTES} bytes: ask for fewer records or fields"
            )));
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body)
        .map_err(|_| ConnectorError::server_error("Salesforce's answer is not UTF-8"))
}

/// A call that got no answer. The error's own text is left out, as it holds the URL and so the filter's values.
fn failure(error: &reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::request_timeout("Salesforce did not answer in time")
    } else if error.is_builder() {
        ConnectorError::invalid_credentials("the access token holds characters that cannot be sent")
    } else if error.is_connect() {
        ConnectorError::service_unavailable("Salesforce cannot be reached")
    } else {
        ConnectorError::service_unavailable("the connection to Salesforce broke")
    }
}

/// One of the errors in a body of Salesforce's.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Problem {
    error_code: String,
    message: String,
}

/// An answer with a status of 400 or more: `[{"errorCode": …, "message": …}]`, or one word from the login service.
fn refusal(status: u16, path: &str, body: &str) -> ConnectorError {
    let problems: Vec<Problem> = serde_json::from_str(body).unwrap_or_default();
    let (code, text) = match problems.first() {
        Some(problem) => (
            problem.error_code.as_str(),
            format!("{}: {}", problem.error_code, problem.message),
        ),
        None => (body.trim(), body.trim().to_owned()),
    };
    let text: String = text.chars().take(MAX_MESSAGE_CHARACTERS).collect();
    let code = match code {
        "INVALID_SESSION_ID" | "Bad_OAuth_Token" | "Missing_OAuth_Token" => {
            ErrorCode::InvalidCredentials
        }
        "REQUEST_LIMIT_EXCEEDED" => ErrorCode::RateLimitExceeded,
        "QUERY_TIMEOUT" => ErrorCode::RequestTimeout,
        _ => ErrorCode::from_http_status(status),
    };
    ConnectorError::new(
        code,
        format!("Salesforce answered {status} to {path}: {text}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salesforces_own_codes_count_more_than_the_status() {
        for (status, body, code) in [
            (
                400,
                r#"[{"message":"unexpected token: 'x'","errorCode":"MALFORMED_QUERY"}]"#,
                ErrorCode::InvalidArgument,
            ),
            (
                400,
                r#"[{"message":"Your query request was running for too long.","errorCode":"QUERY_TIMEOUT"}]"#,
                ErrorCode::RequestTimeout,
            ),
            (
                401,
                r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#,
                ErrorCode::InvalidCredentials,
            ),
            (
                403,
                r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#,
                ErrorCode::RateLimitExceeded,
            ),
            (
                403,
                r#"[{"message":"No access","errorCode":"INSUFFICIENT_ACCESS"}]"#,
                ErrorCode::AccessDenied,
            ),
            (403, "Bad_OAuth_Token", ErrorCode::InvalidCredentials),
            (
                404,
                r#"[{"message":"The requested resource does not exist","errorCode":"NOT_FOUND"}]"#,
                ErrorCode::ClientError,
            ),
            (429, "", ErrorCode::RateLimitExceeded),
            (500, "<html>", ErrorCode::ServerError),
            (503, "[]", ErrorCode::ServiceUnavailable),
        ] {
            assert_eq!(refusal(status, "/", body).code(), code, "{status} {body}");
        }
    }

    #[test]
    fn a_refusal_is_told_in_salesforces_words_cut_short() {
        let body = r#"[{"message":"unexpected token: 'x'","errorCode":"MALFORMED_QUERY"}]"#;
        assert_eq!(
            refusal(400, "/services/data/v60.0/query", body).message(),
            "Salesforce answered 400 to /services/data/v60.0/query: MALFORMED_QUERY: unexpected token: 'x'"
        );
        assert!(
            refusal(500, "/", &"é".repeat(10_000))
                .message()
                .chars()
                .count()
                < 600
        );
    }

    #[test]
    fn an_unreadable_answer_is_not_quoted() {
        let error = read_json::<u32>("\"canary\"").unwrap_err();
        assert_eq!(error.code(), ErrorCode::ServerError);
        assert!(!error.message().contains("canary"), "{error}");
    }
}
