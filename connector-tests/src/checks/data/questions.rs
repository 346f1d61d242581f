//! The expressions that the checks of filters query with, chosen by a sample of the records.

use std::collections::HashMap;

use appflow_connector_model::{ConnectorOperator as Operator, FieldDataType, FieldDefinition};
use appflow_connector_queryfilter::ast::{CompareOp, Expr, ExprKind, Literal};

use crate::checks::metadata::fields::timestamp_fields;
use crate::filters::{Condition, Sample, TYPES, compare, conditions, is_filterable, truth};
use crate::reading::{Reading, Row};
use crate::run::{Outcome, Stop};

/// The number of timestamp fields whose windows are tested.
const MAX_WINDOWS: usize = 3;
/// Texts that end a string, a statement or a pattern in some language.
const HOSTILE: [&str; 8] = [
    "'",
    "\"",
    "\\",
    "' OR '1'='1",
    "\" or name != \"",
    "x'; DROP TABLE t; --",
    "*) OR (1=1",
    "${jndi:x}{{y}}",
];
const WILDCARDS: [&str; 3] = ["%", "_", "*"];

/// Expressions to query with, and the note for the report.
pub(super) struct Questions {
    pub(super) expressions: Vec<Expr>,
    pub(super) note: String,
}

/// Chooses expressions by a sample of the records and by all of them. Not applicable if the records
/// do not allow any.
pub(super) type Choose = fn(&Sample<'_>, &Reading) -> Outcome<Questions>;

/// The choice of each check of filters.
pub(super) const QUESTIONS: [(&str, Choose); 17] = [
    ("data.filter-equal", equal),
    ("data.filter-not-equal", not_equal),
    ("data.filter-less-than", less_than),
    ("data.filter-less-or-equal", less_or_equal),
    ("data.filter-greater-than", greater_than),
    ("data.filter-greater-or-equal", greater_or_equal),
    ("data.filter-between", between),
    ("data.filter-contains", contains),
    ("data.filter-in", membership),
    ("data.filter-null", null),
    ("data.filter-and", and),
    ("data.filter-or", or),
    ("data.filter-negation", not),
    ("data.filter-parentheses", parentheses),
    ("data.filter-text-case", text_case),
    ("data.filter-hostile-text", hostile_text),
    ("data.incremental-window", incremental_window),
];

pub(super) fn equal(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    operator(sample, Operator::EqualTo)
}

pub(super) fn not_equal(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    operator(sample, Operator::NotEqualTo)
}

pub(super) fn less_than(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    operator(sample, Operator::LessThan)
}

pub(super) fn less_or_equal(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    operator(sample, Operator::LessThanOrEqualTo)
}

pub(super) fn greater_than(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    operator(sample, Operator::GreaterThan)
}

pub(super) fn greater_or_equal(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    operator(sample, Operator::GreaterThanOrEqualTo)
}

pub(super) fn between(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    operator(sample, Operator::Between)
}

pub(super) fn contains(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    operator(sample, Operator::Contains)
}

/// One comparison for each type that declares the operator.
fn operator(sample: &Sample<'_>, operator: Operator) -> Outcome<Questions> {
    let expressions = TYPES.iter().filter_map(|data_type| {
        let values = sample.values(*data_type, operator)?;
        let expression = sample.telling(values.expressions(operator))?;
        Some((values.field, expression))
    });
    of_fields(expressions.collect())
}

pub(super) fn membership(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    let expressions = TYPES.iter().filter_map(|data_type| {
        let values = sample.values(*data_type, Operator::EqualTo)?;
        let expression = sample.telling(values.memberships())?;
        Some((values.field, expression))
    });
    of_fields(expressions.collect())
}

/// The note names the fields.
fn of_fields(expressions: Vec<(&FieldDefinition, Expr)>) -> Outcome<Questions> {
    if expressions.is_empty() {
        return Err(Stop::not_applicable(
            "no field that declares the operator has values",
        ));
    }
    let mut fields: Vec<String> = Vec::new();
    for (field, _) in &expressions {
        let name = format!("{} {}", field.data_type.as_str(), field.field_name);
        if !fields.contains(&name) {
            fields.push(name);
        }
    }
    Ok(Questions {
        expressions: expressions.into_iter().map(|(_, it)| it).collect(),
        note: fields.join(", "),
    })
}

pub(super) fn null(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    let has_both = |field: &&FieldDefinition| {
        let has_value = |row: &&&Row| row.get(&field.field_name).is_some();
        let valued = sample.rows.iter().filter(has_value).count();
        valued > 0 && valued < sample.rows.len()
    };
    let Some(field) = sample.fields_with(Operator::EqualTo).find(has_both) else {
        return Err(Stop::not_applicable(
            "no field that declares `=` has both values and nulls",
        ));
    };
    let with_null = |op: CompareOp| (field, compare(&field.field_name, op, Literal::Null));
    let mut expressions = vec![with_null(CompareOp::Equal)];
    if field.filter_operators.contains(&Operator::NotEqualTo) {
        expressions.push(with_null(CompareOp::NotEqual));
    }
    of_fields(expressions)
}

pub(super) fn and(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    let pair = pair(&conditions(sample), |one, other| {
        any(one, other, |one, other| one && other)
            && any(one, other, |one, other| one && !other)
            && any(one, other, |one, other| !one && other)
    });
    combination(pair.map(|operands| Expr::from(ExprKind::And(operands))))
}

pub(super) fn or(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    let pair = pair(&conditions(sample), |one, other| {
        any(one, other, |one, other| one && !other)
            && any(one, other, |one, other| !one && other)
            && any(one, other, |one, other| !one && !other)
    });
    combination(pair.map(|operands| Expr::from(ExprKind::Or(operands))))
}

pub(super) fn not(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    let negated = conditions(sample)
        .into_iter()
        .map(|condition| Expr::from(ExprKind::Not(Box::new(condition.expression))))
        .find(|negated| truth(negated, sample).contains(&true));
    combination(negated)
}

/// `(a or b) and c`, chosen so that `a or b and c` finds other records: those with `a` and without
/// `c`.
pub(super) fn parentheses(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    combination(grouped(&conditions(sample)))
}

fn grouped(conditions: &[Condition<'_>]) -> Option<Expr> {
    let (one, also) = first_pair(conditions, |one, also| {
        any(one, also, |one, also| one && also) && any(one, also, |one, also| one && !also)
    })?;
    let other = conditions.iter().find(|condition| {
        condition.expression != one.expression
            && condition.field.field_name != also.field.field_name
    })?;
    let either = Expr::from(ExprKind::Or(vec![
        one.expression.clone(),
        other.expression.clone(),
    ]));
    Some(Expr::from(ExprKind::And(vec![
        either,
        also.expression.clone(),
    ])))
}

fn combination(expression: Option<Expr>) -> Outcome<Questions> {
    match expression {
        Some(expression) => Ok(Questions {
            note: expression.to_string(),
            expressions: vec![expression],
        }),
        None => Err(Stop::not_applicable(
            "no combination of conditions distinguishes the records",
        )),
    }
}

fn pair(
    conditions: &[Condition<'_>],
    tells: impl Fn(&Condition<'_>, &Condition<'_>) -> bool,
) -> Option<Vec<Expr>> {
    let (one, other) = first_pair(conditions, tells)?;
    Some(vec![one.expression.clone(), other.expression.clone()])
}

/// The first two conditions on different fields for which `tells` is true.
fn first_pair<'c, 'd>(
    conditions: &'c [Condition<'d>],
    tells: impl Fn(&Condition<'d>, &Condition<'d>) -> bool,
) -> Option<(&'c Condition<'d>, &'c Condition<'d>)> {
    conditions.iter().find_map(|one| {
        let others = conditions.iter();
        let mut others = others.filter(|other| other.field.field_name != one.field.field_name);
        Some((one, others.find(|other| tells(one, other))?))
    })
}

/// Whether any record matches two conditions in this way.
fn any(one: &Condition<'_>, other: &Condition<'_>, way: fn(bool, bool) -> bool) -> bool {
    one.truth
        .iter()
        .zip(&other.truth)
        .any(|(one, other)| way(*one, *other))
}

pub(super) fn hostile_text(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    let comparisons = |operator: Operator, op: CompareOp, texts: &[&str]| -> Vec<Expr> {
        let Some(field) = sample.freest_text(operator) else {
            return Vec::new();
        };
        let comparison =
            |text: &&str| compare(&field.field_name, op, Literal::String((*text).to_owned()));
        texts.iter().map(comparison).collect()
    };
    let mut expressions = comparisons(Operator::EqualTo, CompareOp::Equal, &HOSTILE);
    let wildcards = comparisons(Operator::Contains, CompareOp::Contains, &WILDCARDS);
    expressions.extend(wildcards);
    if expressions.is_empty() {
        return Err(Stop::not_applicable(
            "no field of type String can be used in a filter",
        ));
    }
    Ok(Questions {
        note: format!("{} texts", expressions.len()),
        expressions,
    })
}

pub(super) fn text_case(sample: &Sample<'_>, all: &Reading) -> Outcome<Questions> {
    let mut fields = sample
        .fields_with(Operator::EqualTo)
        .filter(|field| field.data_type == FieldDataType::String);
    let expression = fields.find_map(|field| {
        let text = text_in_two_cases(&field.field_name, all)?;
        Some(compare(
            &field.field_name,
            CompareOp::Equal,
            Literal::String(text),
        ))
    });
    match expression {
        Some(expression) => combination(Some(expression)),
        None => Err(Stop::not_applicable(
            "no two texts of a field differ only in case",
        )),
    }
}

/// A text that another record has in another case.
fn text_in_two_cases(field: &str, all: &Reading) -> Option<String> {
    let mut by_lower_case: HashMap<String, String> = HashMap::new();
    let texts = all.rows.iter().filter_map(|row| row.get(field));
    for text in texts.filter_map(|raw| serde_json::from_str::<String>(raw).ok()) {
        let first = by_lower_case
            .entry(text.to_lowercase())
            .or_insert_with(|| text.clone());
        if *first != text {
            return Some(text);
        }
    }
    None
}

pub(super) fn incremental_window(sample: &Sample<'_>, _: &Reading) -> Outcome<Questions> {
    let mut fields = timestamp_fields(sample.definition).peekable();
    if fields.peek().is_none() {
        return Err(Stop::not_applicable(
            "no field is a timestamp for incremental queries",
        ));
    }
    let windows = fields.filter(|field| is_filterable(field));
    let windows = windows.filter_map(|field| {
        let values = sample.values_of(field, Operator::Between);
        sample.telling(values.expressions(Operator::Between))
    });
    let expressions: Vec<Expr> = windows.take(MAX_WINDOWS).collect();
    if expressions.is_empty() {
        return Err(Stop::not_applicable(
            "the timestamp fields do not have enough values",
        ));
    }
    let texts: Vec<String> = expressions.iter().map(ToString::to_string).collect();
    Ok(Questions {
        expressions,
        note: texts.join("; "),
    })
}
