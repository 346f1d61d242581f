//! A record as a caller sends it, checked against its object.

use rusqlite::types::Value as Column;
use serde_json::{Map, Value};

use super::error::WriteError;
use super::value::column_value;
use crate::schema::field::Field;
use crate::schema::object::Object;

/// What is done with the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Create,
    Update,
}

/// The fields that a record gives, with what is kept for each.
pub(super) struct Input<'o> {
    pub columns: Vec<(&'o Field, Column)>,
}

impl<'o> Input<'o> {
    /// Checks names, then whether the fields may be written, then values, then that nothing required is missing.
    pub(super) fn check(
        object: &'o Object,
        record: &Map<String, Value>,
        operation: Operation,
    ) -> Result<Self, WriteError> {
        let fields = known_fields(object, record)?;
        check_writable(&fields, operation)?;
        let mut columns: Vec<(&Field, Column)> = Vec::with_capacity(fields.len());
        for (field, value) in fields {
            let column = column_value(field, value)?;
            columns.retain(|(given, _)| given.name != field.name);
            columns.push((field, column));
        }
        let input = Self { columns };
        input.check_required(object, operation)?;
        Ok(input)
    }

    pub(super) fn column(&self, field: &Field) -> Option<&Column> {
        let mut columns = self.columns.iter();
        let (_, column) = columns.find(|(given, _)| given.name == field.name)?;
        Some(column)
    }

    /// On create every required field must be given, on update none may be emptied.
    fn check_required(&self, object: &Object, operation: Operation) -> Result<(), WriteError> {
        let create = operation == Operation::Create;
        let is_missing = |field: &&Field| match self.column(field) {
            Some(column) => *column == Column::Null,
            None => create && !field.defaulted_on_create,
        };
        let required = object
            .fields
            .iter()
            .filter(|field| !field.nillable && field.createable);
        let missing: Vec<&'static str> = required
            .filter(is_missing)
            .map(|field| field.name)
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(WriteError::missing(missing))
        }
    }
}

/// The fields that the record names. `attributes` is no field: it says what the record is.
fn known_fields<'o, 'r>(
    object: &'o Object,
    record: &'r Map<String, Value>,
) -> Result<Vec<(&'o Field, &'r Value)>, WriteError> {
    record
        .iter()
        .filter(|(name, _)| *name != "attributes")
        .map(|(name, value)| {
            let field = object
                .field(name)
                .ok_or_else(|| WriteError::no_such_field(object, name))?;
            Ok((field, value))
        })
        .collect()
}

fn check_writable(fields: &[(&Field, &Value)], operation: Operation) -> Result<(), WriteError> {
    let create = operation == Operation::Create;
    if create && fields.iter().any(|(field, _)| field.name == "Id") {
        return Err(WriteError::id_in_insert());
    }
    let refused: Vec<&'static str> = fields
        .iter()
        .filter(|(field, _)| {
            !if create {
                field.createable
            } else {
                field.updateable
            }
        })
        .map(|(field, _)| field.name)
        .collect();
    if refused.is_empty() {
        Ok(())
    } else {
        Err(WriteError::not_writable(refused))
    }
}
