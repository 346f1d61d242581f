//! Up to 200 records written in one call: `…/composite/sobjects`.
//!
//! The call succeeds with one result for each record, in the order in which they came.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Extension, Path, RawQuery, State};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::body::JsonBody;
use super::error::ApiError;
use super::lookup::find_key;
use super::lookup::find_object;
use super::query::parameter;
use super::save_result::SaveResult;
use super::versions::ApiVersion;
use crate::Sandbox;
use crate::faults::RowLock;
use crate::oauth::Session;
use crate::record_id;
use crate::schema::catalog::Schema;
use crate::schema::field::Field;
use crate::schema::object::Object;
use crate::store::Batch;
use crate::write::Saved;
use crate::write::WriteError;
use crate::write::Writer;

/// The most records of a call. It is Salesforce's limit.
const MAX_RECORDS: usize = 200;

type Results = Result<Json<Vec<SaveResult>>, ApiError>;

/// The body of a call.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Collection {
    #[serde(default)]
    all_or_none: bool,
    records: Vec<Map<String, Value>>,
}

/// A record, and the name of the object that its `attributes` give it.
struct Typed {
    object: String,
    record: Map<String, Value>,
}

/// `POST …/composite/sobjects`: new records.
pub(super) async fn create(
    State(sandbox): State<Sandbox>,
    _: ApiVersion,
    _: Session,
    lock: Option<Extension<RowLock>>,
    JsonBody(collection): JsonBody<Collection>,
) -> Results {
    let batch = batch(collection.all_or_none, lock.is_some());
    let records = typed(collection)?;
    write(&sandbox, batch, &records, |writer, typed| {
        let object = object_of(&sandbox.inner.schema, &typed.object)?;
        writer.create(object, &typed.record)
    })
}

/// `PATCH …/composite/sobjects`: new values for the records whose IDs are given.
pub(super) async fn update(
    State(sandbox): State<Sandbox>,
    _: ApiVersion,
    _: Session,
    lock: Option<Extension<RowLock>>,
    JsonBody(collection): JsonBody<Collection>,
) -> Results {
    let batch = batch(collection.all_or_none, lock.is_some());
    let records = typed(collection)?;
    write(&sandbox, batch, &records, |writer, typed| {
        let object = object_of(&sandbox.inner.schema, &typed.object)?;
        let mut record = typed.record.clone();
        let id = take(&mut record, "Id")
            .ok_or_else(|| WriteError::no_key("Id not specified in an update call".to_owned()))?;
        let id = own_id(object, &id)?;
        writer.update(object, &id, &record)
    })
}

/// `PATCH …/composite/sobjects/<object>/<field>`: changes the records whose keys are known, makes the others.
pub(super) async fn upsert(
    State(sandbox): State<Sandbox>,
    _: ApiVersion,
    _: Session,
    Path((_, object, key)): Path<(String, String, String)>,
    lock: Option<Extension<RowLock>>,
    JsonBody(collection): JsonBody<Collection>,
) -> Results {
    let object = find_object(&sandbox, &object)?;
    let key = find_key(object, &key)?;
    let batch = batch(collection.all_or_none, lock.is_some());
    let records = typed(collection)?;
    let given = count_keys(&records, key);
    let outcomes =
        sandbox
            .inner
            .store
            .write(&sandbox.inner.schema, batch, &records, |writer, typed| {
                if !typed.object.eq_ignore_ascii_case(object.name) {
                    return Err(WriteError::other_object(object, &typed.object));
                }
                let mut record = typed.record.clone();
                let value = take(&mut record, key.name)
                    .filter(|value| !value.is_null() && value.as_str() != Some(""))
                    .ok_or_else(|| WriteError::no_key(format!("{} not specified", key.name)))?;
                let text = text_of(&value);
                if given[&text.to_lowercase()] > 1 {
                    return Err(WriteError::key_given_twice(key, &text));
                }
                writer.upsert(object, key, &value, &record)
            })?;
    Ok(Json(
        outcomes.into_iter().map(SaveResult::of_upsert).collect(),
    ))
}

