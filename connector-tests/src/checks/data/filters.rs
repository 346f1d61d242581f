use std::collections::HashMap;

use appflow_connector_model::{
    ConnectorOperator as Operator, ConnectorRequest, FieldDataType, FieldDefinition,
};
use appflow_connector_queryfilter::ast::{CompareOp, Expr, ExprKind, Literal};
use appflow_connector_queryfilter::parse;

use crate::checks::metadata::{FILTER_OPERATORS, timestamp_fields};
use crate::filters::{Condition, Sample, TYPES, compare, conditions, is_filterable, judge, truth};
use crate::finding::Findings;
use crate::reading::{Query, Reading, Row, Source};
use crate::run::{Outcome, Run, Stop};

/// How many timestamp fields' windows are tried, and types' undeclared operators.
const MOST: usize = 3;
/// Texts that end a string, a statement or a pattern somewhere.
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

pub(super) async fn operator(run: &mut Run<'_>, operator: Operator) -> Outcome {
    let (source, all) = run.dataset().await?;
    let definition = source.definition.clone();
    let sample = sample(run, &definition, &all);
    let expressions = TYPES.iter().filter_map(|data_type| {
        let values = sample.values(*data_type, operator)?;
        let expression = sample.telling(values.expressions(operator))?;
        Some((values.field, expression))
    });
    judge_each(run, &source, &all, expressions.collect()).await
}

pub(super) async fn membership(run: &mut Run<'_>) -> Outcome {
    let (source, all) = run.dataset().await?;
    let definition = source.definition.clone();
    let sample = sample(run, &definition, &all);
    let expressions = TYPES.iter().filter_map(|data_type| {
        let values = sample.values(*data_type, Operator::EqualTo)?;
        let expression = sample.telling(values.memberships())?;
        Some((values.field, expression))
    });
    judge_each(run, &source, &all, expressions.collect()).await
}

/// One query for each; the note says which fields were asked for.
async fn judge_each(
    run: &mut Run<'_>,
    source: &Source,
    all: &Reading,
    expressions: Vec<(&FieldDefinition, Expr)>,
) -> Outcome {
    if expressions.is_empty() {
        return Err(Stop::not_applicable(
            "no field that declares the operator has values to ask for",
        ));
    }
    let mut findings = Findings::default();
    let mut asked = Vec::new();
    for (field, expression) in &expressions {
        let judged = judge(run, source, all, expression).await;
        findings.absorb(judged)?;
        let name = format!("{} {}", field.data_type.as_str(), field.field_name);
        if !asked.contains(&name) {
            asked.push(name);
        }
    }
    run.note(asked.join(", "));
    findings.outcome()
}

pub(super) async fn null(run: &mut Run<'_>) -> Outcome {
    let (source, all) = run.dataset().await?;
    let definition = source.definition.clone();
    let sample = sample(run, &definition, &all);
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
    let mut expressions = vec![(
        field,
        compare(&field.field_name, CompareOp::Equal, Literal::Null),
    )];
    if field.filter_operators.contains(&Operator::NotEqualTo) {
        let not_null = compare(&field.field_name, CompareOp::NotEqual, Literal::Null);
        expressions.push((field, not_null));
    }
    judge_each(run, &source, &all, expressions).await
}

pub(super) async fn and(run: &mut Run<'_>) -> Outcome {
    combined(run, |_, conditions| {
        pair(conditions, |one, other| {
            any(one, other, |one, other| one && other)
                && any(one, other, |one, other| one && !other)
                && any(one, other, |one, other| !one && other)
        })
        .map(|operands| Expr::from(ExprKind::And(operands)))
    })
    .await
}

pub(super) async fn or(run: &mut Run<'_>) -> Outcome {
    combined(run, |_, conditions| {
        pair(conditions, |one, other| {
            any(one, other, |one, other| one && !other)
                && any(one, other, |one, other| !one && other)
                && any(one, other, |one, other| !one && !other)
        })
        .map(|operands| Expr::from(ExprKind::Or(operands)))
    })
    .await
}

pub(super) async fn not(run: &mut Run<'_>) -> Outcome {
    combined(run, |sample, conditions| {
        conditions
            .iter()
            .map(|condition| Expr::from(ExprKind::Not(Box::new(condition.expression.clone()))))
            .find(|negated| truth(negated, sample).contains(&true))
    })
    .await
}

