use std::cmp::Ordering;

use appflow_connector_model::{ConnectorOperator as Operator, FieldDataType as Type};
use appflow_connector_queryfilter::ast::Literal;
use jiff::Timestamp;

use super::column::Column;
use super::literal;

/// The values of a field in the records.
pub(super) struct Literals {
    /// The different values in ascending order, and how many records have each.
    pub(super) values: Vec<(Literal, usize)>,
    /// The values of the first and of the last record that has one, as they were read.
    pub(super) ends: Option<(Literal, Literal)>,
    pub(super) has_null: bool,
}

impl Literals {
    /// The values for comparisons with the operator: for `contains`, parts of them.
    pub(super) fn new(column: &Column, data_type: Type, operator: Operator) -> Self {
        let mut counts = vec![0; column.values.len()];
        for value in &column.of_row {
            counts[*value] += 1;
        }
        let literals: Vec<Option<Literal>> = column
            .values
            .iter()
            .map(|raw| literal::read(data_type, raw.as_deref()?, operator))
            .collect();
        let mut values: Vec<(Place, Literal, usize)> = Vec::new();
        for (literal, count) in literals.iter().zip(&counts) {
            let value = literal
                .clone()
                .map(|literal| (Place::of(&literal), literal, *count));
            values.extend(value);
        }
        values.sort_by(|(one, ..), (other, ..)| one.order(other));
        values.dedup_by(|(next, _, count), (kept, _, sum)| {
            let is_same = next.order(kept).is_eq();
            *sum += if is_same { *count } else { 0 };
            is_same
        });
        let mut in_order = column.of_row.iter().filter_map(|at| literals[*at].clone());
        let first = in_order.next();
        let last = in_order.next_back();
        Self {
            ends: first.map(|first| (first.clone(), last.unwrap_or(first))),
            values: values
                .into_iter()
                .map(|(_, literal, count)| (literal, count))
                .collect(),
            has_null: column.values.contains(&None),
        }
    }
}

/// A value's place in the order of the values of its field.
enum Place {
    Moment(Option<Timestamp>),
    Number(f64, String),
    Text(String),
}

impl Place {
    fn of(literal: &Literal) -> Self {
        match literal {
            Literal::DateTime(text) => Self::Moment(text.parse().ok()),
            Literal::Number(text) => Self::Number(text.parse().unwrap_or_default(), text.clone()),
            Literal::String(text) | Literal::Date(text) => Self::Text(text.clone()),
            Literal::Boolean(value) => Self::Text(value.to_string()),
            Literal::Null => Self::Text(String::new()),
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Moment(one), Self::Moment(other)) => one.cmp(other),
            (Self::Number(one, text), Self::Number(other, other_text)) => {
                one.total_cmp(other).then_with(|| text.cmp(other_text))
            }
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            _ => Ordering::Equal,
        }
    }
}
