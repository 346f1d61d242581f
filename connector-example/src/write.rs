//! Writes records in collections of up to 200, and returns a result for each record.

use std::collections::BTreeMap;

use appflow_connector_sdk::Result;
use appflow_connector_sdk::http::{Repeat, Request, path_segment};
use appflow_connector_sdk::model::{
    ConnectorError, List, Record, WriteDataRequest, WriteOperationType, WriteRecordResult,
};
use appflow_connector_sdk::queryfilter::translate::Soql;
use appflow_connector_sdk::records::{BatchWriter, RecordResult};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::records::is_record_id;
use crate::salesforce::{Fault, Organization};

/// The maximum number of records that Salesforce accepts in one collection.
const MAX_BATCH: usize = 200;

/// The maximum number of errors of one record that are read.
const MAX_FAULTS: usize = 1_000;

/// What to write, and how.
struct Write<'r> {
    organization: &'r Organization<'r>,
    object: &'r str,
    operation: WriteOperationType,
    /// The field that identifies a record. `None` for an insert.
    key: Option<&'r str>,
    all_or_none: bool,
}

/// A request's body.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Collection<'a> {
    all_or_none: bool,
    records: &'a [&'a Row],
}

/// A record as it is sent.
#[derive(Serialize)]
#[serde(transparent)]
struct Row {
    fields: BTreeMap<String, Box<RawValue>>,
    /// The value of the key field, as text.
    #[serde(skip)]
    key: Option<String>,
}

/// Salesforce's result for one record.
#[derive(Deserialize)]
struct SaveResult {
    id: Option<String>,
    success: bool,
    #[serde(default)]
    errors: List<Fault, MAX_FAULTS>,
}

impl Organization<'_> {
    /// Writes a request's records. Only an insert must not be repeated.
    pub(crate) async fn write(&self, request: &WriteDataRequest) -> Result<Vec<WriteRecordResult>> {
        let write = Write::new(self, request)?;
        let records = &request.records;
        let rows = (0..records.len()).map(|index| write.row(&records[index]));
        BatchWriter::builder()
            .max_records(MAX_BATCH)
            .all_or_none(write.all_or_none)
            .is_idempotent(write.operation != WriteOperationType::Insert)
            .deadline(self.http.deadline())
            .build()
            .write(
                rows,
                |row| row.key.clone(),
                |rows| write.send(write.request(rows)),
            )
            .await
    }
}

impl<'r> Write<'r> {
    fn new(organization: &'r Organization<'r>, request: &'r WriteDataRequest) -> Result<Self> {
        Soql::check_name(&request.entity_identifier)?;
        let operation = request.operation.unwrap_or(WriteOperationType::Insert);
        let id_fields = request.id_field_names.as_deref().unwrap_or_default();
        let key = match (operation, id_fields) {
            (WriteOperationType::Insert, _) => None,
            (WriteOperationType::Upsert, [key]) => Some(key.as_str()),
            (WriteOperationType::Upsert, _) => {
                return Err(ConnectorError::invalid_argument(
                    "an upsert needs one id field: Id or an external id",
                ));
            }
            (_, keys) if keys.iter().all(|key| key == "Id") => Some("Id"),
            _ => {
                return Err(ConnectorError::invalid_argument(
                    "an update or delete needs the id field Id",
                ));
            }
        };
        Ok(Self {
            organization,
            object: &request.entity_identifier,
            operation,
            key,
            all_or_none: request.all_or_none.unwrap_or_default(),
        })
    }

    /// Reads a record. The error says why it cannot be sent.
    fn row(&self, record: &Record) -> std::result::Result<Row, String> {
        let parsed: std::result::Result<BTreeMap<String, Box<RawValue>>, _> = record.parse();
        let mut fields = parsed.map_err(|error| error.to_string())?;
        let key = match self.key {
            Some(name) => Some(key_value(&fields, name)?),
            None => None,
        };
        if self.operation == WriteOperationType::Delete && !key.as_deref().is_some_and(is_record_id)
        {
            return Err("the record's Id is not a valid Salesforce id".to_owned());
        }
        // An object's name has no characters that JSON would escape.
        let attributes = RawValue::from_string(format!(r#"{{"type":"{}"}}"#, self.object));
        let attributes = attributes.map_err(|error| error.to_string())?;
        fields.insert("attributes".to_owned(), attributes);
        Ok(Row { fields, key })
    }

    fn request(&self, rows: &[&Row]) -> Result<Request> {
        let body = Collection {
            all_or_none: self.all_or_none,
            records: rows,
        };
        let collections = &self.organization.collections;
        let request = match self.operation {
            // Salesforce may have carried out an insert whose response is lost.
            WriteOperationType::Insert => Request::post(collections)
                .json(&body)
                .repeat(Repeat::IfRefused),
            WriteOperationType::Update => Request::patch(collections)
                .json(&body)
                .repeat(Repeat::Always),
            WriteOperationType::Upsert => {
                let key = path_segment(self.key.unwrap_or_default())?;
                Request::patch(format!("{collections}/{}/{key}", self.object))
                    .json(&body)
                    .repeat(Repeat::Always)
            }
            WriteOperationType::Delete => {
                let ids: Vec<&str> = rows.iter().filter_map(|row| row.key.as_deref()).collect();
                Request::delete(collections)
                    .query("ids", ids.join(","))
                    .query("allOrNone", self.all_or_none)
            }
        };
        Ok(if self.organization.allows_duplicates {
            request.header("Sforce-Duplicate-Rule-Header", "allowSave=true")
        } else {
            request
        })
    }

    async fn send(&self, request: Result<Request>) -> Result<Vec<RecordResult>> {
        let results: List<SaveResult, MAX_BATCH> = self.organization.http.fetch(request?).await?;
        Ok(results
            .into_iter()
            .map(|result| self.result(result))
            .collect())
    }

    fn result(&self, result: SaveResult) -> RecordResult {
        // An earlier attempt of this request may have deleted the record.
        let is_gone = self.operation == WriteOperationType::Delete
            && result.has_failed_with("ENTITY_IS_DELETED");
        if result.success || is_gone {
            return RecordResult::from(WriteRecordResult {
                is_success: true,
                record_id: result.id,
                error_message: None,
            });
        }
        let is_locked = result.has_failed_with("UNABLE_TO_LOCK_ROW");
        let messages: Vec<String> = result.errors.iter().map(ToString::to_string).collect();
        let failed = WriteRecordResult {
            record_id: result.id,
            ..WriteRecordResult::failed(messages.join("; "))
        };
        if is_locked {
            return RecordResult::retryable(failed);
        }
        failed.into()
    }
}

impl SaveResult {
    fn has_failed_with(&self, status_code: &str) -> bool {
        let mut errors = self.errors.iter();
        errors.any(|error| *error.error_code == *status_code)
    }
}

/// Returns the value of a record's key field as text.
fn key_value(
    fields: &BTreeMap<String, Box<RawValue>>,
    name: &str,
) -> std::result::Result<String, String> {
    match fields.get(name).map(|value| value.get()) {
        None | Some("null") => Err(format!("the record has no {name}")),
        // A string loses its quotes; any other value is taken as it is written.
        Some(raw) => Ok(serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned())),
    }
}
