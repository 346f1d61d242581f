//! Writes records: in collections of up to 200, with a result for each.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use appflow_connector_sdk::Result;
use appflow_connector_sdk::http::{Repeat, path_segment};
use appflow_connector_sdk::model::{
    ConnectorError, ErrorCode, Record, WriteDataRequest, WriteOperationType, WriteRecordResult,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::metadata::check_object_name;
use crate::records::is_record_id;
use crate::salesforce::Organisation;

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
struct Collection<'a, 'r> {
    all_or_none: bool,
    records: &'a [&'a Row<'r>],
}

/// A record as it is sent.
#[derive(Serialize)]
struct Row<'r> {
    attributes: Attributes<'r>,
    #[serde(flatten)]
    fields: BTreeMap<String, Box<RawValue>>,
    /// The value of the key, as text.
    #[serde(skip)]
    key: Option<String>,
}

#[derive(Serialize)]
struct Attributes<'r> {
    r#type: &'r str,
}

/// Salesforce's result for one record.
#[derive(Deserialize)]
struct SaveResult {
    id: Option<String>,
    success: bool,
    #[serde(default)]
    errors: Vec<SaveError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SaveError {
    status_code: String,
    message: String,
}

impl Organisation<'_> {
    /// Writes a request's records. After a batch that failed, the rest is not attempted.
    pub(crate) async fn write(&self, request: &WriteDataRequest) -> Result<Vec<WriteRecordResult>> {
        let write = Write::new(self, request)?;
        let mut results: Vec<Option<WriteRecordResult>> = Vec::new();
        let mut rows = Vec::new();
        for (index, record) in request.records.iter().enumerate() {
            let row = write.row(record);
            results.push(row.as_ref().err().map(|problem| failed(problem)));
            rows.extend(row.ok().map(|row| (index, row)));
        }

        let mut was_sent = false;
        for batch in batches(rows) {
            let (places, rows): (Vec<usize>, Vec<Row<'_>>) = batch.into_iter().unzip();
            let (outcome, is_over) = match write.batch(&rows).await {
                Ok(results) => {
                    let has_failed = results.iter().any(|result| !result.is_success);
                    (results, write.all_or_none && has_failed)
                }
                // Nothing was written, or can be written again: AppFlow may call again with all records.
                Err(error) if !was_sent && write.may_be_repeated_after(&error) => {
                    return Err(error);
                }
                Err(error) => (rows.iter().map(|_| failed(error.message())).collect(), true),
            };
            was_sent = true;
            for (place, result) in places.into_iter().zip(outcome) {
                results[place] = Some(result);
            }
            if is_over {
                break;
            }
        }
        let not_attempted =
            || failed("not attempted, because records before it could not be written");
        Ok(results
            .into_iter()
            .map(|result| result.unwrap_or_else(not_attempted))
            .collect())
    }
}

impl<'r> Write<'r> {
    fn new(organisation: &'r Organisation<'r>, request: &'r WriteDataRequest) -> Result<Self> {
        check_object_name(&request.entity_identifier)?;
        let operation = request.operation.unwrap_or(WriteOperationType::Insert);
        let keys = request.id_field_names.as_deref().unwrap_or_default();
        let key = match (operation, keys) {
            (WriteOperationType::Insert, _) => None,
            (WriteOperationType::Update | WriteOperationType::Delete, []) => Some("Id"),
            (WriteOperationType::Update | WriteOperationType::Delete, [key]) if key == "Id" => {
                Some("Id")
            }
            (WriteOperationType::Upsert, [key]) => Some(key.as_str()),
            (WriteOperationType::Upsert, _) => {
                return Err(ConnectorError::invalid_argument(
                    "an upsert needs one id field: Id or an external id",
                ));
            }
            _ => {
                return Err(ConnectorError::invalid_argument(
                    "records are updated and deleted by their Id",
                ));
            }
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
    fn row(&self, record: &Record) -> std::result::Result<Row<'r>, String> {
        let mut fields: BTreeMap<String, Box<RawValue>> =
            record.parse().map_err(|error| error.to_string())?;
        fields.remove("attributes");
        let key = match self.key {
            None => None,
            Some(name) => {
                let raw = fields.get(name).map(|value| value.get());
                let raw = raw
                    .filter(|raw| *raw != "null")
                    .ok_or_else(|| format!("the record has no {name}"))?;
                Some(serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned()))
            }
        };
        if let (WriteOperationType::Delete, Some(id)) = (self.operation, &key)
            && !is_record_id(id)
        {
            return Err("the record's Id is none of Salesforce's".to_owned());
        }
        Ok(Row {
            attributes: Attributes {
                r#type: self.object,
            },
            fields,
            key,
        })
    }

