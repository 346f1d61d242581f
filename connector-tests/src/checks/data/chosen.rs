use appflow_connector_model::{ConnectorOperator as Operator, FieldDataType as Type};
use appflow_connector_queryfilter::ast::Expr;

use crate::filters::{FieldValues, Table, role};

/// The maximum number of filters of one check on one entity.
pub(super) const MAX_FILTERS: usize = 48;

/// Expressions to query with, and the note for the report.
pub(super) struct Questions {
    pub(super) expressions: Vec<Expr>,
    pub(super) note: String,
}

/// The fields to test with an operator, and their values.
pub(super) fn fields(table: &Table, operator: Operator) -> Vec<FieldValues<'_>> {
    let mut chosen = Vec::new();
    let mut others: Vec<(Type, FieldValues<'_>)> = Vec::new();
    for field in table.fields_with(operator) {
        let values = FieldValues::new(table, field, operator);
        if role(field).is_some() {
            chosen.push(values);
            continue;
        }
        // Of the other fields of a type, the one with the most values; the first of several.
        match others
            .iter_mut()
            .find(|(of_type, _)| *of_type == field.data_type)
        {
            Some((_, best)) if values.count() > best.count() => *best = values,
            Some(_) => {}
            None => others.push((field.data_type, values)),
        }
    }
    chosen.extend(others.into_iter().map(|(_, values)| values));
    chosen
}
