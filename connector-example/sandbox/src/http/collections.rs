//! Many records in one call: up to 200 written, `…/composite/sobjects`, up to 2,000 retrieved,
//! `…/composite/sobjects/<object>`.
//!
//! A call that writes succeeds with one result for each record, in the order of the request.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::http::error::ApiError;
use crate::http::lookup::{find_field, find_key, find_object};
use crate::http::request::{ApiVersion, JsonBody, Session, WriteOptions, parameter};
use crate::http::results::{RecordJson, SaveResult};
use crate::organization::Organization;
use crate::record_id;
use crate::schema::catalog::Schema;
use crate::schema::field::Field;
use crate::schema::object::Object;
use crate::schema::selection::Selected;
use crate::write::error::WriteError;
use crate::write::value::column_value;
use crate::write::writer::write_all;
use crate::write::writer::{Batch, Saved, Writer};

/// The maximum number of records of a call that writes. It is Salesforce's limit.
const MAX_WRITTEN: usize = 200;

type Results = Result<Json<Vec<SaveResult>>, ApiError>;

/// The body of a call.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Collection {
    #[serde(default)]
    all_or_none: bool,
    records: Vec<Map<String, Value>>,
}

/// A record, and the name of the object in its `attributes`.
struct Typed {
    object: String,
    record: Map<String, Value>,
}

/// `POST …/composite/sobjects`: creates records.
pub(super) async fn create(
    State(organization): State<Arc<Organization>>,
    _: ApiVersion,
    _: Session,
    options: WriteOptions,
    JsonBody(collection): JsonBody<Collection>,
) -> Results {
    let batch = batch(collection.all_or_none, options);
    let records = typed(&organization, collection)?;
    write(&organization, batch, &records, |writer, typed| {
        let object = object_of(&organization.schema, &typed.object)?;
        writer.create(object, &typed.record)
    })
}

/// `PATCH …/composite/sobjects`: updates the records with the given IDs.
pub(super) async fn update(
    State(organization): State<Arc<Organization>>,
    _: ApiVersion,
    _: Session,
    options: WriteOptions,
    JsonBody(collection): JsonBody<Collection>,
) -> Results {
    let batch = batch(collection.all_or_none, options);
    let records = typed(&organization, collection)?;
    write(&organization, batch, &records, |writer, typed| {
        let object = object_of(&organization.schema, &typed.object)?;
        let mut record = typed.record.clone();
        let id = take(&mut record, "Id")
            .ok_or_else(|| WriteError::no_key("Id not specified in an update call".to_owned()))?;
        let id = own_id(object, &id)?;
        writer.update(object, &id, &record)
    })
}

/// `PATCH …/composite/sobjects/<object>/<field>`: updates the records whose keys exist and creates
/// the others.
pub(super) async fn upsert(
    State(organization): State<Arc<Organization>>,
    _: ApiVersion,
    _: Session,
    Path((_, object, key)): Path<(String, String, String)>,
    options: WriteOptions,
    JsonBody(collection): JsonBody<Collection>,
) -> Results {
    let object = find_object(&organization, &object)?;
    let key = find_key(object, &key)?;
    let batch = batch(collection.all_or_none, options);
    let records = typed(&organization, collection)?;
    let given = count_keys(&records, key);
    let outcomes = write_all(
        &organization.store,
        &organization.schema,
        batch,
        &records,
        |writer, typed| {
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
        },
    )?;
    Ok(Json(
        outcomes.into_iter().map(SaveResult::of_upsert).collect(),
    ))
}

/// `DELETE …/composite/sobjects?ids=<id>,<id>&allOrNone=true`. The records may belong to several
/// objects.
pub(super) async fn delete(
    State(organization): State<Arc<Organization>>,
    _: ApiVersion,
    _: Session,
    RawQuery(query): RawQuery,
    options: WriteOptions,
) -> Results {
    let ids = parameter(query.as_deref(), "ids").unwrap_or_default();
    let ids: Vec<&str> = ids
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .collect();
    if ids.is_empty() {
        let message = "ids: the IDs to delete must be specified";
        return Err(ApiError::bad_request("MISSING_ARGUMENT", message));
    }
    check_count(ids.len(), MAX_WRITTEN)?;
    let all_or_none = parameter(query.as_deref(), "allOrNone");
    let all_or_none = all_or_none.is_some_and(|text| text.eq_ignore_ascii_case("true"));
    write(
        &organization,
        batch(all_or_none, options),
        &ids,
        |writer, id| {
            let normal = record_id::normalize(id).ok_or_else(|| WriteError::malformed_id(id))?;
            let mut objects = organization.schema.objects.iter();
            let object = objects
                .find(|object| normal.starts_with(object.key_prefix))
                .ok_or_else(WriteError::no_such_record)?;
            writer.delete(object, &normal)
        },
    )
}

/// Refuses a call with more than `limit` records.
pub(super) fn check_count(count: usize, limit: usize) -> Result<(), ApiError> {
    if count <= limit {
        return Ok(());
    }
    let message =
        format!("record limit reached. cannot submit more than {limit} records into this call");
    Err(ApiError::bad_request("EXCEEDED_ID_LIMIT", message))
}

