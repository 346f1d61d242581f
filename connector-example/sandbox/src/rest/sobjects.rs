//! `GET …/sobjects`: what there is, what it is like, and single records.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error::ApiError;
use super::external_id::Found;
use super::external_id::find_by_key;
use super::lookup::find_field;
use super::lookup::find_id;
use super::lookup::find_object;
use super::query::parameter;
use super::record_json::RecordJson;
use super::versions::ApiVersion;
use crate::Sandbox;
use crate::oauth::Session;
use crate::schema::describe::{GlobalDescription, ObjectDescription, ObjectSummary};
use crate::schema::field::{Field, FieldType};
use crate::schema::object::Object;
use crate::write::WriteError;

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

/// The answer to `GET …/sobjects/<object>`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ObjectInfo {
    object_describe: ObjectSummary,
    /// The records that the user saw last. A sandbox has no such user.
    recent_items: [(); 0],
}

/// `GET …/sobjects/<object>`: the object as a whole.
pub(super) async fn info(
    State(sandbox): State<Sandbox>,
    version: ApiVersion,
    _: Session,
    Path((_, object)): Path<(String, String)>,
) -> Result<Json<ObjectInfo>, ApiError> {
    let object = find_object(&sandbox, &object)?;
    Ok(Json(ObjectInfo {
        object_describe: ObjectSummary::of(object, &version.path()),
        recent_items: [],
    }))
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
    let fields = wanted_fields(object, query.as_deref())?;
    one_record(&sandbox, version, object, &fields, find_id(&id)?)
}

/// `GET …/sobjects/<object>/<field>/<value>`: the record with this key. `GET …/sobjects/<object>/<id>/<field>`: the bytes of a
/// base64 field.
pub(super) async fn by_key_or_content(
    State(sandbox): State<Sandbox>,
    version: ApiVersion,
    _: Session,
    Path((_, object, first, second)): Path<(String, String, String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let object = find_object(&sandbox, &object)?;
    let Some(key) = object.field(&first).filter(|field| field.external_id) else {
        return content(&sandbox, object, &first, &second);
    };
    let fields = wanted_fields(object, query.as_deref())?;
    match find_by_key(&sandbox, version, object, key, &second)? {
        Found::Several(answer) => Ok(answer),
        Found::AtMostOne(None) => Err(ApiError::not_found()),
        Found::AtMostOne(Some(id)) => {
            one_record(&sandbox, version, object, &fields, id).map(IntoResponse::into_response)
        }
    }
}

fn content(
    sandbox: &Sandbox,
    object: &Object,
    id: &str,
    field: &str,
) -> Result<Response, ApiError> {
    let field = object
        .field(field)
        .filter(|field| field.kind == FieldType::Base64)
        .ok_or_else(ApiError::not_found)?;
    let bytes = sandbox.inner.store.bytes(object, field, &find_id(id)?)?;
    let bytes = bytes.ok_or_else(ApiError::not_found)?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// The fields that the URL asks for, or all.
fn wanted_fields(object: &Object, query: Option<&str>) -> Result<Vec<Field>, ApiError> {
    match parameter(query, "fields") {
        None => Ok(object.fields.clone()),
        Some(names) => names
            .split(',')
            .map(|name| find_field(object, name.trim()).cloned())
            .collect(),
    }
}

fn one_record(
    sandbox: &Sandbox,
    version: ApiVersion,
    object: &Object,
    fields: &[Field],
    id: String,
) -> Result<Json<RecordJson>, ApiError> {
    let store = &sandbox.inner.store;
    let ids = [id];
    let record = store.records(object, fields, &ids)?.pop().flatten();
    match record {
        Some(record) => Ok(Json(RecordJson { record, version })),
        None if store.is_deleted(object, &ids[0])? => Err(WriteError::deleted().into()),
        None => Err(ApiError::not_found()),
    }
}
