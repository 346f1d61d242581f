//! Writes records: in collections of up to 200, with a result for each.

use std::collections::BTreeMap;
use std::time::Duration;

use appflow_connector_sdk::Result;
use appflow_connector_sdk::http::{Repeat, Request, path_segment};
use appflow_connector_sdk::model::{ConnectorError, Record, WriteDataRequest, WriteOperationType, WriteRecordResult};
use appflow_connector_sdk::records::BatchWriter;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::records::is_record_id;
use crate::salesforce::{Fault, Organisation, check_object_name};

/// The most records that Salesforce takes in one collection.
const MAX_BATCH: usize = 200;
/// How often records that others hold locked are tried again, and how long the wait is before that.
const LOCK_TRIES: usize = 4;
const LOCK_WAIT: Duration = Duration::from_millis(250);

/// What is written, and how.
struct Write<'r> {
    organisation: &'r Organisation<'r>,
    object: &'r str,
    operation: WriteOperationType,
    /// The field that says which record is meant.
    key: Option<&'r str>,
    all_or_none: bool,
}

/// What is sent.
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
    /// The value of the key, as text.
    #[serde(skip)]
    key: Option<String>,
}

/// Salesforce's result for one record.
#[derive(Deserialize)]
struct SaveResult {
    id: Option<String>,
    success: bool,
    #[serde(default)]
    errors: Vec<Fault>,
}

impl Organisation<'_> {
    /// Writes a request's records. What an insert has written must not be written again; all else may.
    pub(crate) async fn write(&self, request: &WriteDataRequest) -> Result<Vec<WriteRecordResult>> {
        let write = Write::new(self, request)?;
        let rows = request.records.iter().map(|record| write.row(record));
        BatchWriter::builder()
            .max_records(MAX_BATCH)
            .all_or_none(write.all_or_none)
            .is_idempotent(write.operation != WriteOperationType::Insert)
            .build()
            .write(rows, |row| row.key.clone(), |batch| write.batch(batch))
            .await
    }
}

impl<'r> Write<'r> {
    fn new(organisation: &'r Organisation<'r>, request: &'r WriteDataRequest) -> Result<Self> {
        check_object_name(&request.entity_identifier)?;
        let operation = request.operation.unwrap_or(WriteOperationType::Insert);
        let keys = request.id_field_names.as_deref().unwrap_or_default();
        let key = match (operation, keys) {
            (WriteOperationType::Insert, _) => None,
            (WriteOperationType::Upsert, [key]) => Some(key.as_str()),
            (WriteOperationType::Update | WriteOperationType::Delete, keys) if keys.iter().all(|key| key == "Id") => Some("Id"),
            (WriteOperationType::Upsert, _) => {
                return Err(ConnectorError::invalid_argument("an upsert needs one id field: Id or an external id"));
            }
            _ => return Err(ConnectorError::invalid_argument("records are updated and deleted by their Id")),
        };
        Ok(Self {
            organisation,
            object: &request.entity_identifier,
            operation,
            key,
            all_or_none: request.all_or_none.unwrap_or_default(),
        })
    }

    /// Reads a record. The error says why it cannot be sent.
    fn row(&self, record: &Record) -> std::result::Result<Row, String> {
        let mut fields: BTreeMap<String, Box<RawValue>> = record.parse().map_err(|error| error.to_string())?;
        let key = |name: &str| {
            let raw = fields.get(name).map(|value| value.get());
            let raw = raw.filter(|raw| *raw != "null").ok_or_else(|| format!("the record has no {name}"))?;
            Ok::<String, String>(serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned()))
        };
        let key = self.key.map(key).transpose()?;
        if let (WriteOperationType::Delete, Some(id)) = (self.operation, &key)
            && !is_record_id(id)
        {
            return Err("the record's Id is none of Salesforce's".to_owned());
        }
        // The object's name has nothing that JSON would escape.
        let attributes = RawValue::from_string(format!(r#"{{"type":"{}"}}"#, self.object));
        fields.insert("attributes".to_owned(), attributes.map_err(|error| error.to_string())?);
        Ok(Row { fields, key })
    }

    /// Writes a batch, and once more those of its records that were locked.
    async fn batch(&self, rows: Vec<Row>) -> Result<Vec<WriteRecordResult>> {
        let mut results = self.send(&rows.iter().collect::<Vec<_>>()).await?;
        for _ in 0..LOCK_TRIES {
            let is_locked = |result: &SaveResult| result.has_failed_with("UNABLE_TO_LOCK_ROW");
            if !results.iter().any(is_locked) || self.organisation.http.time_left() < 4 * LOCK_WAIT {
                break;
            }
            tokio::time::sleep(LOCK_WAIT).await;
            // All or none: the others were undone.
            let again = |place: &usize| self.all_or_none || is_locked(&results[*place]);
            let places: Vec<usize> = (0..rows.len()).filter(again).collect();
            let Ok(retried) = self.send(&places.iter().map(|place| &rows[*place]).collect::<Vec<_>>()).await else {
                break;
            };
            for (place, result) in places.into_iter().zip(retried) {
                results[place] = result;
            }
        }
        Ok(results.into_iter().map(|result| self.result(result)).collect())
    }

    async fn send(&self, rows: &[&Row]) -> Result<Vec<SaveResult>> {
        let body = Collection { all_or_none: self.all_or_none, records: rows };
        let request = match self.operation {
            // An insert that may have been carried out must not be sent again.
            WriteOperationType::Insert => Request::post("composite/sobjects").json(&body).repeat(Repeat::IfRefused),
            WriteOperationType::Update => Request::patch("composite/sobjects").json(&body).repeat(Repeat::Always),
            WriteOperationType::Upsert => {
                let key = path_segment(self.key.unwrap_or_default())?;
                let path = format!("composite/sobjects/{}/{key}", self.object);
                Request::patch(path).json(&body).repeat(Repeat::Always)
            }
            WriteOperationType::Delete => {
                let ids: Vec<&str> = rows.iter().filter_map(|row| row.key.as_deref()).collect();
                Request::delete("composite/sobjects").query("ids", ids.join(",")).query("allOrNone", self.all_or_none)
            }
        };
        self.organisation.http.fetch(request).await
    }

    fn result(&self, result: SaveResult) -> WriteRecordResult {
        // It may have been this very call that deleted it, at an earlier try.
        let is_gone = self.operation == WriteOperationType::Delete && result.has_failed_with("ENTITY_IS_DELETED");
        if result.success || is_gone {
            return WriteRecordResult { is_success: true, record_id: result.id, error_message: None };
        }
        let message = result.errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        WriteRecordResult { is_success: false, record_id: result.id, error_message: Some(message) }
    }
}

impl SaveResult {
    fn has_failed_with(&self, status_code: &str) -> bool {
        self.errors.iter().any(|error| error.error_code == status_code)
    }
}
