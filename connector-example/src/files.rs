//! The bodies of files, such as `ContentVersion.VersionData` and `Attachment.Body`. A query returns
//! their URLs, and each body is a request of its own.

use std::collections::{BTreeMap, HashSet};

use appflow_connector_sdk::Result;
use appflow_connector_sdk::http::Request;
use appflow_connector_sdk::model::limits::MAX_RESPONSE_BYTES;
use appflow_connector_sdk::model::{ConnectorError, EntityDefinition, FieldDefinition, Record};
use appflow_connector_sdk::queryfilter::translate::Soql;
use appflow_connector_sdk::records::Row;
use serde_json::value::{RawValue, to_raw_value};

use crate::salesforce::Organization;

/// The maximum number of records with files in a page.
pub(crate) const MAX_FILES: usize = 20;

/// Returns whether a field holds a file's body.
pub(crate) fn is_file(field: &FieldDefinition) -> bool {
    Soql::field_type(field) == Some("base64")
}

/// Returns the selected fields. Files can be selected by name although they are not offered.
pub(crate) fn select<'e>(
    entity: &'e EntityDefinition,
    names: Option<&[String]>,
) -> Result<Vec<&'e FieldDefinition>> {
    let names = names.unwrap_or_default();
    let wanted: HashSet<&str> = names.iter().map(String::as_str).collect();
    let is_named =
        |field: &&FieldDefinition| is_file(field) && wanted.contains(field.field_name.as_str());
    let mut fields: Vec<&FieldDefinition> = entity.fields.iter().filter(is_named).collect();
    let files: HashSet<&str> = fields
        .iter()
        .map(|field| field.field_name.as_str())
        .collect();
    let others = names.iter().filter(|name| !files.contains(name.as_str()));
    let others: Vec<String> = others.cloned().collect();
    if fields.is_empty() || !others.is_empty() {
        fields.extend(entity.select(Some(&others))?);
    }
    Ok(fields)
}

impl Organization<'_> {
    /// Puts the bodies of files into the records, until they would fill a response. Returns the
    /// rows that have theirs, at least one.
    pub(crate) async fn with_files(&self, rows: Vec<Row>, fields: &[&str]) -> Result<Vec<Row>> {
        let mut bytes = 0;
        let mut filled = Vec::new();
        for mut row in rows {
            if let Some(record) = &mut row.record {
                *record = self.with_files_of(record, fields).await?;
                bytes += record.as_str().len();
            }
            if bytes > MAX_RESPONSE_BYTES && !filled.is_empty() {
                break;
            }
            filled.push(row);
        }
        Ok(filled)
    }

    async fn with_files_of(&self, record: &Record, fields: &[&str]) -> Result<Record> {
        let unreadable = |error| ConnectorError::server_error(format!("a record: {error}"));
        let mut values: BTreeMap<String, Box<RawValue>> = record.parse().map_err(unreadable)?;
        for field in fields {
            let Some(value) = values.get_mut(*field) else {
                continue;
            };
            if let Ok(Some(url)) = serde_json::from_str::<Option<String>>(value.get()) {
                let file = self.http.send(Request::get(url)).await?;
                let bytes = file.body().len().div_ceil(3) * 4;
                if bytes > MAX_RESPONSE_BYTES {
                    return Err(ConnectorError::invalid_argument(format!(
                        "a file in `{field}` is too large: as base64 it has {bytes} bytes, a \
                         response at most {MAX_RESPONSE_BYTES}: filter it out"
                    )));
                }
                *value = to_raw_value(&file.base64())
                    .map_err(|error| ConnectorError::server_error(error.to_string()))?;
            }
        }
        Record::from_value(&values).map_err(unreadable)
    }
}
