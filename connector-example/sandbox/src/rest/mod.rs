//! The REST API under `/services/data`.

mod cursors;
mod error;
mod limits;
mod query;
mod record_json;
mod sobjects;
mod versions;

pub(crate) use cursors::Cursors;
pub(crate) use error::ApiError;

use axum::Router;
use axum::http::Method;
use axum::middleware;
use axum::routing::{get, post};

use crate::Sandbox;
use crate::oauth;

/// All paths of the server.
pub(crate) fn router(sandbox: Sandbox) -> Router {
    const DATA: &str = "/services/data";
    Router::new()
        .route("/services/oauth2/token", post(oauth::issue_token))
        .route("/services/oauth2/userinfo", get(oauth::userinfo))
        .route(DATA, get(versions::list))
        .route(&format!("{DATA}/"), get(versions::list))
        .route(&format!("{DATA}/{{version}}/sobjects"), get(sobjects::list))
        .route(
            &format!("{DATA}/{{version}}/sobjects/"),
            get(sobjects::list),
        )
        .route(
            &format!("{DATA}/{{version}}/sobjects/{{object}}/describe"),
            get(sobjects::describe),
        )
        .route(
            &format!("{DATA}/{{version}}/sobjects/{{object}}/describe/"),
            get(sobjects::describe),
        )
        .route(
            &format!("{DATA}/{{version}}/sobjects/{{object}}/{{id}}"),
            get(sobjects::record),
        )
        .route(
            &format!("{DATA}/{{version}}/sobjects/{{object}}/{{id}}/{{field}}"),
            get(sobjects::content),
        )
        .route(&format!("{DATA}/{{version}}/query"), get(query::first_page))
        .route(
            &format!("{DATA}/{{version}}/query/"),
            get(query::first_page),
        )
        .route(
            &format!("{DATA}/{{version}}/query/{{locator}}"),
            get(query::next_page),
        )
        .fallback(async || ApiError::not_found())
        .method_not_allowed_fallback(async |method: Method| ApiError::method_not_allowed(&method))
        .layer(middleware::from_fn(limits::refuse_long_requests))
        .with_state(sandbox)
}
