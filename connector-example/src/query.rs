//! Queries: SOQL from a request's fields and filter.

use appflow_connector_sdk::Result;
use appflow_connector_sdk::model::{ConnectorError, EntityDefinition, FieldDefinition, Record};
use appflow_connector_sdk::queryfilter::BoundFilter;
use appflow_connector_sdk::queryfilter::translate::{Soql, Translator};
use appflow_connector_sdk::records::KeyedRow;
use serde_json::value::RawValue;

use crate::metadata::query_key;
use crate::row::Shape;

/// The maximum length of SOQL that Salesforce accepts.
const MAX_SOQL_CHARS: usize = 100_000;

/// The characters that a key and a LIMIT may add to a query.
const MAX_PLACE_CHARS: usize = 1_000;

/// The bytes of an IN list's values per query, tried in this order until the query is short enough.
const LIST_BYTES: [usize; 4] = [60_000, 30_000, 10_000, 2_000];

/// A query. It has several parts if it is longer than Salesforce accepts.
pub(crate) struct Query<'e> {
    pub parts: Vec<Part<'e>>,
    /// The resource of Salesforce's API that runs it.
    pub resource: &'static str,
}

/// A query, or one of its parts.
pub(crate) struct Part<'e> {
    /// Its index in the query.
    pub number: usize,
    /// The field that pages can be read by. `None` if the object has no such field: then pages are
    /// read by Salesforce's locators alone.
    pub key: Option<&'e str>,
    /// The filter that Salesforce cannot express.
    pub residual: BoundFilter<'e>,
    /// `SELECT … FROM …`
    select: String,
    condition: Option<String>,
    limit: Option<u64>,
    shape: Shape<'e>,
}

impl<'e> Query<'e> {
    /// Builds the query for the selected fields of the records that meet the filter. With
    /// `include_deleted`, and if the filter names `IsDeleted`, it finds deleted records too.
    ///
    /// If the query would be too long, the filter's longest IN list is divided among several
    /// queries. A record whose value in this field changes during the query, from one of the list
    /// to another, can then be lost or returned twice.
    pub(crate) fn new(
        entity: &'e EntityDefinition,
        selection: &[&'e FieldDefinition],
        filter: BoundFilter<'e>,
        include_deleted: bool,
    ) -> Result<Self> {
        let is_deleted = |field: &&FieldDefinition| field.field_name == "IsDeleted";
        let resource = if include_deleted || filter.fields().iter().any(is_deleted) {
            "queryAll"
        } else {
            "query"
        };
        // Salesforce ignores case, and the residual must compare in the same way.
        let filter = filter.ignoring_case();
        let whole = Part::new(0, entity, selection, &filter);
        if whole.fits() {
            let parts = vec![whole];
            return Ok(Self { parts, resource });
        }
        for max_bytes in LIST_BYTES {
            let mut parts = Vec::new();
            for (number, filter) in filter.parts(max_bytes).iter().enumerate() {
                parts.push(Part::new(number, entity, selection, filter));
            }
            if parts.iter().all(Part::fits) {
                return Ok(Self { parts, resource });
            }
        }
        Err(ConnectorError::invalid_argument(format!(
            "the query is too long for Salesforce, which accepts SOQL of at most {MAX_SOQL_CHARS} \
             characters: select fewer fields or shorten the filter"
        )))
    }
}

impl<'e> Part<'e> {
    fn new(
        number: usize,
        entity: &'e EntityDefinition,
        selection: &[&'e FieldDefinition],
        filter: &BoundFilter<'e>,
    ) -> Self {
        let pushdown = Soql.translate(filter);
        let key = query_key(entity);
        // The residual's fields are queried too, and removed from the records again.
        let mut tested_only = pushdown.residual.fields();
        tested_only.retain(|field| !selection.contains(field) && Some(&*field.field_name) != key);

        // The key is the first field, so that it is found fast.
        let fields = selection.iter().chain(&tested_only);
        let names = fields.map(|field| field.field_name.as_str());
        let names = key
            .into_iter()
            .chain(names.filter(|name| Some(*name) != key));
        let names: Vec<&str> = names.collect();
        let object = &entity.entity.entity_identifier;
        Self {
            number,
            key,
            select: format!("SELECT {} FROM {object}", names.join(",")),
            condition: pushdown.condition,
            limit: pushdown.limit,
            shape: Shape::new(selection, &tested_only, key),
            residual: pushdown.residual,
        }
    }

    fn fits(&self) -> bool {
        let soql = self.soql(None, None);
        soql.chars().count() + MAX_PLACE_CHARS <= MAX_SOQL_CHARS
    }

    /// Returns the SOQL for the records after a key, in the order of the key, and at most `limit`.
    pub(crate) fn soql(&self, after: Option<&str>, limit: Option<usize>) -> String {
        let mut soql = self.select.clone();
        let after = self.key.zip(after).map(|(key, after)| {
            let after = after.replace('\\', r"\\").replace('\'', r"\'");
            format!("{key} > '{after}'")
        });
        let conditions: Vec<&str> = self
            .condition
            .iter()
            .chain(&after)
            .map(String::as_str)
            .collect();
        if !conditions.is_empty() {
            soql += " WHERE ";
            soql += &conditions.join(" AND ");
        }
        if let Some(key) = self.key {
            soql += " ORDER BY ";
            soql += key;
        }
        let limit = limit.map(|limit| limit as u64);
        if let Some(limit) = limit.into_iter().chain(self.limit).min() {
            soql += " LIMIT ";
            soql += &limit.to_string();
        }
        soql
    }

    /// Returns the record of a row, unless the row does not meet the residual, and its place in the
    /// query: the part's number and the row's key.
    pub(crate) fn row(&self, row: &RawValue) -> Result<KeyedRow> {
        let mut is_wanted = true;
        if self.residual.predicate().is_some() {
            let whole = Record::from_json_unchecked(row.get().to_owned());
            let matches = self.residual.matches(&whole);
            is_wanted = matches.map_err(|error| ConnectorError::server_error(error.to_string()))?;
        }
        let (key, record) = self.shape.read(row, is_wanted)?;
        let key = format!("{} {key}", self.number);
        Ok(KeyedRow { key, record })
    }
}
