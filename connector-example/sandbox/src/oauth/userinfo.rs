//! `GET /services/oauth2/userinfo`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::identity_url;
use super::instance_url;
use super::session::bearer_token;
use crate::Sandbox;
use crate::record_id::{ORGANIZATION_ID, USER_ID};

/// Says who the token was given to.
pub(crate) async fn userinfo(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Response {
    let Some(token) = bearer_token(&headers) else {
        return (StatusCode::FORBIDDEN, "Missing_OAuth_Token").into_response();
    };
    if !sandbox.inner.tokens.is_good(token) {
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
