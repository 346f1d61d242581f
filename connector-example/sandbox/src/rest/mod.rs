//! The REST API under `/services/data`.

mod body;
mod collections;
mod cursors;
mod error;
mod external_id;
mod limits;
mod lookup;
mod query;
mod record_json;
mod retrieve;
mod rows;
mod save_result;
mod sobjects;
mod versions;

pub(crate) use body::MAX_BODY;
pub(crate) use cursors::Cursors;
pub(crate) use error::ApiError;

use axum::Router;
use axum::http::Method;
use axum::middleware;
use axum::routing::{MethodRouter, get, patch, post};
use tower_http::compression::{CompressionLayer, CompressionLevel};

use crate::Sandbox;
use crate::faults;
use crate::oauth;

const DATA: &str = "/services/data";

/// All paths of the server. Faults on demand are injected outside of everything, so that they strike whatever is answered.
pub(crate) fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/services/oauth2/token", post(oauth::issue_token))
        .route("/services/oauth2/userinfo", get(oauth::userinfo))
        .route(DATA, get(versions::list))
        .route(&format!("{DATA}/"), get(versions::list))
        .merge(versioned())
        .fallback(async || ApiError::not_found())
        .method_not_allowed_fallback(async |method: Method| ApiError::method_not_allowed(&method))
        .layer(middleware::from_fn(limits::refuse_long_requests))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(middleware::from_fn_with_state(
            sandbox.clone(),
            faults::inject,
        ))
        .merge(faults::admin_router())
        .with_state(sandbox)
}

/// The paths below an API version. Each may end with a slash too.
fn versioned() -> Router<Sandbox> {
    let routes: [(&str, MethodRouter<Sandbox>); 10] = [
        ("sobjects", get(sobjects::list)),
        ("sobjects/{object}", get(sobjects::info).post(rows::create)),
        ("sobjects/{object}/describe", get(sobjects::describe)),
        (
            "sobjects/{object}/{id}",
            get(sobjects::record)
                .patch(rows::update)
                .delete(rows::delete),
        ),
        (
            "sobjects/{object}/{key}/{value}",
            get(sobjects::by_key_or_content)
                .patch(external_id::upsert)
                .delete(external_id::delete),
        ),
        ("query", get(query::first_page)),
        ("query/{locator}", get(query::next_page)),
        (
            "composite/sobjects",
            post(collections::create)
                .patch(collections::update)
                .delete(collections::delete),
        ),
        (
            "composite/sobjects/{object}",
            get(retrieve::by_query).post(retrieve::by_body),
        ),
        (
            "composite/sobjects/{object}/{key}",
            patch(collections::upsert),
        ),
    ];
    routes
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| {
            let path = format!("{DATA}/{{version}}/{path}");
            router
                .route(&path, methods.clone())
                .route(&format!("{path}/"), methods)
        })
}
