//! Salesforce as one call sees it: the organisation, its API's version, the connection's token; and what Salesforce's errors mean.

use appflow_connector_sdk::http::{Answer, Auth, Problem, Request, Session};
use appflow_connector_sdk::model::{ConnectorContext, ConnectorError, ErrorCode};
use appflow_connector_sdk::{Invocation, Result};
use serde::Deserialize;

use crate::SalesforceConnector;
use crate::configuration::{API_VERSIONS, INSTANCE_URL, INSTANCE_URLS};

/// An organisation, ready to be called.
pub(crate) struct Organisation<'a> {
    pub http: Session<'a>,
    api_version: &'static str,
}

impl SalesforceConnector {
    /// Makes ready to call Salesforce, with the settings, the API version and the token of a connection.
    pub(crate) async fn organisation(
        &self,
        context: &ConnectorContext,
        invocation: &Invocation,
    ) -> Result<Organisation<'_>> {
        let base =
            INSTANCE_URLS.check_setting(INSTANCE_URL, &context.connector_runtime_settings)?;
        let wanted = context.api_version.as_deref().unwrap_or(API_VERSIONS[0]);
        let known = API_VERSIONS.into_iter().find(|known| *known == wanted);
        let api_version = known.ok_or_else(|| {
            ConnectorError::invalid_argument(format!("the API version {wanted} is not supported"))
        })?;
        let token = invocation.credentials().oauth2().await?.access_token;
        let http = self.http.session(base, Auth::bearer(token), invocation);
        Ok(Organisation { http, api_version })
    }
}

impl Organisation<'_> {
    pub(crate) fn get(&self, path: &str) -> Request<'_> {
        self.http.get(&self.path(path))
    }

    pub(crate) fn post(&self, path: &str) -> Request<'_> {
        self.http.post(&self.path(path))
    }

    pub(crate) fn patch(&self, path: &str) -> Request<'_> {
        self.http.patch(&self.path(path))
    }

    pub(crate) fn delete(&self, path: &str) -> Request<'_> {
        self.http.delete(&self.path(path))
    }

    fn path(&self, path: &str) -> String {
        format!("/services/data/{}/{path}", self.api_version)
    }
}

/// One of the errors in a body of Salesforce's: `[{"errorCode": …, "message": …}]`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fault {
    error_code: String,
    message: String,
}

/// What an answer with a status of 400 or more means. What it leaves out is decided by the status.
pub(crate) fn read_error(answer: &Answer) -> Option<Problem> {
    let faults: Vec<Fault> = answer.json().unwrap_or_default();
    let Some(fault) = faults.first() else {
        // The login service answers one word.
        let word = answer.text().ok()?.trim();
        return word
            .ends_with("_OAuth_Token")
            .then(|| Problem::new(word).with_code(ErrorCode::InvalidCredentials));
    };
    let problem = Problem::new(format!("{}: {}", fault.error_code, fault.message));
    Some(match fault.error_code.as_str() {
        "INVALID_SESSION_ID" => problem.with_code(ErrorCode::InvalidCredentials),
        "REQUEST_LIMIT_EXCEEDED" => problem.with_code(ErrorCode::RateLimitExceeded).retryable(),
        "QUERY_TIMEOUT" => problem.with_code(ErrorCode::RequestTimeout),
        "SERVER_UNAVAILABLE" => problem.with_code(ErrorCode::ServiceUnavailable),
        "UNABLE_TO_LOCK_ROW" => problem.with_code(ErrorCode::ServiceUnavailable).retryable(),
        "MALFORMED_QUERY" | "INVALID_FIELD" | "INVALID_TYPE" | "MALFORMED_ID" => {
            problem.with_code(ErrorCode::InvalidArgument)
        }
        _ => problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salesforces_own_codes_count_more_than_the_status() {
        let fault = |code: &str| format!(r#"[{{"message":"why","errorCode":"{code}"}}]"#);
        for (status, code, expected) in [
            (400, "MALFORMED_QUERY", ErrorCode::InvalidArgument),
            (404, "INVALID_TYPE", ErrorCode::InvalidArgument),
            (400, "QUERY_TIMEOUT", ErrorCode::RequestTimeout),
            (401, "INVALID_SESSION_ID", ErrorCode::InvalidCredentials),
            (403, "REQUEST_LIMIT_EXCEEDED", ErrorCode::RateLimitExceeded),
            (500, "SERVER_UNAVAILABLE", ErrorCode::ServiceUnavailable),
            (400, "UNABLE_TO_LOCK_ROW", ErrorCode::ServiceUnavailable),
        ] {
            let problem = read_error(&Answer::new(status, fault(code))).unwrap();
            assert_eq!(problem.code(), Some(expected), "{code}");
            assert_eq!(problem.message(), format!("{code}: why"));
        }
        let other = read_error(&Answer::new(403, fault("INSUFFICIENT_ACCESS"))).unwrap();
        assert_eq!(other.code(), None);
    }

    #[test]
    fn the_login_service_answers_one_word() {
        let problem = read_error(&Answer::new(403, "Bad_OAuth_Token")).unwrap();
        assert_eq!(problem.code(), Some(ErrorCode::InvalidCredentials));
        for body in ["", "<html>", "[]", "{}", r#"[{"message":"no code"}]"#] {
            assert_eq!(read_error(&Answer::new(500, body)), None, "{body}");
        }
    }
}
