//! `GET …/sobjects`: what there is, what it is like, and single records.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::error::ApiError;
use super::query::parameter;
use super::record_json::RecordJson;
use super::versions::ApiVersion;
use crate::Sandbox;
use crate::oauth::Session;
use crate::record_id;
use crate::schema::{Field, FieldType, GlobalDescription, Object, ObjectDescription};

/// `GET …/sobjects`.
pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    version: ApiVersion,
    _: Session,
) -> Json<GlobalDescription> {
    Json(GlobalDescription::of(
        &sandbox.inner.schema,
        &version.path(),
    ))
}

/// `GET …/sobjects/<object>/describe`.
pub(super) async fn describe(
    State(sandbox): State<Sandbox>,
    version: ApiVersion,
    _: Session,
    Path((_, object)): Path<(String, String)>,
) -> Result<Json<ObjectDescription>, ApiError> {
    let object = find_object(&sandbox, &object)?;
    Ok(Json(ObjectDescription::of(object, &version.path())))
}

/// `GET …/sobjects/<object>/<id>?fields=Id,Name`. Without `fields`, the record comes with all.
pub(super) async fn record(
    State(sandbox): State<Sandbox>,
    version: ApiVersion,
    _: Session,
    Path((_, object, id)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Json<RecordJson>, ApiError> {
    let object = find_object(&sandbox, &object)?;
    let fields = match parameter(query.as_deref(), "fields") {
        None => object.fields.clone(),
        Some(names) => names
            .split(',')
            .map(|name| find_field(object, name.trim()).cloned())
            .collect::<Result<Vec<_>, _>>()?,
    };
    let id = find_id(&id)?;
    let mut records = sandbox.inner.store.records(object, &fields, &[id])?;
    let record = records.pop().ok_or_else(ApiError::not_found)?;
    Ok(Json(RecordJson { record, version }))
}

/// `GET …/sobjects/<object>/<id>/<field>`: the bytes of a base64 field.
pub(super) async fn content(
    State(sandbox): State<Sandbox>,
    _: ApiVersion,
    _: Session,
    Path((_, object, id, field)): Path<(String, String, String, String)>,
) -> Result<Response, ApiError> {
    let object = find_object(&sandbox, &object)?;
    let field = object
        .field(&field)
        .filter(|field| field.kind == FieldType::Base64)
        .ok_or_else(ApiError::not_found)?;
    let bytes = sandbox.inner.store.bytes(object, field, &find_id(&id)?)?;
    let bytes = bytes.ok_or_else(ApiError::not_found)?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

fn find_object<'s>(sandbox: &'s Sandbox, name: &str) -> Result<&'s Object, ApiError> {
    sandbox
        .inner
        .schema
        .object(name)
        .ok_or_else(ApiError::not_found)
}

fn find_field<'s>(object: &'s Object, name: &str) -> Result<&'s Field, ApiError> {
    object.field(name).ok_or_else(|| {
        let message = format!("No such column '{name}' on sobject of type {}", object.name);
        ApiError::new(StatusCode::BAD_REQUEST, "INVALID_FIELD", message)
    })
}

fn find_id(id: &str) -> Result<String, ApiError> {
    record_id::normalize(id).ok_or_else(|| {
        let message =
            format!("Provided external ID field does not exist or is not accessible: {id}");
        ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    })
}
