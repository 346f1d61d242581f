//! Records and results of writes, as responses contain them.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::http::request::ApiVersion;
use crate::store::record::{Cell, Record};
use crate::write::error::WriteError;
use crate::write::writer::Saved;

pub(super) struct RecordJson {
    pub record: Record,
    pub version: ApiVersion,
}

impl Serialize for RecordJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Versioned(&self.record, self.version).serialize(serializer)
    }
}

/// A record and the version in its URL.
struct Versioned<'r>(&'r Record, ApiVersion);

impl Serialize for Versioned<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(Record { object, id, values }, version) = self;
        let url = format!("{}/sobjects/{object}/{id}", version.path());
        let mut map = serializer.serialize_map(Some(values.len() + 1))?;
        map.serialize_entry("attributes", &json!({ "type": object, "url": url }))?;
        for (name, cell) in values {
            match cell {
                Cell::Json(value) => map.serialize_entry(name, value)?,
                Cell::Content => map.serialize_entry(name, &format!("{url}/{name}"))?,
                Cell::Parent(parent) => {
                    let parent = parent.as_deref().map(|parent| Versioned(parent, *version));
                    map.serialize_entry(name, &parent)?;
                }
            }
        }
        map.end()
    }
}

#[derive(Debug, Serialize)]
pub(super) struct SaveResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    success: bool,
    errors: Vec<SaveError>,
    /// Only an upsert says whether the record is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SaveError {
    status_code: &'static str,
    message: String,
    fields: Vec<&'static str>,
}

impl SaveResult {
    pub(super) fn of(outcome: Result<Saved, WriteError>) -> Self {
        match outcome {
            Ok(saved) => Self {
                id: Some(saved.id),
                success: true,
                errors: Vec::new(),
                created: None,
            },
            Err(error) => Self {
                id: None,
                success: false,
                errors: vec![SaveError {
                    status_code: error.code,
                    message: error.message,
                    fields: error.fields,
                }],
                created: None,
            },
        }
    }

    pub(super) fn of_upsert(outcome: Result<Saved, WriteError>) -> Self {
        let created = outcome.as_ref().ok().map(|saved| saved.created);
        Self {
            created,
            ..Self::of(outcome)
        }
    }
}
