//! Queries: SOQL from a request's fields and filter, and records from the rows that it finds.

use std::sync::Arc;

use appflow_connector_sdk::Result;
use appflow_connector_sdk::model::{
    ConnectorError, EntityDefinition, FieldDataType, FieldDefinition,
};
use appflow_connector_sdk::queryfilter::BoundFilter;
use appflow_connector_sdk::queryfilter::bound::Parts;
use appflow_connector_sdk::queryfilter::translate::{Soql, SoqlQuery, Translator};
use appflow_connector_sdk::records::{Row, RowReader};
use serde_json::value::RawValue;

use crate::files::is_file;
use crate::metadata::query_key;

/// The maximum length of SOQL that Salesforce accepts.
const MAX_SOQL_CHARS: usize = 100_000;

/// The characters that a key and a LIMIT may add to a query.
const MAX_PLACE_CHARS: usize = 1_000;

/// A query. It has several parts if it is longer than Salesforce accepts.
pub(crate) struct Query<'e> {
    /// The resource of Salesforce's API that runs it.
    pub resource: &'static str,
    entity: &'e EntityDefinition,
    selection: Vec<&'e FieldDefinition>,
    /// The names of the selected fields that hold files.
    pub files: Vec<&'e str>,
    filters: Parts<'e>,
    /// The only part of a query that is short enough.
    whole: Option<Arc<Part<'e>>>,
}

/// A query, or one of its parts.
pub(crate) struct Part<'e> {
    pub soql: SoqlQuery,
    /// Whether the rows have a key, by which pages can be read. Otherwise they are read by
    /// Salesforce's locators alone.
    pub is_keyed: bool,
    /// The filter that Salesforce cannot express.
    pub residual: BoundFilter<'e>,
    reader: RowReader,
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
        selection: Vec<&'e FieldDefinition>,
        filter: BoundFilter<'e>,
        include_deleted: bool,
    ) -> Result<Self> {
        let is_deleted = |field: &&FieldDefinition| field.field_name == "IsDeleted";
        let resource = if include_deleted || filter.fields().iter().any(is_deleted) {
            "queryAll"
        } else {
            "query"
        };
        let files = selection.iter().filter(|field| is_file(field));
        let files: Vec<&str> = files.map(|field| field.field_name.as_str()).collect();
        if let Some(file) = files.first()
            && query_key(entity).is_none()
        {
            return Err(ConnectorError::invalid_argument(format!(
                "the files in `{file}` of {} cannot be read: the object has no field by which \
                 records can be read in order; deselect `{file}`",
                entity.entity.entity_identifier
            )));
        }
        let mut invalid = None;
        let mut part_that_fits = None;
        let fits = |filter: &BoundFilter<'e>| match Part::new(entity, &selection, filter) {
            Ok(part) => {
                let fits = part.fits();
                part_that_fits = fits.then_some(part);
                fits
            }
            Err(error) => {
                invalid = Some(error);
                true
            }
        };
        // Salesforce ignores case, and the residual must compare in the same way.
        let filters = filter.ignoring_case().parts_that_fit(fits);
        if let Some(error) = invalid {
            return Err(error);
        }
        let filters = filters.ok_or_else(|| {
            ConnectorError::invalid_argument(format!(
                "the query is too long for Salesforce, which accepts SOQL of at most \
                 {MAX_SOQL_CHARS} characters: select fewer fields or shorten the filter"
            ))
        })?;
        let whole = part_that_fits.filter(|_| filters.len() == 1);
        Ok(Self {
            resource,
            entity,
            selection,
            files,
            filters,
            whole: whole.map(Arc::new),
        })
    }

    /// The number of its parts.
    pub(crate) fn parts(&self) -> usize {
        self.filters.len()
    }

    /// Returns the part with a number, from 0.
    pub(crate) fn part(&self, number: usize) -> Result<Arc<Part<'e>>> {
        if let Some(whole) = self.whole.as_ref().filter(|_| number == 0) {
            return Ok(Arc::clone(whole));
        }
        let filter = self.filters.get(number).ok_or_else(|| {
            ConnectorError::invalid_argument("nextToken is not one of this query's tokens")
        })?;
        Part::new(self.entity, &self.selection, &filter).map(Arc::new)
    }
}

impl<'e> Part<'e> {
    fn new(
        entity: &'e EntityDefinition,
        selection: &[&'e FieldDefinition],
        filter: &BoundFilter<'e>,
    ) -> Result<Self> {
        let pushdown = Soql.translate(filter);
        let key = query_key(entity);
        let is_selected = |name| selection.iter().any(|field| field.field_name == name);
        let mut reader = row_reader(selection);
        // The residual's fields are queried too, and removed from the records. They and the key are
        // the first in every row, so that the rest can be copied as it is.
        let mut names = Vec::new();
        for field in pushdown.residual.fields() {
            let name = field.field_name.as_str();
            if !is_selected(name) && Some(name) != key {
                names.push(name);
                reader = reader.flatten(name).remove(name);
            }
        }
        if let Some(key) = key {
            names.push(key);
            reader = if is_selected(key) {
                reader.key(key)
            } else {
                reader.remove_key(key)
            };
        }
        let selected = selection.iter().map(|field| field.field_name.as_str());
        names.extend(selected.filter(|name| Some(*name) != key));
        let soql = SoqlQuery::select(&entity.entity.entity_identifier, names)?
            .condition(pushdown.condition)
            .key(key)?
            .limit(pushdown.limit);
        Ok(Self {
            soql,
            is_keyed: key.is_some(),
            residual: pushdown.residual,
            reader,
        })
    }

    fn fits(&self) -> bool {
        let soql = self.soql.text(None, None);
        soql.chars().count() + MAX_PLACE_CHARS <= MAX_SOQL_CHARS
    }

    /// Converts a row, and drops its record if it does not meet the residual.
    pub(crate) fn row(&self, row: &RawValue) -> Result<Row> {
        if self.residual.predicate().is_none() {
            return self.reader.read(row);
        }
        self.reader
            .read_if(row, |record| Ok(self.residual.matches(record)?))
    }
}

/// Returns how rows with the selected fields become records. A row from Salesforce begins with its
/// `attributes`: type and URL.
pub(crate) fn row_reader(selection: &[&FieldDefinition]) -> RowReader {
    let mut reader = RowReader::new().remove("attributes");
    for field in selection {
        let name = field.field_name.as_str();
        // A parent's field, such as `Owner.Name`, is a member of an object.
        reader = reader.flatten(name);
        if field.data_type == FieldDataType::DateTime {
            reader = reader.date_time(name);
        }
        // Its values can be strings, numbers or booleans. AppFlow has no such type.
        if Soql::field_type(field) == Some("anyType") {
            reader = reader.text(name);
        }
    }
    reader
}
