//! Single records, written by their ID: `…/sobjects/<object>` and `…/sobjects/<object>/<id>`.

use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::body::JsonBody;
use super::error::ApiError;
use super::lookup::find_id;
use super::lookup::find_object;
use super::save_result::SaveResult;
use super::versions::ApiVersion;
use crate::Sandbox;
use crate::faults::RowLock;
use crate::oauth::Session;
use crate::store::Batch;
use crate::write::Saved;
use crate::write::WriteError;
use crate::write::Writer;

/// `POST …/sobjects/<object>`: a new record.
pub(super) async fn create(
    State(sandbox): State<Sandbox>,
    version: ApiVersion,
    _: Session,
    Path((_, object)): Path<(String, String)>,
    lock: Option<Extension<RowLock>>,
    JsonBody(record): JsonBody<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let object = find_object(&sandbox, &object)?;
    let saved = write_one(&sandbox, lock.is_some(), |writer| {
        writer.create(object, &record)
    })?;
    let location = format!("{}/sobjects/{}/{}", version.path(), object.name, saved.id);
    let result = Json(SaveResult::of(Ok(saved)));
    Ok((StatusCode::CREATED, [(LOCATION, location)], result).into_response())
}

/// `PATCH …/sobjects/<object>/<id>`: new values for a record.
pub(super) async fn update(
    State(sandbox): State<Sandbox>,
    _: ApiVersion,
    _: Session,
    Path((_, object, id)): Path<(String, String, String)>,
    lock: Option<Extension<RowLock>>,
    JsonBody(record): JsonBody<Map<String, Value>>,
) -> Result<StatusCode, ApiError> {
    let object = find_object(&sandbox, &object)?;
    let id = find_id(&id)?;
    if let Some(field) = object.field("Id")
        && record.keys().any(|name| name.eq_ignore_ascii_case("Id"))
    {
        return Err(WriteError::given_twice(field).into());
    }
    write_one(&sandbox, lock.is_some(), |writer| {
        writer.update(object, &id, &record)
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE …/sobjects/<object>/<id>`.
pub(super) async fn delete(
    State(sandbox): State<Sandbox>,
    _: ApiVersion,
    _: Session,
    Path((_, object, id)): Path<(String, String, String)>,
    lock: Option<Extension<RowLock>>,
) -> Result<StatusCode, ApiError> {
    let object = find_object(&sandbox, &object)?;
    let id = find_id(&id)?;
    write_one(&sandbox, lock.is_some(), |writer| {
        writer.delete(object, &id)
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// A batch of one record.
pub(super) fn write_one(
    sandbox: &Sandbox,
    locked: bool,
    change: impl Fn(&Writer<'_>) -> Result<Saved, WriteError>,
) -> Result<Saved, ApiError> {
    let batch = Batch {
        all_or_none: false,
        first_is_locked: locked,
    };
    let inner = &sandbox.inner;
    let mut outcomes = inner
        .store
        .write(&inner.schema, batch, &[()], |writer, ()| change(writer))?;
    let outcome = outcomes.pop().ok_or_else(ApiError::not_found)?;
    Ok(outcome?)
}