/// `(a or b) and c`, where `a or b and c` would find others: those with `a` and without `c`.
pub(super) async fn parentheses(run: &mut Run<'_>) -> Outcome {
    combined(run, |_, conditions| {
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
    })
    .await
}

/// Judges an expression that is put together from conditions, if any can be.
async fn combined(
    run: &mut Run<'_>,
    combine: impl for<'d> Fn(&Sample<'d>, &[Condition<'d>]) -> Option<Expr> + Send,
) -> Outcome {
    let (source, all) = run.dataset().await?;
    let definition = source.definition.clone();
    let expression = {
        let sample = sample(run, &definition, &all);
        combine(&sample, &conditions(&sample))
    };
    let Some(expression) = expression else {
        let reason = "no values of the records make a combination that tells";
        return Err(Stop::not_applicable(reason));
    };
    run.note(expression.to_string());
    judge(run, &source, &all, &expression).await
}

fn pair(
    conditions: &[Condition<'_>],
    tells: impl Fn(&Condition<'_>, &Condition<'_>) -> bool,
) -> Option<Vec<Expr>> {
    let (one, other) = first_pair(conditions, tells)?;
    Some(vec![one.expression.clone(), other.expression.clone()])
}

/// The first two conditions on different fields that tell something together.
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

/// Whether any record meets two conditions in this way.
fn any(one: &Condition<'_>, other: &Condition<'_>, way: fn(bool, bool) -> bool) -> bool {
    one.truth
        .iter()
        .zip(&other.truth)
        .any(|(one, other)| way(*one, *other))
}

pub(super) async fn hostile_text(run: &mut Run<'_>) -> Outcome {
    let (source, all) = run.dataset().await?;
    let definition = source.definition.clone();
    let sample = sample(run, &definition, &all);
    let expressions = |operator: Operator, op: CompareOp, texts: &[&str]| -> Vec<_> {
        let Some(field) = sample.freest_text(operator) else {
            return Vec::new();
        };
        let expression =
            |text: &&str| compare(&field.field_name, op, Literal::String((*text).to_owned()));
        texts.iter().map(|text| (field, expression(text))).collect()
    };
    let mut asked = expressions(Operator::EqualTo, CompareOp::Equal, &HOSTILE);
    asked.extend(expressions(
        Operator::Contains,
        CompareOp::Contains,
        &WILDCARDS,
    ));
    if asked.is_empty() {
        return Err(Stop::not_applicable(
            "no field of type String can be filtered by",
        ));
    }
    let mut findings = Findings::default();
    for (_, expression) in &asked {
        let judged = judge(run, &source, &all, expression).await;
        findings.absorb(judged)?;
    }
    run.note(format!("{} texts", asked.len()));
    findings.outcome()
}

pub(super) async fn text_case(run: &mut Run<'_>) -> Outcome {
    let (source, all) = run.dataset().await?;
    let mut fields = source.definition.fields.iter().filter(|field| {
        let declares_equality = field.filter_operators.contains(&Operator::EqualTo);
        field.data_type == FieldDataType::String && is_filterable(field) && declares_equality
    });
    let expression = fields.find_map(|field| {
        let text = text_in_two_cases(&field.field_name, &all)?;
        Some(compare(
            &field.field_name,
            CompareOp::Equal,
            Literal::String(text),
        ))
    });
    let Some(expression) = expression else {
        return Err(Stop::not_applicable(
            "no two texts of a field differ in case alone",
        ));
    };
    run.note(expression.to_string());
    judge(run, &source, &all, &expression).await
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

pub(super) async fn unknown_field_refused(run: &mut Run<'_>) -> Outcome {
    let source = run.source().await?;
    let request = query(&source, &format!("noSuchField{} = 'a'", run.id));
    let refusal = run.refusal(&request).await?;
    refusal.must_blame_the_request("a filter on an unknown field")
}

pub(super) async fn malformed_refused(run: &mut Run<'_>) -> Outcome {
    let source = run.source().await?;
    let Some(field) = source
        .definition
        .fields
        .iter()
        .find(|field| is_filterable(field))
    else {
        return Err(Stop::not_applicable("no field can be filtered by"));
    };
    let request = query(&source, &format!("({} = ", field.field_name));
    let refusal = run.refusal(&request).await?;
    refusal.must_blame_the_request("a filter that ends in the middle")
}

pub(super) async fn undeclared_operator_refused(run: &mut Run<'_>) -> Outcome {
    let (source, all) = run.dataset().await?;
    let definition = source.definition.clone();
    let undeclared = {
        let sample = sample(run, &definition, &all);
        let per_type = TYPES
            .iter()
            .filter_map(|data_type| undeclared(&sample, *data_type));
        per_type.take(MOST).collect::<Vec<_>>()
    };
    if undeclared.is_empty() {
        return Err(Stop::not_applicable("every field declares every operator"));
    }
    let mut findings = Findings::default();
    for (operator, expression) in undeclared {
        let text = expression.to_string();
        run.note(text.clone());
        let refusal = run.refusal(&query(&source, &text)).await;
        if let Some(refusal) = findings.absorb(refusal)? {
            let what = format!("{operator:?}, which the field does not declare,");
            findings.absorb(refusal.must_blame_the_request(&what))?;
        }
    }
    findings.outcome()
}

/// A comparison of a field of this type by an operator that it does not declare.
fn undeclared(sample: &Sample<'_>, data_type: FieldDataType) -> Option<(Operator, Expr)> {
    let fields = sample
        .definition
        .fields
        .iter()
        .filter(|field| field.data_type == data_type);
    fields
        .filter(|field| is_filterable(field))
        .find_map(|field| {
            // BETWEEN is allowed by `>=` and `<=` too; `contains` asks for other values.
            let mut operators = FILTER_OPERATORS.iter().filter(|operator| {
                !matches!(operator, Operator::Between | Operator::Contains)
                    && !field.filter_operators.contains(operator)
            });
            operators.find_map(|operator| {
                let values = sample.values_of(field, *operator);
                let mut expressions = values.expressions(*operator).into_iter();
                // Not everything can be written: the language has no `<` for true and false.
                let expression =
                    expressions.find(|expression| parse(&expression.to_string()).is_ok())?;
                Some((*operator, expression))
            })
        })
}

pub(super) async fn incremental_window(run: &mut Run<'_>) -> Outcome {
    let (source, all) = run.dataset().await?;
    let definition = source.definition.clone();
    let fields: Vec<&FieldDefinition> = timestamp_fields(&definition).collect();
    if fields.is_empty() {
        return Err(Stop::not_applicable(
            "no field is a timestamp for incremental queries",
        ));
    }
    let windows = {
        let sample = sample(run, &definition, &all);
        let window = |field: &&'_ FieldDefinition| {
            let windows = sample
                .values_of(field, Operator::Between)
                .expressions(Operator::Between);
            sample.telling(windows)
        };
        let windows = fields
            .iter()
            .filter(|field| is_filterable(field))
            .filter_map(window);
        windows.take(MOST).collect::<Vec<_>>()
    };
    if windows.is_empty() {
        return Err(Stop::not_applicable(
            "the timestamp fields have too few values",
        ));
    }
    let mut findings = Findings::default();
    for window in &windows {
        run.note(window.to_string());
        let judged = judge(run, &source, &all, window).await;
        findings.absorb(judged)?;
    }
    findings.outcome()
}

/// What the queries with filters have found on the side.
pub(super) async fn unfiltered_complete(run: &mut Run<'_>) -> Outcome {
    run.dataset().await?;
    if run.facts.judged == 0 {
        return Err(Stop::not_applicable("no query with a filter could be made"));
    }
    run.note(format!("{} queries", run.facts.judged));
    std::mem::take(&mut run.facts.lost_by_reading).outcome()
}

fn query(source: &Source, filter: &str) -> ConnectorRequest {
    let query = Query {
        fields: source.selection(&[]),
        filter: Some(filter.to_owned()),
        page_size: None,
    };
    source.request(&query, None)
}

fn sample<'d>(
    run: &Run<'_>,
    definition: &'d appflow_connector_model::EntityDefinition,
    all: &'d Reading,
) -> Sample<'d> {
    Sample::new(definition, &all.rows, run.config.harness.text_comparison)
}
