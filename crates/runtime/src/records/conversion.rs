//! From an application's rows to the records of a request, by the entity's definition.

use std::borrow::Borrow;
use std::time::{Duration, Instant};

use appflow_connector_model::{FieldDataType, FieldDefinition, RawValue, Record};
use appflow_connector_queryfilter::BoundFilter;

use super::row_reader::RowReader;
use super::rows::check_time;
use super::source_page::Row;
use crate::results::Result;

/// How long before the deadline the conversion of rows ends.
const RESERVED: Duration = Duration::from_millis(250);

/// How rows become records.
#[derive(Debug)]
pub(crate) struct Conversion<'q> {
    /// The fields that rows need: the selected ones and those of the residual.
    fields: Vec<&'q FieldDefinition>,
    reader: RowReader,
    /// Makes a record of the selected fields, if the residual needs more.
    projection: Option<RowReader>,
    residual: BoundFilter<'q>,
    end: Instant,
}

impl<'q> Conversion<'q> {
    pub(crate) fn new(
        selection: &[&'q FieldDefinition],
        residual: BoundFilter<'q>,
        key: Option<&str>,
        deadline: Instant,
    ) -> Self {
        let mut fields = selection.to_vec();
        for field in residual.fields() {
            if !fields
                .iter()
                .any(|other| other.field_name == field.field_name)
            {
                fields.push(field);
            }
        }
        let names = selection.iter().map(|field| &*field.field_name);
        let projection = (fields.len() > selection.len()).then(|| RowReader::new().select(names));
        let reader = reader_of(&fields);
        Self {
            fields,
            reader: match key {
                Some(key) => reader.key(key),
                None => reader,
            },
            projection,
            residual,
            end: deadline.checked_sub(RESERVED).unwrap_or(deadline),
        }
    }

    pub(crate) fn fields(&self) -> &[&'q FieldDefinition] {
        &self.fields
    }

    /// Converts rows, and drops the records that do not meet the residual.
    pub(crate) fn rows<R: Borrow<RawValue>>(
        &self,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<Vec<Row>> {
        let mut converted = Vec::new();
        for row in rows {
            check_time(self.end, converted.len())?;
            converted.push(self.row(row.borrow())?);
        }
        Ok(converted)
    }

    fn row(&self, row: &RawValue) -> Result<Row> {
        let mut row = self.reader.read(row)?;
        if let Some(record) = row.record.take()
            && self.residual.matches(&record)?
        {
            row.record = Some(self.select(record)?);
        }
        Ok(row)
    }

    fn select(&self, record: Record) -> Result<Record> {
        match &self.projection {
            Some(projection) => projection.convert_record(&record),
            None => Ok(record),
        }
    }
}

/// Returns the reader that makes records of these fields: members that are not fields are left out,
/// nested ones are flattened, and values have the form of their field's type.
pub(crate) fn reader_of(fields: &[&FieldDefinition]) -> RowReader {
    let names = fields.iter().map(|field| &*field.field_name);
    let mut reader = RowReader::new().select(names);
    for field in fields {
        let name = field.field_name.as_str();
        reader = reader.flatten(name);
        reader = match field.data_type {
            FieldDataType::String => reader.text(name),
            FieldDataType::DateTime => reader.date_time(name),
            _ => reader,
        };
    }
    reader
}
