//! From a request to write records to the results.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Instant;

use appflow_connector_model::{
    ConnectorError, EntityDefinition, FieldDefinition, RawValue, Record, WriteDataRequest,
    WriteOperationType, WriteRecordResult,
};
use serde::Serialize;

use super::row_reader::key_text;
use super::write_each::write_all;
use crate::entities::key_of;
use crate::results::Result;

/// A write, from its request to the results, for the usual case: the application takes one record
/// in each request.
///
/// The request is checked against the entity: whether it can be written, with this operation, and
/// by these id fields. A record with a field that the entity does not have, or that this operation
/// cannot write, fails with a message that says so; so does a record without its key, except in an
/// insert or upsert.
///
/// ```no_run
/// # use appflow_connector_model::{EntityDefinition, WriteDataRequest, WriteRecordResult};
/// # use appflow_connector_runtime::records::{Write, WriteRow};
/// # use appflow_connector_runtime::{Invocation, Result};
/// # async fn send(method: &str, path: String, body: &WriteRow) -> Result<String> { todo!() }
/// # async fn write_data(request: WriteDataRequest, invocation: &Invocation, contact: &EntityDefinition) -> Result<Vec<WriteRecordResult>> {
/// Write::new(&request, contact)?
///     .each(8, invocation.deadline(), async |row: &WriteRow| {
///         let id = match row.id() {
///             None => send("POST", "contacts".to_owned(), row).await?,
///             Some(id) => send("PATCH", format!("contacts/{id}"), row).await?,
///         };
///         Ok(WriteRecordResult::written(id))
///     })
///     .await
/// # }
/// ```
#[derive(Debug)]
pub struct Write {
    operation: WriteOperationType,
    rows: Vec<std::result::Result<WriteRow, String>>,
}

/// A record that is to be written. It is written as JSON with its fields, without those that find
/// the record in an update, upsert or delete; no digit is lost.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct WriteRow {
    fields: BTreeMap<String, Box<RawValue>>,
    #[serde(skip)]
    id: Option<String>,
}

impl Write {
    /// Reads a request to write records of `entity`. Without an operation it is an insert; without
    /// id fields the entity's key finds the record.
    ///
    /// # Errors
    /// InvalidArgument if the entity cannot be written, or not with this operation; if the
    /// request's id fields are not the entity's key; and for several records with `allOrNone`,
    /// which one request for each record cannot fulfil.
    pub fn new(request: &WriteDataRequest, entity: &EntityDefinition) -> Result<Self> {
        let operation = request.operation.unwrap_or(WriteOperationType::Insert);
        let name = &entity.entity.entity_identifier;
        if !entity.entity.is_writable {
            let message = format!("records of `{name}` cannot be written");
            return Err(ConnectorError::invalid_argument(message));
        }
        if !entity.supports(operation) {
            return Err(ConnectorError::invalid_argument(format!(
                "records of `{name}` cannot be written with {}",
                operation.as_str()
            )));
        }
        if request.all_or_none == Some(true) && request.records.len() > 1 {
            return Err(ConnectorError::invalid_argument(format!(
                "records of `{name}` are written one by one, so that all or none of several cannot \
                 be written"
            )));
        }
        let key = if operation == WriteOperationType::Insert {
            None
        } else {
            let named = request.id_field_names.as_deref();
            Some(key_of(entity, named.unwrap_or_default())?)
        };
        let fields = entity.fields_by_name();
        let row = |record: &Record| {
            let mut row = WriteRow::read(record, key)?;
            if operation == WriteOperationType::Delete {
                row.fields.clear();
            }
            for name in row.fields.keys() {
                let field = fields.get(name.as_str());
                let field = field.ok_or_else(|| format!("there is no field `{name}`"))?;
                if !can_be_written(field, operation) {
                    let operation = operation.as_str();
                    return Err(format!(
                        "the field `{name}` cannot be written with {operation}"
                    ));
                }
            }
            let needs_id = matches!(
                operation,
                WriteOperationType::Update | WriteOperationType::Delete
            );
            match key {
                Some(key) if needs_id && row.id.is_none() => {
                    Err(format!("the record has no `{}`", key.field_name))
                }
                _ => Ok(row),
            }
        };
        Ok(Self {
            operation,
            rows: request.records.iter().map(row).collect(),
        })
    }

    /// What is done with the records.
    pub const fn operation(&self) -> WriteOperationType {
        self.operation
    }

    /// Writes the records one by one with `send`, at most `concurrency` at the same time, and
    /// returns a result for each, in the order of the request:
    /// [`write_each`](super::write_each) says what the errors of `send` mean. Records with the same
    /// id are written one after the other.
    ///
    /// # Errors
    /// Those of [`write_each`](super::write_each). An update, upsert or delete may be repeated, so
    /// that its error is returned whenever nothing is known to be written.
    pub async fn each<'s, F>(
        &'s self,
        concurrency: usize,
        deadline: Instant,
        send: impl FnMut(&'s WriteRow) -> F,
    ) -> Result<Vec<WriteRecordResult>>
    where
        F: Future<Output = Result<WriteRecordResult>>,
    {
        let is_idempotent = self.operation != WriteOperationType::Insert;
        let rows = &self.rows;
        write_all(
            rows,
            concurrency,
            deadline,
            is_idempotent,
            WriteRow::id,
            send,
        )
        .await
    }
}

impl WriteRow {
    /// The value of the key, as text; `None` in an insert, and in an upsert of a record that is
    /// new. It goes into a URL's path through the HTTP crate's `path_segment`.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The JSON of a field's value.
    pub fn value(&self, field: &str) -> Option<&RawValue> {
        self.fields.get(field).map(|value| &**value)
    }

    fn read(record: &Record, key: Option<&FieldDefinition>) -> std::result::Result<Self, String> {
        let parsed: std::result::Result<BTreeMap<String, Box<RawValue>>, _> = record.parse();
        let mut fields = parsed.map_err(|error| error.to_string())?;
        let id = match key {
            Some(key) => fields.remove(&key.field_name),
            None => None,
        };
        let id = id.as_deref().and_then(|id| key_text(id.get()));
        Ok(Self {
            id: id.filter(|id| !id.is_empty()).map(Cow::into_owned),
            fields,
        })
    }
}

/// Returns whether an operation may set a field.
fn can_be_written(field: &FieldDefinition, operation: WriteOperationType) -> bool {
    match operation {
        WriteOperationType::Insert => field.is_creatable(),
        WriteOperationType::Update => field.is_updatable(),
        WriteOperationType::Upsert => field.is_upsertable(),
        WriteOperationType::Delete => true,
    }
}