/// `DELETE …/composite/sobjects?ids=<id>,<id>&allOrNone=true`. The records may be of several objects.
pub(super) async fn delete(
    State(sandbox): State<Sandbox>,
    _: ApiVersion,
    _: Session,
    RawQuery(query): RawQuery,
    lock: Option<Extension<RowLock>>,
) -> Results {
    let ids = parameter(query.as_deref(), "ids").unwrap_or_default();
    let ids: Vec<&str> = ids
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .collect();
    if ids.is_empty() {
        let message = "ids: the IDs to delete have to be specified";
        return Err(ApiError::bad_request("MISSING_ARGUMENT", message));
    }
    check_count(ids.len(), MAX_RECORDS)?;
    let all_or_none = parameter(query.as_deref(), "allOrNone");
    let all_or_none = all_or_none.is_some_and(|text| text.eq_ignore_ascii_case("true"));
    write(
        &sandbox,
        batch(all_or_none, lock.is_some()),
        &ids,
        |writer, id| {
            let normal = record_id::normalize(id).ok_or_else(|| WriteError::malformed_id(id))?;
            let mut objects = sandbox.inner.schema.objects.iter();
            let object = objects
                .find(|object| normal.starts_with(object.key_prefix))
                .ok_or_else(WriteError::no_such_record)?;
            writer.delete(object, &normal)
        },
    )
}

/// Refuses a call with more records than `limit`.
pub(super) fn check_count(count: usize, limit: usize) -> Result<(), ApiError> {
    if count <= limit {
        return Ok(());
    }
    let message =
        format!("record limit reached. cannot submit more than {limit} records into this call");
    Err(ApiError::bad_request("EXCEEDED_ID_LIMIT", message))
}

fn batch(all_or_none: bool, first_is_locked: bool) -> Batch {
    Batch {
        all_or_none,
        first_is_locked,
    }
}

fn write<I>(
    sandbox: &Sandbox,
    batch: Batch,
    inputs: &[I],
    change: impl Fn(&Writer<'_>, &I) -> Result<Saved, WriteError>,
) -> Results {
    let inner = &sandbox.inner;
    let outcomes = inner.store.write(&inner.schema, batch, inputs, change)?;
    Ok(Json(outcomes.into_iter().map(SaveResult::of).collect()))
}

/// Every record must say what it is: `"attributes": { "type": "Account" }`. One that doesn't makes the whole call malformed.
fn typed(collection: Collection) -> Result<Vec<Typed>, ApiError> {
    check_count(collection.records.len(), MAX_RECORDS)?;
    let records = collection.records.into_iter().enumerate();
    records
        .map(|(number, record)| {
            let attributes = record.get("attributes");
            let object = attributes.and_then(|attributes| attributes["type"].as_str());
            let object = object.map(str::to_owned).ok_or_else(|| {
                let message = format!("record {number} has no attributes with a type");
                ApiError::bad_request("INVALID_INPUT", message)
            })?;
            Ok(Typed { object, record })
        })
        .collect()
}

fn object_of<'s>(schema: &'s Schema, name: &str) -> Result<&'s Object, WriteError> {
    schema
        .object(name)
        .ok_or_else(|| WriteError::no_such_object(name))
}

/// Takes a field out of a record, whatever the case of its name.
fn take(record: &mut Map<String, Value>, field: &str) -> Option<Value> {
    let name = record
        .keys()
        .find(|name| name.eq_ignore_ascii_case(field))?;
    let name = name.clone();
    record.remove(&name)
}

/// The ID of a record of `object`.
fn own_id(object: &Object, id: &Value) -> Result<String, WriteError> {
    let text = text_of(id);
    record_id::normalize(&text)
        .filter(|id| id.starts_with(object.key_prefix))
        .ok_or_else(|| WriteError::wrong_own_id(object, &text))
}

/// How often each key is given. Keys are compared as the database does it: without regard to case.
fn count_keys(records: &[Typed], key: &Field) -> HashMap<String, usize> {
    let mut given = HashMap::new();
    for typed in records {
        let value = typed
            .record
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key.name));
        if let Some((_, value)) = value {
            *given.entry(text_of(value).to_lowercase()).or_default() += 1;
        }
    }
    given
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