    /// Writes a batch, and once more those of its records that were locked.
    async fn batch(&self, rows: &[Row<'_>]) -> Result<Vec<WriteRecordResult>> {
        let mut results = self.send(&rows.iter().collect::<Vec<_>>()).await?;
        for _ in 0..LOCK_TRIES {
            let is_locked = |result: &SaveResult| result.has_failed_with("UNABLE_TO_LOCK_ROW");
            if !results.iter().any(is_locked) || self.organisation.http.time_left() < 4 * LOCK_WAIT
            {
                break;
            }
            tokio::time::sleep(LOCK_WAIT).await;
            // All or none: the others were undone.
            let again = |place: &usize| self.all_or_none || is_locked(&results[*place]);
            let places: Vec<usize> = (0..rows.len()).filter(again).collect();
            let Ok(retried) = self
                .send(&places.iter().map(|place| &rows[*place]).collect::<Vec<_>>())
                .await
            else {
                break;
            };
            for (place, result) in places.into_iter().zip(retried) {
                results[place] = result;
            }
        }
        Ok(results
            .into_iter()
            .map(|result| self.result(result))
            .collect())
    }

    async fn send(&self, rows: &[&Row<'_>]) -> Result<Vec<SaveResult>> {
        let body = Collection {
            all_or_none: self.all_or_none,
            records: rows,
        };
        let request = match self.operation {
            // An insert that may have been carried out must not be sent again.
            WriteOperationType::Insert => self
                .organisation
                .post("composite/sobjects")
                .json(&body)
                .repeat(Repeat::IfRefused),
            WriteOperationType::Update => self
                .organisation
                .patch("composite/sobjects")
                .json(&body)
                .repeat(Repeat::Always),
            WriteOperationType::Upsert => {
                let key = path_segment(self.key.unwrap_or_default())?;
                let path = format!("composite/sobjects/{}/{key}", self.object);
                self.organisation
                    .patch(&path)
                    .json(&body)
                    .repeat(Repeat::Always)
            }
            WriteOperationType::Delete => {
                let ids: Vec<&str> = rows.iter().filter_map(|row| row.key.as_deref()).collect();
                let request = self.organisation.delete("composite/sobjects");
                request
                    .query("ids", ids.join(","))
                    .query("allOrNone", self.all_or_none)
            }
        };
        request
            .read(|answer| {
                let results: Vec<SaveResult> = answer.json()?;
                if results.len() == rows.len() {
                    return Ok(results);
                }
                let (found, sent) = (results.len(), rows.len());
                Err(ConnectorError::server_error(format!(
                    "Salesforce answered {found} results for {sent} records"
                )))
            })
            .await
    }

    fn result(&self, result: SaveResult) -> WriteRecordResult {
        // It may have been this very call that deleted it, at an earlier try.
        let is_gone = self.operation == WriteOperationType::Delete
            && result.has_failed_with("ENTITY_IS_DELETED");
        if result.success || is_gone {
            return WriteRecordResult {
                is_success: true,
                record_id: result.id,
                error_message: None,
            };
        }
        let errors = result
            .errors
            .iter()
            .map(|error| format!("{}: {}", error.status_code, error.message));
        WriteRecordResult {
            record_id: result.id,
            ..failed(errors.collect::<Vec<_>>().join("; "))
        }
    }

    /// Whether the same records may be sent once more after the first batch ended so.
    fn may_be_repeated_after(&self, error: &ConnectorError) -> bool {
        let is_unclear = matches!(
            error.code(),
            ErrorCode::RequestTimeout | ErrorCode::ServiceUnavailable | ErrorCode::ServerError
        );
        self.operation != WriteOperationType::Insert || !is_unclear
    }
}

impl SaveResult {
    fn has_failed_with(&self, status_code: &str) -> bool {
        self.errors
            .iter()
            .any(|error| error.status_code == status_code)
    }
}

/// Rows with their places, in batches in which no key comes twice: Salesforce refuses those.
fn batches(rows: Vec<(usize, Row<'_>)>) -> Vec<Vec<(usize, Row<'_>)>> {
    let mut batches: Vec<Vec<(usize, Row<'_>)>> = Vec::new();
    let mut keys = HashSet::new();
    for (place, row) in rows {
        let is_new = row
            .key
            .as_ref()
            .is_none_or(|key| keys.insert(key.to_lowercase()));
        match batches.last_mut() {
            Some(batch) if is_new && batch.len() < MAX_BATCH => batch.push((place, row)),
            _ => {
                keys = row.key.iter().map(|key| key.to_lowercase()).collect();
                batches.push(vec![(place, row)]);
            }
        }
    }
    batches
}

fn failed(message: impl Into<String>) -> WriteRecordResult {
    WriteRecordResult {
        is_success: false,
        record_id: None,
        error_message: Some(message.into()),
    }
}
