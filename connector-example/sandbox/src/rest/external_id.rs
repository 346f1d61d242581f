//! Single records by a key of another system: `…/sobjects/<object>/<field>/<value>`.

use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::body::JsonBody;
use super::error::ApiError;
use super::lookup::find_key;
use super::lookup::find_object;
use super::rows::write_one;
use super::save_result::SaveResult;
use super::versions::ApiVersion;
use crate::Sandbox;
use crate::faults::RowLock;
use crate::oauth::Session;
use crate::schema::field::Field;
use crate::schema::object::Object;
use crate::write::WriteError;
use crate::write::column_value;

/// What a key leads to.
pub(super) enum Found {
    /// The ID of the one record, if there is one.
    AtMostOne(Option<String>),
    /// The answer with the paths of all.
    Several(Response),
}

/// The records that have a key.
pub(super) fn find_by_key(
    sandbox: &Sandbox,
    version: ApiVersion,
    object: &Object,
    key: &Field,
    value: &str,
) -> Result<Found, ApiError> {
    let column = column_value(key, &Value::from(value))?;
    let mut ids = sandbox.inner.store.ids_by(object, key, &column)?;
    if ids.len() > 1 {
        let path = |id: String| format!("{}/sobjects/{}/{id}", version.path(), object.name);
        let paths: Vec<String> = ids.into_iter().map(path).collect();
        return Ok(Found::Several(
            (StatusCode::MULTIPLE_CHOICES, Json(paths)).into_response(),
        ));
    }
    Ok(Found::AtMostOne(ids.pop()))
}

/// `PATCH …/sobjects/<object>/<field>/<value>`: changes the record with this key, or makes one.
pub(super) async fn upsert(
    State(sandbox): State<Sandbox>,
    version: ApiVersion,
    _: Session,
    Path((_, object, key, value)): Path<(String, String, String, String)>,
    lock: Option<Extension<RowLock>>,
    JsonBody(record): JsonBody<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let object = find_object(&sandbox, &object)?;
    let key = find_key(object, &key)?;
    if record
        .keys()
        .any(|name| name.eq_ignore_ascii_case(key.name))
    {
        return Err(WriteError::given_twice(key).into());
    }
    if let Found::Several(answer) = find_by_key(&sandbox, version, object, key, &value)? {
        return Ok(answer);
    }
    let saved = write_one(&sandbox, lock.is_some(), |writer| {
        writer.upsert(object, key, &Value::from(value.as_str()), &record)
    })?;
    let status = if saved.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(SaveResult::of_upsert(Ok(saved)))).into_response())
}

/// `DELETE …/sobjects/<object>/<field>/<value>`.
pub(super) async fn delete(
    State(sandbox): State<Sandbox>,
    version: ApiVersion,
    _: Session,
    Path((_, object, key, value)): Path<(String, String, String, String)>,
    lock: Option<Extension<RowLock>>,
) -> Result<Response, ApiError> {
    let object = find_object(&sandbox, &object)?;
    let key = find_key(object, &key)?;
    let id = match find_by_key(&sandbox, version, object, key, &value)? {
        Found::AtMostOne(id) => id.ok_or_else(ApiError::not_found)?,
        Found::Several(answer) => return Ok(answer),
    };
    write_one(&sandbox, lock.is_some(), |writer| {
        writer.delete(object, &id)
    })?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
