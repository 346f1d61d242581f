//! The routes of the server.

mod batch;
mod collections;
mod error;
mod faults;
mod limits;
mod lookup;
mod oauth;
mod query;
mod records;
pub(crate) mod request;
mod results;
mod sobjects;

use std::sync::Arc;

use axum::Router;
use axum::http::Method;
use axum::middleware;
use axum::routing::{MethodRouter, get, patch, post};
use tower_http::compression::{CompressionLayer, CompressionLevel};

use crate::http::error::ApiError;
use crate::organization::Organization;

const DATA: &str = "/services/data";

/// Returns all routes of the server. Faults are injected outermost, so that every route can have
/// them.
pub(crate) fn router(organization: Arc<Organization>) -> Router {
    Router::new()
        .route("/services/oauth2/token", post(oauth::issue_token))
        .route("/services/oauth2/userinfo", get(oauth::userinfo))
        .route(DATA, get(request::list_versions))
        .route(&format!("{DATA}/"), get(request::list_versions))
        .merge(versioned())
        .fallback(async || ApiError::not_found())
        .method_not_allowed_fallback(async |method: Method| ApiError::method_not_allowed(&method))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&organization),
            limits::count_usage,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&organization),
            limits::refuse_long_requests,
        ))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&organization),
            faults::inject,
        ))
        .merge(faults::admin_router())
        .with_state(organization)
}

/// The routes below an API version. Each may also end with a slash.
fn versioned() -> Router<Arc<Organization>> {
    let routes: [(&str, MethodRouter<Arc<Organization>>); 13] = [
        ("sobjects", get(sobjects::list)),
        (
            "sobjects/{object}",
            get(sobjects::info).post(records::create),
        ),
        ("sobjects/{object}/describe", get(sobjects::describe)),
        (
            "sobjects/{object}/{id}",
            get(records::read)
                .patch(records::update)
                .delete(records::delete),
        ),
        (
            "sobjects/{object}/{key}/{value}",
            get(records::read_by_key_or_content)
                .patch(records::upsert)
                .delete(records::delete_by_key),
        ),
        ("query", get(query::first_page)),
        ("query/{locator}", get(query::next_page)),
        ("queryAll", get(query::first_page_of_all)),
        ("queryAll/{locator}", get(query::next_page)),
        ("composite/batch", post(batch::respond)),
        (
            "composite/sobjects",
            post(collections::create)
                .patch(collections::update)
                .delete(collections::delete),
        ),
        (
            "composite/sobjects/{object}",
            get(collections::retrieve_by_query).post(collections::retrieve_by_body),
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
