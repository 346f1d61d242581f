//! Who may call: tokens are handed out here, and asked for everywhere else.

mod session;
mod token;
mod tokens;
mod userinfo;

pub(crate) use session::{Session, bearer_token};
pub(crate) use token::issue_token;
pub(crate) use tokens::Tokens;
pub(crate) use userinfo::userinfo;

use axum::http::HeaderMap;
use axum::http::header::HOST;

use crate::record_id::{ORGANIZATION_ID, USER_ID};

/// The address that the caller used, without a path. Behind it the caller finds the REST API.
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
