//! The OAuth endpoints: `POST /services/oauth2/token` issues tokens, `GET
//! /services/oauth2/userinfo` describes the user of a token.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use serde_json::json;
use sha2::Sha256;

use crate::config::Config;
use crate::http::request::bearer_token;
use crate::organization::Organization;
use crate::record_id::{ORGANIZATION_ID, USER_ID};

#[derive(Debug, Serialize)]
struct TokenResponse {
    access_token: String,
    signature: String,
    scope: &'static str,
    instance_url: String,
    id: String,
    token_type: &'static str,
    issued_at: String,
}

/// Why no token is issued: OAuth's error code, Salesforce's description, and the status.
#[derive(Debug, PartialEq, Eq)]
struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body =
            serde_json::json!({ "error": self.error, "error_description": self.description });
        (self.status, Json(body)).into_response()
    }
}

/// Issues a token for client credentials or for a refresh token.
pub(crate) async fn issue_token(
    State(organization): State<Arc<Organization>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form: HashMap<_, _> = url::form_urlencoded::parse(&body).into_owned().collect();
    let config = &organization.config;
    if let Err(refusal) = check(&form, basic_credentials(&headers), config) {
        return refusal.into_response();
    }
    let instance_url = instance_url(&headers);
    let id = identity_url(&instance_url);
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let issued_at = since_epoch.as_millis().to_string();
    Json(TokenResponse {
        access_token: organization.tokens.issue(config.token_lifetime),
        signature: signature(&config.client_secret, &id, &issued_at),
        scope: "api refresh_token openid",
        instance_url,
        id,
        token_type: "Bearer",
        issued_at,
    })
    .into_response()
}

fn check(
    form: &HashMap<String, String>,
    basic: Option<(String, String)>,
    config: &Config,
) -> Result<(), Refusal> {
    let grant_type = form.get("grant_type").map(String::as_str);
    if !matches!(grant_type, Some("client_credentials" | "refresh_token")) {
        return Err(Refusal {
            status: StatusCode::BAD_REQUEST,
            error: "unsupported_grant_type",
            description: "grant type not supported",
        });
    }
    // OAuth requires 401 for a client that sent its credentials in a header.
    let status = if basic.is_some() {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::BAD_REQUEST
    };
    let field = |name| form.get(name).cloned().unwrap_or_default();
    let (client_id, client_secret) =
        basic.unwrap_or_else(|| (field("client_id"), field("client_secret")));
    if client_id != config.client_id {
        return Err(Refusal {
            status,
            error: "invalid_client_id",
            description: "client identifier invalid",
        });
    }
    if client_secret != config.client_secret {
        return Err(Refusal {
            status,
            error: "invalid_client",
            description: "invalid client credentials",
        });
    }
    if grant_type == Some("refresh_token") && field("refresh_token") != config.refresh_token {
        return Err(Refusal {
            status: StatusCode::BAD_REQUEST,
            error: "invalid_grant",
            description: "expired access/refresh token",
        });
    }
    Ok(())
}

/// Client ID and secret of `Authorization: Basic …`.
fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// Proves to a client that the identity URL came from Salesforce: an HMAC over the URL and the
/// time, keyed with the client's secret.
fn signature(client_secret: &str, id: &str, issued_at: &str) -> String {
    // An HMAC accepts keys of any length, so this never fails.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(client_secret.as_bytes()) else {
        return String::new();
    };
    mac.update(id.as_bytes());
    mac.update(issued_at.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

/// Describes the user that the token was issued to.
pub(crate) async fn userinfo(
    State(organization): State<Arc<Organization>>,
    headers: HeaderMap,
) -> Response {
    let Some(token) = bearer_token(&headers) else {
        return (StatusCode::FORBIDDEN, "Missing_OAuth_Token").into_response();
    };
    if !organization.tokens.is_good(token) {
        return (StatusCode::FORBIDDEN, "Bad_OAuth_Token").into_response();
    }
    let instance = instance_url(&headers);
    let data = format!("{instance}/services/data/v{{version}}");
    Json(json!({
        "sub": identity_url(&instance),
        "user_id": USER_ID,
        "organization_id": ORGANIZATION_ID,
        "preferred_username": "integration@sandbox.example",
        "nickname": "integration",
        "name": "Integration User",
        "given_name": "Integration",
        "family_name": "User",
        "email": "integration@sandbox.example",
        "email_verified": true,
        "zoneinfo": "GMT",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": 0,
        "active": true,
        "user_type": "STANDARD",
        "is_app_installed": true,
        "urls": {
            "rest": format!("{data}/"),
            "sobjects": format!("{data}/sobjects/"),
            "query": format!("{data}/query/"),
        },
    }))
    .into_response()
}

/// The URL that the caller used, without a path. The REST API is below it.
fn instance_url(headers: &HeaderMap) -> String {
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    format!("http://{host}")
}

fn identity_url(instance_url: &str) -> String {
    format!("{instance_url}/id/{ORGANIZATION_ID}/{USER_ID}")
}
