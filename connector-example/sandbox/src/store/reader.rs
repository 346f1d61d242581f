//! Reads records by their IDs, with their parents.

use rusqlite::{Connection, OptionalExtension as _, Statement};

use crate::schema::field::Field;
use crate::schema::selection::{Parent, Selected};
use crate::store::record::{Cell, Record, read_cell};

/// Reads records of one object.
pub(super) struct Reader<'c, 's> {
    object: &'static str,
    statement: Statement<'c>,
    values: Vec<Value<'c, 's>>,
}

/// Where a value of a record comes from.
enum Value<'c, 's> {
    Field(&'s Field),
    Parent(&'static str, Reader<'c, 's>),
}

impl<'c, 's> Reader<'c, 's> {
    /// Prepares to read what `selection` selects. Deleted records are missing unless
    /// `include_deleted`.
    pub(super) fn new(
        connection: &'c Connection,
        object: &'static str,
        selection: &'s [Selected],
        include_deleted: bool,
    ) -> rusqlite::Result<Self> {
        // The ID comes first, so that a selection without columns is valid too.
        let mut columns = vec!["\"Id\"".to_owned()];
        let mut values = Vec::with_capacity(selection.len());
        for selected in selection {
            values.push(match selected {
                Selected::Field(field) => {
                    let names = field.columns().into_iter();
                    columns.extend(names.map(|(_, column)| format!("\"{column}\"")));
                    Value::Field(field)
                }
                Selected::Parent(Parent {
                    relationship,
                    reference,
                    object,
                    selection,
                }) => {
                    columns.push(format!("\"{reference}\""));
                    let parents = Reader::new(connection, object, selection, include_deleted)?;
                    Value::Parent(relationship, parents)
                }
            });
        }
        let sql = format!(
            "SELECT {} FROM \"{object}\" WHERE \"Id\" = ?1 AND \"IsDeleted\" <= {}",
            columns.join(", "),
            i32::from(include_deleted)
        );
        Ok(Self {
            object,
            statement: connection.prepare(&sql)?,
            values,
        })
    }

    /// Returns the record with this ID, if there is one.
    pub(super) fn read(&mut self, id: &str) -> rusqlite::Result<Option<Record>> {
        let Self {
            object,
            statement,
            values,
        } = self;
        let record = statement.query_row([id], |row| {
            let mut next_column = 1;
            let values = values.iter_mut().map(|value| match value {
                Value::Field(field) => {
                    let cell = read_cell(row, field, next_column)?;
                    next_column += field.columns().len();
                    Ok((field.name, cell))
                }
                Value::Parent(relationship, parents) => {
                    let parent: Option<String> = row.get(next_column)?;
                    next_column += 1;
                    let record = parent.map(|id| parents.read(&id)).transpose()?.flatten();
                    Ok((*relationship, Cell::Parent(record.map(Box::new))))
                }
            });
            Ok(Record {
                object,
                id: id.to_owned(),
                values: values.collect::<rusqlite::Result<_>>()?,
            })
        });
        record.optional()
    }
}
