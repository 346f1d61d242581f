use appflow_connector_model::{ConnectorOperator as Operator, FieldDefinition};
use appflow_connector_queryfilter::ast::Expr;
use appflow_connector_queryfilter::{BoundFilter, Filter, parse};

use super::Sample;
use crate::config::TextComparison;

/// The most conditions that are tried in combinations, and how many of one field.
const MAX_CONDITIONS: usize = 60;
const MAX_PER_FIELD: usize = 3;

/// A comparison of one field, and which records of the sample it matches: some, and not all.
pub(crate) struct Condition<'d> {
    pub(crate) field: &'d FieldDefinition,
    pub(crate) expression: Expr,
    pub(crate) truth: Vec<bool>,
}

/// Comparisons to put together with AND, OR and NOT.
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

/// Which records of the sample an expression matches. A record whose value is of the wrong type matches none.
pub(crate) fn truth(expression: &Expr, sample: &Sample<'_>) -> Vec<bool> {
    let filter = Filter {
        predicate: Some(expression.clone()),
        limit: None,
    };
    // Through its text, as the connector will get it: not every tree can be written.
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
    let matches = |row: &&crate::reading::Row| {
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
