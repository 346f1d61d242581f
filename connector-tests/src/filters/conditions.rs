use appflow_connector_model::{ConnectorOperator as Operator, FieldDefinition};
use appflow_connector_queryfilter::ast::Expr;
use appflow_connector_queryfilter::{BoundFilter, Filter, parse};

use super::sample::Sample;
use crate::config::TextComparison;
use crate::reading::Row;

/// The maximum number of conditions for combinations: of all fields, and of one.
const MAX_CONDITIONS: usize = 60;
const MAX_PER_FIELD: usize = 3;

/// A comparison of one field that matches some records of the sample, and not all.
pub(crate) struct Condition<'d> {
    pub(crate) field: &'d FieldDefinition,
    pub(crate) expression: Expr,
    pub(crate) truth: Vec<bool>,
}

impl Sample<'_> {
    /// The first expression that some records match and some do not; else the first that any
    /// matches. `None` if none does.
    pub(crate) fn telling(&self, expressions: Vec<Expr>) -> Option<Expr> {
        let mut second = None;
        for expression in expressions {
            let truth = truth(&expression, self);
            let hits = truth.iter().filter(|hit| **hit).count();
            if hits > 0 && hits < truth.len() {
                return Some(expression);
            }
            if hits > 0 && second.is_none() {
                second = Some(expression);
            }
        }
        second
    }
}

/// Comparisons to combine by AND, OR and NOT.
pub(crate) fn conditions<'d>(sample: &Sample<'d>) -> Vec<Condition<'d>> {
    let mut conditions = Vec::new();
    for operator in [Operator::EqualTo, Operator::GreaterThanOrEqualTo] {
        for field in sample.fields_with(operator) {
            let expressions = sample.values_of(field, operator).expressions(operator);
            let telling = expressions.into_iter().filter_map(|expression| {
                let truth = truth(&expression, sample);
                let tells = truth.contains(&true) && truth.contains(&false);
                tells.then_some(Condition {
                    field,
                    expression,
                    truth,
                })
            });
            conditions.extend(telling.take(MAX_PER_FIELD));
            if conditions.len() >= MAX_CONDITIONS {
                return conditions;
            }
        }
    }
    conditions
}

/// Which records of the sample an expression matches. A record with a value of the wrong type does
/// not match.
pub(crate) fn truth(expression: &Expr, sample: &Sample<'_>) -> Vec<bool> {
    let filter = Filter {
        predicate: Some(expression.clone()),
        limit: None,
    };
    // By its text, as the connector gets it: not every tree can be written.
    let bound = parse(&filter.to_string())
        .ok()
        .and_then(|filter| filter.bind(sample.definition).ok());
    let Some(bound) = bound else {
        return vec![false; sample.rows.len()];
    };
    let bound = compared_as(bound, sample.comparison);
    let names: Vec<&str> = bound
        .fields()
        .iter()
        .map(|field| field.field_name.as_str())
        .collect();
    let matches = |row: &&Row| {
        let record = row.project(names.iter().copied());
        bound.matches(&record).unwrap_or(false)
    };
    sample.rows.iter().map(matches).collect()
}

pub(super) fn compared_as(filter: BoundFilter<'_>, comparison: TextComparison) -> BoundFilter<'_> {
    match comparison {
        TextComparison::CaseSensitive => filter,
        TextComparison::IgnoreCase => filter.ignoring_case(),
    }
}
