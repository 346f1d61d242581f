//! One call's view of Salesforce: the organization's URL, the API version and the token. Also the
//! meaning of Salesforce's errors.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use appflow_connector_sdk::http::{Auth, Problem, Quota, Response, Session};
use appflow_connector_sdk::model::{ConnectorError, EntityDefinition, ErrorCode, List, Message};
use appflow_connector_sdk::queryfilter::translate::Soql;
use appflow_connector_sdk::{Invocation, Result};
use serde::Deserialize;

use crate::SalesforceConnector;
use crate::configuration::{
    ALLOW_DUPLICATES, API_USAGE_LIMIT, API_VERSIONS, FILE_BODIES, INCLUDE_DELETED, INSTANCE_URL,
    INSTANCE_URLS, PARENT_FIELDS, version_name,
};

/// How long to wait when an organization's requests of the day are used up. Salesforce counts those
/// of the past 24 hours, so that each hour some become free again.
const QUOTA_WAIT: Duration = Duration::from_hours(1);

/// The version from which Salesforce has all requests for collections of records.
const COLLECTIONS_VERSION: u32 = 46;

/// An organization, ready for requests.
pub(crate) struct Organization<'a> {
    /// Its base URL ends with the API version.
    pub http: Session<'a>,
    /// The path of the resource for collections of records. Connections with an older version of
    /// the API use the first one that has it.
    pub collections: String,
    pub has_files: bool,
    pub has_parent_fields: bool,
    pub includes_deleted: bool,
    pub allows_duplicates: bool,
}

impl SalesforceConnector {
    /// Prepares requests with the settings, the API version and the token of a connection.
    pub(crate) async fn organization(&self, invocation: &Invocation) -> Result<Organization<'_>> {
        let settings = invocation.settings();
        let instance = INSTANCE_URLS.check_setting(INSTANCE_URL, settings.as_map())?;
        let version = match invocation.api_version() {
            None => *API_VERSIONS.end(),
            Some(name) => API_VERSIONS
                .rev()
                .find(|version| version_name(*version) == name)
                .ok_or_else(|| {
                    ConnectorError::invalid_argument(format!(
                        "the API version {name} is not supported: Salesforce serves {} to {}",
                        version_name(*API_VERSIONS.start()),
                        version_name(*API_VERSIONS.end()),
                    ))
                })?,
        };
        let base = instance.below(&format!("services/data/{}", version_name(version)))?;
        let token = invocation.credentials().oauth2().await?.access_token;
        let http = self
            .http
            .session(base, Auth::bearer(token), invocation.deadline());
        if let Some(limit) = settings.integer(API_USAGE_LIMIT)? {
            http.check_quota(limit.try_into().unwrap_or_default())?;
        }
        Ok(Organization {
            http,
            collections: format!(
                "/services/data/{}/composite/sobjects",
                version_name(version.max(COLLECTIONS_VERSION))
            ),
            has_files: settings.boolean(FILE_BODIES)?.unwrap_or_default(),
            has_parent_fields: settings.boolean(PARENT_FIELDS)?.unwrap_or_default(),
            includes_deleted: settings.boolean(INCLUDE_DELETED)?.unwrap_or_default(),
            allows_duplicates: settings.boolean(ALLOW_DUPLICATES)?.unwrap_or_default(),
        })
    }
}

impl Organization<'_> {
    /// Returns the entity's definition: the one in the request, or else Salesforce's.
    pub(crate) async fn entity<'i>(
        &self,
        name: &str,
        invocation: &'i Invocation,
    ) -> Result<Cow<'i, EntityDefinition>> {
        Soql::check_name(name)?;
        match invocation.entity_definition() {
            Some(entity) if entity.entity.entity_identifier == name => Ok(Cow::Borrowed(entity)),
            _ => self.describe(name).await.map(Cow::Owned),
        }
    }
}

/// Reads how much of its day's requests the organization has used:
/// `Sforce-Limit-Info: api-usage=1203/15000`.
pub(crate) fn read_quota(response: &Response) -> Option<Quota> {
    let usage = response.header("sforce-limit-info")?;
    let (used, allowed) = usage.split_once("api-usage=")?.1.split_once('/')?;
    let allowed = allowed.split(|next: char| !next.is_ascii_digit()).next()?;
    Some(Quota {
        used: used.parse().ok()?,
        allowed: allowed.parse().ok()?,
    })
}

/// Salesforce's error for a request, or for one record of a collection.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fault {
    #[serde(alias = "statusCode")]
    pub error_code: Message,
    message: Message,
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error_code, self.message)
    }
}

/// Interprets a response with a status of 400 or more. Where it returns nothing, the status
/// decides.
pub(crate) fn read_error(response: &Response) -> Option<Problem> {
    let faults: List<Fault> = response.json().unwrap_or_default();
    let Some(fault) = faults.first() else {
        return read_login_error(response);
    };
    let problem = Problem::new(fault.to_string()).with_application_code(&*fault.error_code);
    Some(match &*fault.error_code {
        "INVALID_SESSION_ID" => problem.with_code(ErrorCode::InvalidCredentials),
        "REQUEST_LIMIT_EXCEEDED" if fault.message.contains("TotalRequests") => problem
            .with_code(ErrorCode::RateLimitExceeded)
            .with_retry_after(QUOTA_WAIT),
        // Too many long requests at the same time.
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

/// Interprets an error of the login service: an OAuth 2.0 error, or a single word that may be
/// labelled as HTML.
fn read_login_error(response: &Response) -> Option<Problem> {
    if let Some(problem) = Problem::from_oauth2(response) {
        return Some(problem);
    }
    let word = response.text().ok()?.trim();
    let mut bytes = word.bytes();
    if word.is_empty() || !bytes.all(|byte| byte.is_ascii_alphabetic() || byte == b'_') {
        return None;
    }
    let problem = Problem::new(word);
    let is_token_refused =
        word.ends_with("_OAuth_Token") || matches!(word, "Wrong_Org" | "Inactive_User");
    Some(if is_token_refused {
        problem.with_code(ErrorCode::InvalidCredentials)
    } else {
        problem
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salesforces_codes_take_precedence_over_the_status() {
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
            let problem = read_error(&Response::new(status, fault(code))).unwrap();
            assert_eq!(problem.code(), Some(expected), "{code}");
            assert_eq!(problem.message(), format!("{code}: why"));
        }
        let other = read_error(&Response::new(403, fault("INSUFFICIENT_ACCESS"))).unwrap();
        assert_eq!(other.code(), None);
    }

    #[test]
    fn the_login_service_returns_a_single_word() {
        let problem = read_error(&Response::new(403, "Bad_OAuth_Token")).unwrap();
        assert_eq!(problem.code(), Some(ErrorCode::InvalidCredentials));
        for (body, code, message) in [
            (
                "Wrong_Org",
                Some(ErrorCode::InvalidCredentials),
                "Wrong_Org",
            ),
            ("No_Access", None, "No_Access"),
            (
                r#"{"error":"insufficient_scope"}"#,
                Some(ErrorCode::AccessDenied),
                "insufficient_scope",
            ),
            (
                r#"{"error":"invalid_token","error_description":"expired"}"#,
                Some(ErrorCode::InvalidCredentials),
                "invalid_token: expired",
            ),
        ] {
            let response = Response::new(403, body).with_header("content-type", "text/html");
            let problem = read_error(&response).unwrap();
            assert_eq!((problem.code(), problem.message()), (code, message));
        }
        for body in ["", "<html>", "[]", "{}", r#"[{"message":"no code"}]"#] {
            assert_eq!(read_error(&Response::new(500, body)), None, "{body}");
        }
    }
}
