//! What handlers extract from a request: session, API version, JSON body, parameters.

use std::convert::Infallible;
use std::ops::RangeInclusive;
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::http::error::ApiError;
use crate::organization::Organization;

/// A valid access token. A handler that takes a session responds with 401 to requests without one.
#[derive(Clone)]
pub(crate) struct Session {
    pub token: String,
}

impl FromRequestParts<Arc<Organization>> for Session {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        organization: &Arc<Organization>,
    ) -> Result<Self, ApiError> {
        match bearer_token(&parts.headers) {
            Some(token) if organization.tokens.is_good(token) => Ok(Self {
                token: token.to_owned(),
            }),
            _ => Err(ApiError::invalid_session()),
        }
    }
}

/// The token of `Authorization: Bearer …`. Salesforce accepts `OAuth` as a synonym of `Bearer`.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("Bearer") || scheme.eq_ignore_ascii_case("OAuth");
    known.then(|| token.trim())
}

const SUPPORTED: RangeInclusive<u32> = 21..=66;

/// The API version in the path of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ApiVersion(u32);

impl ApiVersion {
    /// Parses `v60.0`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let number = text.strip_prefix('v')?.strip_suffix(".0")?;
        SUPPORTED
            .map(Self)
            .find(|version| version.0.to_string() == number)
    }

    /// `/services/data/v60.0`.
    pub(super) fn path(self) -> String {
        format!("/services/data/v{}.0", self.0)
    }
}

impl FromRequestParts<Arc<Organization>> for ApiVersion {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        organization: &Arc<Organization>,
    ) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, organization)
            .await
            .map_err(|_| ApiError::not_found())?;
        let version = params.iter().find(|(name, _)| *name == "version");
        version
            .and_then(|(_, text)| Self::parse(text))
            .ok_or_else(ApiError::not_found)
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Release {
    label: String,
    url: String,
    version: String,
}

/// `GET /services/data`. Needs no token.
pub(super) async fn list_versions() -> Json<Vec<Release>> {
    Json(
        SUPPORTED
            .map(|number| Release {
                label: label(number),
                url: ApiVersion(number).path(),
                version: format!("{number}.0"),
            })
            .collect(),
    )
}

/// Salesforce has three releases a year; version 20 is Winter '11.
fn label(number: u32) -> String {
    let release = number - 20;
    let season = ["Winter", "Spring", "Summer"][release as usize % 3];
    format!("{season} '{}", 11 + release / 3)
}

/// The maximum size of a request's body in bytes. It is Salesforce's limit.
pub(crate) const MAX_BODY: usize = 50 * 1024 * 1024;

/// A body of JSON, with a matching content type.
pub(super) struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Organization>> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &Arc<Organization>) -> Result<Self, ApiError> {
        let content_type = request.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(|value| value.to_ascii_lowercase().contains("json")) {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "the body must be application/json",
            ));
        }
        let bytes = axum::body::to_bytes(request.into_body(), MAX_BODY)
            .await
            .map_err(|_| {
                ApiError::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "EXCEEDED_MAX_SIZE_REQUEST",
                    format!("the body is larger than {MAX_BODY} bytes or incomplete"),
                )
            })?;
        if bytes.is_empty() {
            let message = "The HTTP entity body is required, but this request has no entity body.";
            return Err(ApiError::bad_request("JSON_PARSER_ERROR", message));
        }
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| parser_error(&error))
    }
}

/// serde_json ends its message with the position; Salesforce does too, in another form.
fn parser_error(error: &serde_json::Error) -> ApiError {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let message = message
        .strip_suffix(&format!(" at line {line} column {column}"))
        .unwrap_or(&message);
    let message = format!("{message} at [line:{line}, column:{column}]");
    ApiError::bad_request("JSON_PARSER_ERROR", message)
}

/// The decoded value of a URL parameter. A plus sign is a space.
pub(super) fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query?.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// A request extension: the first record of the request is locked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowLock;

/// How a request wants its records written.
#[derive(Debug, Clone, Copy)]
pub(super) struct WriteOptions {
    /// Whether the first record is locked, a fault on demand.
    pub first_is_locked: bool,
    /// Whether the request ignores duplicate rules.
    pub allow_duplicates: bool,
}

impl FromRequestParts<Arc<Organization>> for WriteOptions {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &Arc<Organization>,
    ) -> Result<Self, Infallible> {
        Ok(Self {
            first_is_locked: parts.extensions.get::<RowLock>().is_some(),
            allow_duplicates: allows_duplicates(&parts.headers),
        })
    }
}

/// `Sforce-Duplicate-Rule-Header: allowSave=true`.
fn allows_duplicates(headers: &HeaderMap) -> bool {
    let header = headers.get("Sforce-Duplicate-Rule-Header");
    let options = header
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    options.split([',', ';']).any(|option| {
        let (name, value) = option.split_once('=').unwrap_or_default();
        name.trim().eq_ignore_ascii_case("allowSave") && value.trim().eq_ignore_ascii_case("true")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_the_names_of_the_releases() {
        assert_eq!(label(21), "Spring '11");
        assert_eq!(label(50), "Winter '21");
        assert_eq!(label(60), "Spring '24");
        assert_eq!(label(66), "Spring '26");
    }

    #[test]
    fn only_supported_versions_are_known() {
        assert_eq!(ApiVersion::parse("v60.0"), Some(ApiVersion(60)));
        for unknown in [
            "v20.0",
            "v67.0",
            "60.0",
            "v60",
            "v060.0",
            "v60.1",
            "v4294967346.0",
        ] {
            assert_eq!(ApiVersion::parse(unknown), None, "{unknown}");
        }
    }
}
