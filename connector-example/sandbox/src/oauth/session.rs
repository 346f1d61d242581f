//! The bearer token of a request.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::Sandbox;
use crate::rest::ApiError;

/// Proof that a request to the REST API bore a good token. A handler that takes one answers 401 without it.
pub(crate) struct Session;

impl FromRequestParts<Sandbox> for Session {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self, ApiError> {
        match bearer_token(&parts.headers) {
            Some(token) if sandbox.inner.tokens.is_good(token) => Ok(Self),
            _ => Err(ApiError::invalid_session()),
        }
    }
}

/// The token of `Authorization: Bearer …`. Salesforce knows `OAuth` as another word for `Bearer`.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("Bearer") || scheme.eq_ignore_ascii_case("OAuth");
    known.then(|| token.trim())
}
