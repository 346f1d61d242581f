//! The filters with AND, OR and NOT: every field that connectors pass on to applications is in each
//! kind of them.

use appflow_connector_model::ConnectorOperator as Operator;
use appflow_connector_queryfilter::ast::Expr;

use super::chosen::{MAX_FILTERS, Questions, fields};
use crate::filters::{FieldValues, Role, Table, and as all, not, or as any, role, telling};
use crate::run::{Outcome, Stop};

/// How many kinds of nestings each field is in.
const NESTINGS_PER_FIELD: usize = 2;

/// How many conditions on a field are tried in each place of a nesting.
const MAX_TRIED: usize = 2;

/// The conditions on one field.
struct Conditions<'t> {
    role: Option<Role>,
    /// Find few records.
    narrow: Vec<Expr>,
    /// Find many.
    wide: Vec<Expr>,
    /// Limit each other.
    window: Option<(Expr, Expr)>,
    values: FieldValues<'t>,
}

/// The fields to combine, those with a role first.
fn operands(table: &Table) -> Vec<Conditions<'_>> {
    let mut operands: Vec<Conditions<'_>> = Vec::new();
    for operator in [Operator::EqualTo, Operator::GreaterThan] {
        for values in fields(table, operator) {
            if operands
                .iter()
                .any(|known| known.values.field == values.field)
            {
                continue;
            }
            let narrow: Vec<Expr> = selecting(table, values.narrow());
            if !narrow.is_empty() {
                operands.push(Conditions {
                    role: role(values.field),
                    narrow,
                    wide: selecting(table, values.wide()),
                    window: values.window(),
                    values,
                });
            }
        }
    }
    operands.sort_by_key(|operand| operand.role.is_none());
    operands
}

/// The conditions that some records fulfil and others do not.
fn selecting(table: &Table, conditions: Vec<Expr>) -> Vec<Expr> {
    let selects = |condition: &Expr| {
        let truth = table.truth(condition).unwrap_or_default();
        truth.contains(&Some(true)) && truth.iter().any(|truth| *truth != Some(true))
    };
    conditions.into_iter().filter(selects).collect()
}

/// The operand at a place, from the start again after the last.
fn at<'o, 't>(operands: &'o [Conditions<'t>], place: usize) -> &'o Conditions<'t> {
    &operands[place % operands.len()]
}

pub(super) fn and(table: &Table) -> Outcome<Questions> {
    let operands = operands(table);
    let mut expressions = pairs(table, &operands, all);
    for operand in with_role(&operands) {
        if let Some((low, high)) = &operand.window {
            expressions.push(all(vec![low.clone(), high.clone()]));
            // The later one counts, and the earlier one, whichever limits more.
            if let Some(wide) = operand.wide.first() {
                expressions.push(all(vec![low.clone(), wide.clone()]));
                expressions.push(all(vec![wide.clone(), low.clone()]));
            }
        } else if let [one, other, ..] = operand.narrow.as_slice() {
            expressions.push(all(vec![one.clone(), other.clone()]));
        }
    }
    chosen(expressions)
}

pub(super) fn or(table: &Table) -> Outcome<Questions> {
    let operands = operands(table);
    let mut expressions = pairs(table, &operands, any);
    for operand in with_role(&operands) {
        if let [one, other, ..] = operand.narrow.as_slice() {
            expressions.push(any(vec![one.clone(), other.clone()]));
        }
    }
    chosen(expressions)
}

pub(super) fn negation(table: &Table) -> Outcome<Questions> {
    let operands = operands(table);
    let negated =
        |operand: &Conditions<'_>| -> Vec<Expr> { operand.wide.iter().cloned().map(not).collect() };
    let of_roles: Vec<Expr> = with_role(&operands).flat_map(negated).collect();
    if of_roles.is_empty() {
        return chosen(operands.iter().flat_map(negated).take(1).collect());
    }
    chosen(of_roles)
}

/// Conditions on up to two fields that match more records than `least`, and not all: of them all,
/// those that match the fewest.
pub(super) fn of_many(table: &Table, least: usize) -> Vec<Expr> {
    let operands = operands(table);
    let mut conditions: Vec<Expr> = Vec::new();
    for operand in &operands {
        let candidates = operand.narrow.iter().chain(&operand.wide);
        let counted = candidates.filter_map(|condition| {
            let truth = table.truth(condition)?;
            let matching = truth.iter().filter(|truth| **truth == Some(true)).count();
            (matching > least).then_some((matching, condition))
        });
        let fewest = counted.min_by_key(|(matching, _)| *matching);
        conditions.extend(fewest.map(|(_, condition)| condition.clone()));
    }
    conditions.truncate(2);
    conditions
}

