//! Carries out a plan on records.

use std::borrow::Cow;
use std::collections::HashMap;

use appflow_connector_model::{FieldDataType, Record};
use appflow_connector_queryfilter::{BindError, BoundFilter, EvaluateError};

use super::convert::convert;
use super::number;
use super::plan::{Column, Combination, LocalFilter, Output, Plan};
use super::record::SourceRecord;
use super::task::BadRecord;
use super::value::{Value, write_json_string};

/// Why a record ends the run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransformError {
    #[error("The source returned a record that is not a JSON object: {0}")]
    NotAnObject(#[source] serde_json::Error),
    #[error("The flow's filter cannot be evaluated: {0}")]
    Filter(#[source] EvaluateError),
    #[error("The flow's filter does not fit its source: {0}")]
    Bind(#[source] BindError),
    #[error(
        "A record does not pass the validation {rule} of the field {field}, whose action is \
         DropDataset"
    )]
    DropDataset { rule: &'static str, field: String },
}

/// What became of a record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome<'r> {
    /// It is moved, with these values of the [columns](Transform::columns).
    Moved(Row<'r>),
    /// A filter or validation drops it.
    Dropped,
    /// It cannot be written to the destination. Values that cannot be converted are as they were.
    Failed { row: Row<'r>, reason: String },
}

/// Values by column; columns after the last value are null.
pub(crate) type Row<'r> = Vec<Option<Value<'r>>>;

/// The work on the records of one run.
#[derive(Debug)]
pub(crate) struct Transform<'p> {
    plan: &'p Plan,
    filter: Option<(BoundFilter<'p>, &'p LocalFilter)>,
    /// The names of the slots that are read, and of those that were found.
    slots: HashMap<String, usize>,
    slot_count: usize,
    /// Where the next field of a record probably is.
    order: Vec<(String, Option<usize>)>,
    outputs: Vec<Output>,
    columns: Vec<Column>,
}

impl<'p> Transform<'p> {
    /// # Errors
    ///
    /// If the plan's filter does not fit the types of its fields.
    pub(crate) fn new(plan: &'p Plan) -> Result<Self, TransformError> {
        let filter = match &plan.filter {
            Some(local) => {
                let bound = local
                    .filter
                    .bind(&local.entity)
                    .map_err(TransformError::Bind)?;
                Some((bound, local))
            }
            None => None,
        };
        let columns = plan.outputs.iter().map(|output| output.column.clone());
        Ok(Self {
            plan,
            filter,
            slots: plan.reads.iter().cloned().zip(0..).collect(),
            slot_count: plan.reads.len() + plan.combinations.len(),
            order: Vec::new(),
            outputs: plan.outputs.clone(),
            columns: columns.collect(),
        })
    }

    /// The destination's fields. More are found in files whose fields are all mapped.
    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Carries out the tasks on one record.
    ///
    /// # Errors
    ///
    /// If the run has to end.
    pub(crate) fn apply<'r>(
        &mut self,
        record: &'r SourceRecord,
    ) -> Result<Outcome<'r>, TransformError> {
        let mut values = self.read(record)?;
        if !self.passes_filter(&values)? || !self.passes_validations(&values)? {
            return Ok(Outcome::Dropped);
        }
        for (slot, change) in &self.plan.changes {
            if let Some(value) = &values[*slot] {
                values[*slot] = Some(change.apply(value));
            }
        }
        for (index, combination) in self.plan.combinations.iter().enumerate() {
            values[self.plan.reads.len() + index] = combine(combination, &values);
        }
        Ok(self.output(&values))
    }

    /// Returns the row's values of the partition keys, in the order of the keys.
    pub(crate) fn partition<'s, 'r: 's>(
        &'s self,
        row: &'s Row<'r>,
    ) -> impl Iterator<Item = (&'s str, Option<Cow<'s, str>>)> {
        self.plan.partition_keys.iter().map(|key| {
            let column = self.columns.iter().position(|column| column.name == *key);
            let value = column.and_then(|column| row.get(column)?.as_ref());
            (key.as_str(), value.map(Value::text))
        })
    }

    fn read<'r>(&mut self, record: &'r SourceRecord) -> Result<Row<'r>, TransformError> {
        let mut values: Row<'r> = vec![None; self.slot_count];
        let mut index = 0;
        record
            .read(|name, value| {
                let slot = self.slot_of_field(index, &name);
                index += 1;
                if let Some(slot) = slot {
                    if slot >= values.len() {
                        values.resize(slot + 1, None);
                    }
                    values[slot] = value;
                }
            })
            .map_err(TransformError::NotAnObject)?;
        Ok(values)
    }

    /// Records of a source mostly have the same fields in the same order, so that the names of the
    /// last record's fields are compared first.
    fn slot_of_field(&mut self, index: usize, name: &str) -> Option<usize> {
        if let Some((known, slot)) = self.order.get(index)
            && known == name
        {
            return *slot;
        }
        let slot = self
            .slots
            .get(name)
            .copied()
            .or_else(|| self.found_slot(name));
        self.order.truncate(index);
        self.order.push((name.to_owned(), slot));
        slot
    }

    /// Adds a column for a field of a file that is mapped without being named.
    fn found_slot(&mut self, name: &str) -> Option<usize> {
        let rest = self.plan.rest.as_ref()?;
        let is_taken = self.columns.iter().any(|column| column.name == name);
        if rest.excluded.contains(name) || is_taken || name.is_empty() {
            return None;
        }
        let slot = self.slot_count;
        self.slot_count += 1;
        self.slots.insert(name.to_owned(), slot);
        self.add_found_output(name, slot);
        Some(slot)
    }

    fn add_found_output(&mut self, name: &str, slot: usize) {
        let destination = self
            .plan
            .rest
            .as_ref()
            .and_then(|rest| rest.destination.as_ref());
        let conversion = destination.and_then(|types| types.get(name)).copied();
        let column = Column {
            name: name.to_owned(),
            data_type: conversion.unwrap_or(FieldDataType::String),
        };
        self.columns.push(column.clone());
        self.outputs.push(Output {
            column,
            slot,
            conversion,
            is_strict: destination.is_some(),
        });
    }

    fn passes_filter(&self, values: &Row<'_>) -> Result<bool, TransformError> {
        let Some((filter, local)) = &self.filter else {
            return Ok(true);
        };
        let record = tested_fields(local, values);
        match filter.matches(&record) {
            Ok(matches) => Ok(matches),
            // A text in a file that is not of the tested type is not one of its values.
            Err(EvaluateError::WrongType { .. }) if !local.has_declared_types => Ok(false),
            Err(error) => Err(TransformError::Filter(error)),
        }
    }

    fn passes_validations(&self, values: &Row<'_>) -> Result<bool, TransformError> {
        for validation in &self.plan.validations {
            if validation.rule.accepts(values[validation.slot].as_ref()) {
                continue;
            }
            return match validation.action {
                BadRecord::Drop => Ok(false),
                BadRecord::EndRun => Err(TransformError::DropDataset {
                    rule: validation.rule.operator(),
                    field: self.plan.reads[validation.slot].clone(),
                }),
            };
        }
        Ok(true)
    }

    fn output<'r>(&self, values: &Row<'r>) -> Outcome<'r> {
        let mut row = Row::with_capacity(self.outputs.len());
        let mut reason = None;
        for output in &self.outputs {
            let value = values.get(output.slot).cloned().flatten();
            row.push(match (value, output.conversion) {
                (Some(value), Some(to)) => match convert(value, to) {
                    Ok(value) => Some(value),
                    Err(value) => {
                        if output.is_strict && reason.is_none() {
                            reason = Some(not_of_type(&output.column.name, to));
                        }
                        Some(value)
                    }
                },
                (value, _) => value,
            });
        }
        if reason.is_none() {
            reason = self.unknown_field(&row);
        }
        match reason {
            Some(reason) => Outcome::Failed { row, reason },
            None => Outcome::Moved(row),
        }
    }

    /// A file can have fields that a connector's entity lacks.
    fn unknown_field(&self, row: &Row<'_>) -> Option<String> {
        let known = self.plan.rest.as_ref()?.destination.as_ref()?;
        let mut fields = self.columns.iter().zip(row);
        let (unknown, _) =
            fields.find(|(column, value)| value.is_some() && !known.contains_key(&column.name))?;
        Some(format!("The destination has no field {}", unknown.name))
    }
}

