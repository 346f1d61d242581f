//! From a request for records by their ids to the records.

use std::collections::HashSet;
use std::time::Instant;

use appflow_connector_model::{EntityDefinition, RawValue, Record, RetrieveDataRequest};

use super::conversion::reader_of;
use super::retrieve_each::retrieve_each;
use super::row_reader::RowReader;
use crate::entities::key_of;
use crate::results::Result;

/// A retrieval of records by their ids, from its request to the records, for the usual case: the
/// application returns one JSON row for an id.
///
/// The request is checked against the entity: selected fields, and that the ids are those of its
/// key. Each id is read once, and records are made as by [`Query`](super::Query).
///
/// ```no_run
/// # use appflow_connector_model::{EntityDefinition, RawValue, Record, RetrieveDataRequest};
/// # use appflow_connector_runtime::records::Retrieval;
/// # use appflow_connector_runtime::{Invocation, Result};
/// # async fn get_contact(id: &str) -> Result<Option<Box<RawValue>>> { todo!() }
/// # async fn retrieve_data(request: RetrieveDataRequest, invocation: &Invocation, contact: &EntityDefinition) -> Result<Vec<Record>> {
/// Retrieval::new(&request, contact)?
///     .each(8, invocation.deadline(), async |id: &str| get_contact(id).await)
///     .await
/// # }
/// ```
#[derive(Debug)]
pub struct Retrieval {
    ids: Vec<String>,
    reader: RowReader,
}

impl Retrieval {
    /// Reads a request for records of `entity`.
    ///
    /// # Errors
    /// InvalidArgument if the request selects a field that the entity does not have or does not
    /// allow there, or its `idFieldName` is not the entity's key.
    pub fn new(request: &RetrieveDataRequest, entity: &EntityDefinition) -> Result<Self> {
        let selection = entity.select(request.selected_field_names.as_deref())?;
        key_of(entity, request.id_field_name.as_slice())?;
        let mut known = HashSet::new();
        let ids = request.ids.iter().flatten();
        Ok(Self {
            ids: ids.filter(|id| known.insert(*id)).cloned().collect(),
            reader: reader_of(&selection),
        })
    }

    /// The ids, each once, in the order of the request.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Reads the rows one by one with `fetch`, at most `concurrency` at the same time, as
    /// [`retrieve_each`] does, and returns their records. `fetch` returns `None` for an id that
    /// does not exist.
    ///
    /// # Errors
    /// Those of [`retrieve_each`], and ServerError if a row is not a JSON object.
    pub async fn each<'s, F>(
        &'s self,
        concurrency: usize,
        deadline: Instant,
        fetch: impl FnMut(&'s str) -> F,
    ) -> Result<Vec<Record>>
    where
        F: Future<Output = Result<Option<Box<RawValue>>>>,
    {
        let rows = retrieve_each(&self.ids, concurrency, deadline, fetch).await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            records.extend(self.reader.read(&row)?.record);
        }
        Ok(records)
    }
}