/// `(a or b) and c` and others without NOT.
pub(super) fn parentheses(table: &Table) -> Outcome<Questions> {
    let templates: [Template; 4] = [
        |[a, b, c, _]| all(vec![any(vec![a, b]), c]),
        |[a, b, c, _]| all(vec![a, any(vec![b, c])]),
        |[a, b, c, _]| any(vec![a, all(vec![b, c])]),
        |[a, b, c, d]| any(vec![all(vec![a, b]), all(vec![c, d])]),
    ];
    nested(table, &templates, |operand| &operand.narrow)
}

/// The same with NOT.
pub(super) fn nesting(table: &Table) -> Outcome<Questions> {
    let of_narrow: [Template; 4] = [
        |[a, b, _, _]| all(vec![a, not(b)]),
        |[a, b, c, _]| all(vec![not(any(vec![a, b])), c]),
        |[a, b, c, _]| all(vec![a, not(all(vec![b, c]))]),
        |[a, _, _, _]| not(not(a)),
    ];
    let of_wide: [Template; 3] = [
        |[a, b, _, _]| not(all(vec![a, b])),
        |[a, b, _, _]| not(any(vec![a, b])),
        |[a, b, _, _]| any(vec![not(a), not(b)]),
    ];
    let narrow = nested(table, &of_narrow, |operand| &operand.narrow);
    let wide = nested(table, &of_wide, |operand| &operand.wide);
    match (narrow, wide) {
        (Ok(narrow), Ok(wide)) => {
            let mut expressions = narrow.expressions;
            expressions.truncate(MAX_FILTERS / 2);
            expressions.extend(wide.expressions.into_iter().take(MAX_FILTERS / 2));
            chosen(expressions)
        }
        (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(one),
        (Err(stop), Err(_)) => Err(stop),
    }
}

/// A combination of up to four conditions on different fields.
type Template = fn([Expr; 4]) -> Expr;

/// Each template at least once, and each field in several of them.
fn nested(
    table: &Table,
    templates: &[Template],
    conditions: for<'o, 't> fn(&'o Conditions<'t>) -> &'o Vec<Expr>,
) -> Outcome<Questions> {
    let mut operands = operands(table);
    operands.retain(|operand| !conditions(operand).is_empty());
    if operands.len() < 2 {
        return chosen(Vec::new());
    }
    let has_roles = with_role(&operands).count();
    let fields = if has_roles > 1 {
        has_roles
    } else {
        operands.len()
    };
    let count = (fields * NESTINGS_PER_FIELD).clamp(templates.len(), MAX_FILTERS);
    let mut expressions: Vec<Expr> = Vec::new();
    for number in 0..count {
        // Every template starts at another field in the next round.
        let start = number + number / templates.len();
        let template = templates[number % templates.len()];
        let place = |place: usize| {
            let conditions = conditions(at(&operands, start + place)).as_slice();
            &conditions[..conditions.len().min(MAX_TRIED)]
        };
        let places = [place(0), place(1), place(2), place(3)];
        let expression = telling(table, &places, |operands| {
            match <[Expr; 4]>::try_from(operands) {
                Ok(operands) => template(operands),
                Err(operands) => any(operands),
            }
        });
        expressions.extend(expression);
    }
    chosen(expressions)
}

/// Each field with a role with the next one, and the first two fields if there are no such.
fn pairs(table: &Table, operands: &[Conditions<'_>], combine: fn(Vec<Expr>) -> Expr) -> Vec<Expr> {
    if operands.len() < 2 {
        return Vec::new();
    }
    let count = with_role(operands).count().max(1);
    let pair = |place: usize| {
        let (one, other) = (at(operands, place), at(operands, place + 1));
        telling(
            table,
            &[one.narrow.as_slice(), other.narrow.as_slice()],
            combine,
        )
    };
    (0..count).filter_map(pair).collect()
}

fn with_role<'o, 't>(operands: &'o [Conditions<'t>]) -> impl Iterator<Item = &'o Conditions<'t>> {
    operands.iter().filter(|operand| operand.role.is_some())
}

fn chosen(all: Vec<Expr>) -> Outcome<Questions> {
    let mut expressions: Vec<Expr> = Vec::new();
    for expression in all {
        if expressions.len() < MAX_FILTERS && !expressions.contains(&expression) {
            expressions.push(expression);
        }
    }
    let Some(first) = expressions.first() else {
        return Err(Stop::not_applicable(
            "no combination of conditions distinguishes the records",
        ));
    };
    Ok(Questions {
        note: format!("{} filters, the first one {first}", expressions.len()),
        expressions,
    })
}