/// Appends a row as a JSON object; null fields are left out.
pub(crate) fn write_json_object(columns: &[Column], row: &Row<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    let mut is_first = true;
    for (column, value) in columns.iter().zip(row) {
        let Some(value) = value else { continue };
        if !is_first {
            out.push(b',');
        }
        is_first = false;
        write_json_string(&column.name, out);
        out.push(b':');
        value.write_json(out);
    }
    out.push(b'}');
}

fn not_of_type(field: &str, data_type: FieldDataType) -> String {
    format!(
        "The value of the field {field} cannot be converted to {}",
        data_type.as_str()
    )
}

fn combine<'r>(combination: &Combination, values: &Row<'r>) -> Option<Value<'r>> {
    match combination {
        Combination::Merge(slots, format) => {
            let operands: Vec<Option<&Value<'_>>> =
                slots.iter().map(|slot| values[*slot].as_ref()).collect();
            format.apply(&operands)
        }
        Combination::Arithmetic([left, right], operation) => {
            operation.apply(values[*left].as_ref(), values[*right].as_ref())
        }
    }
}

/// Returns a record of the fields that the filter tests. Values of files are written in the type
/// in which they are tested, if they can be.
fn tested_fields(local: &LocalFilter, values: &Row<'_>) -> Record {
    let mut json = vec![b'{'];
    for (field, slot) in local.entity.fields.iter().zip(&local.slots) {
        let Some(value) = &values[*slot] else {
            continue;
        };
        if json.len() > 1 {
            json.push(b',');
        }
        write_json_string(&field.field_name, &mut json);
        json.push(b':');
        if local.has_declared_types {
            value.write_json(&mut json);
        } else {
            write_tested(value, field.data_type, &mut json);
        }
    }
    json.push(b'}');
    let text = String::from_utf8(json).expect("values and names are UTF-8");
    Record::from_json_unchecked(text)
}

fn write_tested(value: &Value<'_>, data_type: FieldDataType, json: &mut Vec<u8>) {
    use FieldDataType as Type;

    let text = value.text();
    match data_type {
        Type::Integer
        | Type::Long
        | Type::Short
        | Type::BigInteger
        | Type::Float
        | Type::Double
        | Type::BigDecimal
            if number::is_json_number(&text) =>
        {
            json.extend_from_slice(text.as_bytes());
        }
        Type::Boolean if text.eq_ignore_ascii_case("true") => json.extend_from_slice(b"true"),
        Type::Boolean if text.eq_ignore_ascii_case("false") => json.extend_from_slice(b"false"),
        Type::List | Type::Map => value.write_json(json),
        _ => write_json_string(&text, json),
    }
}
