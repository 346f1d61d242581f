//! The filters that each check queries with, chosen by the records.

use std::collections::HashMap;

use appflow_connector_model::{
    ConnectorOperator as Operator, FieldDataType as Type, FieldDefinition,
};
use appflow_connector_queryfilter::ast::{CompareOp, Expr, Literal};

use super::chosen::{MAX_FILTERS, Questions, fields};
use super::combinations;
use crate::checks::metadata::fields::timestamp_fields;
use crate::filters::{FieldValues, Table, compare, is_filterable, role};
use crate::reading::Reading;
use crate::run::{Outcome, Stop};

/// The maximum number of fields that are compared with `!= null`.
const MAX_NOT_NULL: usize = 3;
/// The maximum number of fields whose names a note has.
const MAX_NAMES: usize = 8;
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

/// Chooses expressions by the records. Not applicable if they do not allow any.
pub(super) type Choose = fn(&Table) -> Outcome<Questions>;

/// The choice of each check of filters.
pub(super) const QUESTIONS: [(&str, Choose); 19] = [
    ("data.filter-applied", applied),
    ("data.filter-equal", |table| {
        operator(table, Operator::EqualTo)
    }),
    ("data.filter-not-equal", |table| {
        operator(table, Operator::NotEqualTo)
    }),
    ("data.filter-less-than", |table| {
        operator(table, Operator::LessThan)
    }),
    ("data.filter-less-or-equal", |table| {
        operator(table, Operator::LessThanOrEqualTo)
    }),
    ("data.filter-greater-than", |table| {
        operator(table, Operator::GreaterThan)
    }),
    ("data.filter-greater-or-equal", |table| {
        operator(table, Operator::GreaterThanOrEqualTo)
    }),
    ("data.filter-between", |table| {
        operator(table, Operator::Between)
    }),
    ("data.filter-contains", |table| {
        operator(table, Operator::Contains)
    }),
    ("data.filter-in", membership),
    ("data.filter-null", null),
    ("data.filter-and", combinations::and),
    ("data.filter-or", combinations::or),
    ("data.filter-negation", combinations::negation),
    ("data.filter-parentheses", combinations::parentheses),
    ("data.filter-nesting", combinations::nesting),
    ("data.filter-text-case", text_case),
    ("data.filter-hostile-text", hostile_text),
    ("data.incremental-window", incremental_window),
];

/// Conditions on up to three fields, each true of some records and not of all.
fn applied(table: &Table) -> Outcome<Questions> {
    let operators = [
        Operator::EqualTo,
        Operator::GreaterThan,
        Operator::LessThan,
        Operator::Contains,
    ];
    let mut chosen: Vec<(&FieldDefinition, Expr)> = Vec::new();
    for operator in operators {
        for values in fields(table, operator) {
            let is_new = chosen.iter().all(|(field, _)| *field != values.field);
            let mut conditions = values.conditions(operator).into_iter();
            if is_new && let Some(condition) = conditions.find(|it| selects_some(table, it)) {
                chosen.push((values.field, condition));
            }
        }
    }
    chosen.truncate(3);
    of_fields(chosen)
}

fn selects_some(table: &Table, expr: &Expr) -> bool {
    let truth = table.truth(expr).unwrap_or_default();
    truth.contains(&Some(true)) && truth.contains(&Some(false))
}

/// The conditions on the fields that declare the operator: on those that connectors pass on to
/// applications, and on one field of each other type.
fn operator(table: &Table, operator: Operator) -> Outcome<Questions> {
    let mut expressions = Vec::new();
    for values in fields(table, operator) {
        let mut conditions = values.conditions(operator);
        if role(values.field).is_none() {
            conditions.sort_by_key(|condition| !selects_some(table, condition));
        }
        expressions.extend(
            conditions
                .into_iter()
                .map(|condition| (values.field, condition)),
        );
    }
    of_fields(expressions)
}

fn membership(table: &Table) -> Outcome<Questions> {
    let mut expressions = Vec::new();
    for values in fields(table, Operator::EqualTo) {
        let memberships = values.memberships().into_iter();
        expressions.extend(memberships.map(|expression| (values.field, expression)));
    }
    of_fields(expressions)
}

