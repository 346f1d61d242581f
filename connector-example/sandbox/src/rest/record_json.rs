//! Records as they stand in an answer: where they come from, then their values in the order of the query.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::json;

use super::versions::ApiVersion;
use crate::store::Cell;
use crate::store::Record;

pub(super) struct RecordJson {
    pub record: Record,
    pub version: ApiVersion,
}

impl Serialize for RecordJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Record { object, id, values } = &self.record;
        let url = format!("{}/sobjects/{object}/{id}", self.version.path());
        let mut map = serializer.serialize_map(Some(values.len() + 1))?;
        map.serialize_entry("attributes", &json!({ "type": object, "url": url }))?;
        for (name, cell) in values {
            match cell {
                Cell::Json(value) => map.serialize_entry(name, value)?,
                Cell::Content => map.serialize_entry(name, &format!("{url}/{name}"))?,
            }
        }
        map.end()
    }
}