fn batch(all_or_none: bool, options: WriteOptions) -> Batch {
    Batch {
        all_or_none,
        first_is_locked: options.first_is_locked,
        allow_duplicates: options.allow_duplicates,
    }
}

fn write<I>(
    organization: &Organization,
    batch: Batch,
    inputs: &[I],
    change: impl Fn(&Writer<'_>, &I) -> Result<Saved, WriteError>,
) -> Results {
    let outcomes = write_all(
        &organization.store,
        &organization.schema,
        batch,
        inputs,
        change,
    )?;
    Ok(Json(outcomes.into_iter().map(SaveResult::of).collect()))
}

/// Every record must name its object: `"attributes": { "type": "Account" }`. A record that does not
/// makes the whole call invalid.
fn typed(organization: &Organization, collection: Collection) -> Result<Vec<Typed>, ApiError> {
    check_count(collection.records.len(), MAX_WRITTEN)?;
    let records = collection.records.into_iter().enumerate();
    let records: Vec<Typed> = records
        .map(|(number, record)| {
            let attributes = record.get("attributes");
            let object = attributes.and_then(|attributes| attributes["type"].as_str());
            let object = object.map(str::to_owned).ok_or_else(|| {
                let message = format!("record {number} lacks `attributes.type`");
                ApiError::bad_request("INVALID_INPUT", message)
            })?;
            Ok(Typed { object, record })
        })
        .collect::<Result<_, ApiError>>()?;
    if organization.config.strict_collections {
        check_types(&organization.schema, &records)?;
    }
    Ok(records)
}

/// Refuses the whole call if a value is not of the type of its field.
fn check_types(schema: &Schema, records: &[Typed]) -> Result<(), ApiError> {
    for Typed { object, record } in records {
        let Some(object) = schema.object(object) else {
            continue;
        };
        for (name, value) in record {
            if let Some(field) = object.field(name)
                && let Err(error) = column_value(field, value)
                && error.code == WriteError::WRONG_TYPE
            {
                return Err(error.into());
            }
        }
    }
    Ok(())
}

fn object_of<'s>(schema: &'s Schema, name: &str) -> Result<&'s Object, WriteError> {
    schema
        .object(name)
        .ok_or_else(|| WriteError::no_such_object(name))
}

/// Removes a field from a record and returns its value. Ignores the case of the name.
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

/// Counts how often each key occurs. Keys are compared as the database does it, ignoring case.
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

/// The maximum number of records of a retrieval. It is Salesforce's limit. A GET reaches the limit
/// of the URI's length before.
const MAX_RETRIEVED: usize = 2_000;

/// The requested records and fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    ids: Vec<String>,
    fields: Vec<String>,
}

type Records = Result<Json<Vec<Option<RecordJson>>>, ApiError>;

/// `GET …/composite/sobjects/<object>?ids=<id>,<id>&fields=Id,Name`.
pub(super) async fn retrieve_by_query(
    State(organization): State<Arc<Organization>>,
    version: ApiVersion,
    _: Session,
    Path((_, object)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Records {
    let list = |name| -> Vec<String> {
        let text = parameter(query.as_deref(), name).unwrap_or_default();
        let items = text.split(',').map(str::trim);
        items
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let wanted = Wanted {
        ids: list("ids"),
        fields: list("fields"),
    };
    retrieve(&organization, version, &object, &wanted)
}

/// `POST …/composite/sobjects/<object>` with `{"ids": […], "fields": […]}`.
pub(super) async fn retrieve_by_body(
    State(organization): State<Arc<Organization>>,
    version: ApiVersion,
    _: Session,
    Path((_, object)): Path<(String, String)>,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Records {
    retrieve(&organization, version, &object, &wanted)
}

/// Returns one record for each ID, in order; null for a text that is not a valid ID and for an ID
/// without a record.
fn retrieve(
    organization: &Organization,
    version: ApiVersion,
    object: &str,
    wanted: &Wanted,
) -> Records {
    let object = find_object(organization, object)?;
    for (name, list) in [("ids", &wanted.ids), ("fields", &wanted.fields)] {
        if list.is_empty() {
            let message = format!("{name}: at least one must be specified");
            return Err(ApiError::bad_request("MISSING_ARGUMENT", message));
        }
    }
    check_count(wanted.ids.len(), MAX_RETRIEVED)?;
    let selection = wanted
        .fields
        .iter()
        .map(|name| Ok(Selected::Field(find_field(object, name)?.clone())))
        .collect::<Result<Vec<_>, ApiError>>()?;
    let ids: Vec<Option<String>> = wanted
        .ids
        .iter()
        .map(|id| record_id::normalize(id))
        .collect();
    let known: Vec<String> = ids.iter().flatten().cloned().collect();
    let records = organization
        .store
        .records(object, &selection, &known, false)?;
    let by_id: HashMap<String, _> = known.into_iter().zip(records).collect();
    let records = ids.into_iter().map(|id| {
        let record = by_id.get(&id?)?.clone()?;
        Some(RecordJson { record, version })
    });
    Ok(Json(records.collect()))
}