fn null(table: &Table) -> Outcome<Questions> {
    let mut expressions = Vec::new();
    for values in fields(table, Operator::EqualTo) {
        let with_null = values.with_null().into_iter();
        expressions.extend(with_null.map(|expression| (values.field, expression)));
    }
    // Most records have a value in most fields: two such queries tell as much as many.
    let mut with_value = 0;
    expressions.retain(|(_, expression)| {
        let is_not_null = expression.to_string().contains("!= null");
        with_value += usize::from(is_not_null);
        !is_not_null || with_value <= MAX_NOT_NULL
    });
    // A field with nulls, if none of the others has some.
    let has_both = |expressions: &[(&FieldDefinition, Expr)]| {
        expressions
            .iter()
            .any(|(_, expression)| selects_some(table, expression))
    };
    if !has_both(&expressions) {
        let mut others = table.fields_with(Operator::EqualTo).map(|field| {
            let values = FieldValues::new(table, field, Operator::EqualTo);
            let with_null = values.with_null().into_iter();
            with_null
                .map(|expression| (field, expression))
                .collect::<Vec<_>>()
        });
        expressions.extend(others.find(|others| has_both(others)).unwrap_or_default());
    }
    of_fields(expressions)
}

/// The note names the fields.
fn of_fields(mut expressions: Vec<(&FieldDefinition, Expr)>) -> Outcome<Questions> {
    if expressions.is_empty() {
        return Err(Stop::not_applicable(
            "no field that declares the operator has values",
        ));
    }
    spread(&mut expressions);
    let mut names: Vec<&str> = Vec::new();
    for (field, _) in &expressions {
        if !names.contains(&field.field_name.as_str()) {
            names.push(&field.field_name);
        }
    }
    let more = names.len().saturating_sub(MAX_NAMES);
    names.truncate(MAX_NAMES);
    let mut note = format!("{} filters on {}", expressions.len(), names.join(", "));
    if more > 0 {
        note = format!("{note} and {more} more");
    }
    Ok(Questions {
        expressions: expressions.into_iter().map(|(_, it)| it).collect(),
        note,
    })
}

/// Keeps the maximum number of filters: the first ones of every field.
fn spread(expressions: &mut Vec<(&FieldDefinition, Expr)>) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut ranked: Vec<usize> = Vec::new();
    for (field, _) in expressions.iter() {
        let rank = seen.entry(field.field_name.clone()).or_default();
        ranked.push(*rank);
        *rank += 1;
    }
    let mut allowed = 0;
    let mut count = 0;
    while count < ranked.len() {
        let next = ranked.iter().filter(|rank| **rank == allowed).count();
        if count + next > MAX_FILTERS {
            break;
        }
        count += next;
        allowed += 1;
    }
    let mut ranks = ranked.into_iter();
    expressions.retain(|_| ranks.next().is_some_and(|rank| rank < allowed.max(1)));
    expressions.truncate(MAX_FILTERS);
}

fn hostile_text(table: &Table) -> Outcome<Questions> {
    let comparisons = |operator: Operator, op: CompareOp, texts: &[&str]| -> Vec<Expr> {
        let Some(field) = freest_text(table, operator) else {
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

/// Of the text fields without a role, the one with the most different characters in its values:
/// others may accept only texts of a certain form, such as ids.
fn freest_text(table: &Table, operator: Operator) -> Option<&FieldDefinition> {
    let fields = table.fields_with(operator);
    fields
        .filter(|field| field.data_type == Type::String && role(field).is_none())
        .max_by_key(|field| table.characters(&field.field_name))
}

fn text_case(table: &Table) -> Outcome<Questions> {
    let mut fields = table
        .fields_with(Operator::EqualTo)
        .filter(|field| field.data_type == Type::String);
    let expression = fields.find_map(|field| {
        let text = text_in_two_cases(&field.field_name, &table.all)?;
        let text = Literal::String(text);
        Some(compare(&field.field_name, CompareOp::Equal, text))
    });
    let choices = table.fields_with(Operator::EqualTo);
    let choices = choices
        .filter_map(|field| FieldValues::new(table, field, Operator::EqualTo).in_other_case());
    let mut expressions: Vec<Expr> = expression.into_iter().chain(choices).collect();
    expressions.truncate(MAX_FILTERS);
    match expressions.first() {
        Some(first) => Ok(Questions {
            note: first.to_string(),
            expressions,
        }),
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

fn incremental_window(table: &Table) -> Outcome<Questions> {
    let mut fields = timestamp_fields(table.definition()).peekable();
    if fields.peek().is_none() {
        return Err(Stop::not_applicable(
            "no field is a timestamp for incremental queries",
        ));
    }
    let mut expressions = Vec::new();
    for field in fields.filter(|field| is_filterable(field)) {
        let values = FieldValues::new(table, field, Operator::Between);
        let windows = values.windows().into_iter();
        expressions.extend(windows.map(|window| (field, window)));
    }
    of_fields(expressions)
}
