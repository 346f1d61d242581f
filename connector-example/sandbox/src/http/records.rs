//! Single records, by their ID or by an external ID: `…/sobjects/<object>/…`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use crate::http::error::ApiError;
use crate::http::lookup::{find_field, find_id, find_key, find_object};
use crate::http::request::{ApiVersion, JsonBody, Session, WriteOptions, parameter};
use crate::http::results::{RecordJson, SaveResult};
use crate::organization::Organization;
use crate::schema::field::{Field, FieldType};
use crate::schema::object::Object;
use crate::schema::selection::{Selected, own};
use crate::write::error::WriteError;
use crate::write::value::column_value;
use crate::write::writer::write_all;
use crate::write::writer::{Batch, Saved, Writer};

/// `GET …/sobjects/<object>/<id>?fields=Id,Name`. Without `fields`, returns all fields.
pub(super) async fn read(
    State(organization): State<Arc<Organization>>,
    version: ApiVersion,
    _: Session,
    Path((_, object, id)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Json<RecordJson>, ApiError> {
    let object = find_object(&organization, &object)?;
    let fields = wanted_fields(object, query.as_deref())?;
    one_record(&organization, version, object, &fields, find_id(&id)?)
}

/// `GET …/sobjects/<object>/<field>/<value>`: the record with this key. `GET
/// …/sobjects/<object>/<id>/<field>`: the bytes of a base64 field.
pub(super) async fn read_by_key_or_content(
    State(organization): State<Arc<Organization>>,
    version: ApiVersion,
    _: Session,
    Path((_, object, first, second)): Path<(String, String, String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let object = find_object(&organization, &object)?;
    let Some(key) = object.field(&first).filter(|field| field.external_id) else {
        return content(&organization, object, &first, &second);
    };
    let fields = wanted_fields(object, query.as_deref())?;
    match find_by_key(&organization, version, object, key, &second)? {
        Found::Several(response) => Ok(response),
        Found::AtMostOne(None) => Err(ApiError::not_found()),
        Found::AtMostOne(Some(id)) => {
            one_record(&organization, version, object, &fields, id).map(IntoResponse::into_response)
        }
    }
}

fn content(
    organization: &Organization,
    object: &Object,
    id: &str,
    field: &str,
) -> Result<Response, ApiError> {
    let field = object
        .field(field)
        .filter(|field| field.kind == FieldType::Base64)
        .ok_or_else(ApiError::not_found)?;
    let bytes = organization.store.bytes(object, field, &find_id(id)?)?;
    let bytes = bytes.ok_or_else(ApiError::not_found)?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// The fields named in the URL, or all fields.
fn wanted_fields(object: &Object, query: Option<&str>) -> Result<Vec<Selected>, ApiError> {
    match parameter(query, "fields") {
        None => Ok(own(object.fields.iter().cloned())),
        Some(names) => names
            .split(',')
            .map(|name| Ok(Selected::Field(find_field(object, name.trim())?.clone())))
            .collect(),
    }
}

fn one_record(
    organization: &Organization,
    version: ApiVersion,
    object: &Object,
    selection: &[Selected],
    id: String,
) -> Result<Json<RecordJson>, ApiError> {
    let store = &organization.store;
    let ids = [id];
    let record = store
        .records(object, selection, &ids, false)?
        .pop()
        .flatten();
    match record {
        Some(record) => Ok(Json(RecordJson { record, version })),
        None if store.is_deleted(object, &ids[0])? => Err(WriteError::deleted().into()),
        None => Err(ApiError::not_found()),
    }
}

/// `POST …/sobjects/<object>`: creates a record.
pub(super) async fn create(
    State(organization): State<Arc<Organization>>,
    version: ApiVersion,
    _: Session,
    Path((_, object)): Path<(String, String)>,
    options: WriteOptions,
    JsonBody(record): JsonBody<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let object = find_object(&organization, &object)?;
    let saved = write_one(&organization, options, |writer| {
        writer.create(object, &record)
    })?;
    let location = format!("{}/sobjects/{}/{}", version.path(), object.name, saved.id);
    let result = Json(SaveResult::of(Ok(saved)));
    Ok((StatusCode::CREATED, [(LOCATION, location)], result).into_response())
}

/// `PATCH …/sobjects/<object>/<id>`: updates a record.
pub(super) async fn update(
    State(organization): State<Arc<Organization>>,
    _: ApiVersion,
    _: Session,
    Path((_, object, id)): Path<(String, String, String)>,
    options: WriteOptions,
    JsonBody(record): JsonBody<Map<String, Value>>,
) -> Result<StatusCode, ApiError> {
    let object = find_object(&organization, &object)?;
    let id = find_id(&id)?;
    if let Some(field) = object.field("Id")
        && record.keys().any(|name| name.eq_ignore_ascii_case("Id"))
    {
        return Err(WriteError::given_twice(field).into());
    }
    write_one(&organization, options, |writer| {
        writer.update(object, &id, &record)
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE …/sobjects/<object>/<id>`.
pub(super) async fn delete(
    State(organization): State<Arc<Organization>>,
    _: ApiVersion,
    _: Session,
    Path((_, object, id)): Path<(String, String, String)>,
    options: WriteOptions,
) -> Result<StatusCode, ApiError> {
    let object = find_object(&organization, &object)?;
    let id = find_id(&id)?;
    write_one(&organization, options, |writer| writer.delete(object, &id))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Writes a batch of one record.
pub(super) fn write_one(
    organization: &Organization,
    options: WriteOptions,
    change: impl Fn(&Writer<'_>) -> Result<Saved, WriteError>,
) -> Result<Saved, ApiError> {
    let batch = Batch {
        all_or_none: false,
        first_is_locked: options.first_is_locked,
        allow_duplicates: options.allow_duplicates,
    };
    let mut outcomes = write_all(
        &organization.store,
        &organization.schema,
        batch,
        &[()],
        |writer, ()| change(writer),
    )?;
    let outcome = outcomes.pop().ok_or_else(ApiError::not_found)?;
    Ok(outcome?)
}

/// The records of an external ID.
pub(super) enum Found {
    /// The ID of the record, if there is one.
    AtMostOne(Option<String>),
    /// The response with the paths of all of them.
    Several(Response),
}

/// Finds the records with an external ID.
pub(super) fn find_by_key(
    organization: &Organization,
    version: ApiVersion,
    object: &Object,
    key: &Field,
    value: &str,
) -> Result<Found, ApiError> {
    let column = column_value(key, &Value::from(value))?;
    let mut ids = organization.store.ids_by(object, key, &column)?;
    if ids.len() > 1 {
        let path = |id: String| format!("{}/sobjects/{}/{id}", version.path(), object.name);
        let paths: Vec<String> = ids.into_iter().map(path).collect();
        return Ok(Found::Several(
            (StatusCode::MULTIPLE_CHOICES, Json(paths)).into_response(),
        ));
    }
    Ok(Found::AtMostOne(ids.pop()))
}

/// `PATCH …/sobjects/<object>/<field>/<value>`: updates the record with this key, or creates it.
pub(super) async fn upsert(
    State(organization): State<Arc<Organization>>,
    version: ApiVersion,
    _: Session,
    Path((_, object, key, value)): Path<(String, String, String, String)>,
    options: WriteOptions,
    JsonBody(record): JsonBody<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let object = find_object(&organization, &object)?;
    let key = find_key(object, &key)?;
    if record
        .keys()
        .any(|name| name.eq_ignore_ascii_case(key.name))
    {
        return Err(WriteError::given_twice(key).into());
    }
    if let Found::Several(response) = find_by_key(&organization, version, object, key, &value)? {
        return Ok(response);
    }
    let saved = write_one(&organization, options, |writer| {
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
pub(super) async fn delete_by_key(
    State(organization): State<Arc<Organization>>,
    version: ApiVersion,
    _: Session,
    Path((_, object, key, value)): Path<(String, String, String, String)>,
    options: WriteOptions,
) -> Result<Response, ApiError> {
    let object = find_object(&organization, &object)?;
    let key = find_key(object, &key)?;
    let id = match find_by_key(&organization, version, object, key, &value)? {
        Found::AtMostOne(id) => id.ok_or_else(ApiError::not_found)?,
        Found::Several(response) => return Ok(response),
    };
    write_one(&organization, options, |writer| writer.delete(object, &id))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
