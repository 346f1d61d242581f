use std::sync::Arc;

use appflow_connector_model::{
    ConnectorOperator as Operator, ConnectorRequest, EntityDefinition, FieldDataType,
};
use appflow_connector_queryfilter::ast::Expr;
use appflow_connector_queryfilter::parse;

use super::facts::{dataset, source};
use super::questions::{Choose, QUESTIONS, Questions};
use crate::catalog::data::UNFILTERED_COMPLETE;
use crate::checks::metadata::fields::FILTER_OPERATORS;
use crate::filters::{Judgement, Question, Sample, TYPES, is_filterable};
use crate::finding::Findings;
use crate::reading::{Query, Reading, Source};
use crate::run::{Outcome, Run, Stop};

/// The number of types whose undeclared operators are tested.
const MAX_UNDECLARED: usize = 3;

/// Queries with the filters that a check has chosen, and judges the results.
pub(super) async fn ask(run: &mut Run<'_>, check: &str, choose: Choose) -> Outcome {
    let (source, all) = dataset(run).await?;
    let questions = questions(run, check, choose, &source, &all)?;
    run.note(&questions.note);
    let mut findings = Findings::default();
    for expression in &questions.expressions {
        let judgement = judgement(run, &source, &all, expression).await;
        if let Some(judgement) = findings.absorb(judgement)?
            && let Some(fault) = &judgement.fault
        {
            findings.add(fault.clone());
        }
    }
    findings.outcome()
}

/// What a check queries with, chosen once.
fn questions(
    run: &mut Run<'_>,
    check: &str,
    choose: Choose,
    source: &Source,
    all: &Reading,
) -> Outcome<Arc<Questions>> {
    if let Some(known) = run.facts.get(check) {
        return known;
    }
    let chosen = choose(&sample(run, &source.definition, all), all).map(Arc::new);
    run.facts.keep(check, chosen.clone());
    chosen
}

/// Queries with an expression, unless this was done before, and judges the result.
async fn judgement(
    run: &mut Run<'_>,
    source: &Source,
    all: &Reading,
    expression: &Expr,
) -> Outcome<Arc<Judgement>> {
    let comparison = run.config.harness.text_comparison;
    let question = Question::new(expression, &source.definition, comparison)?;
    let key = format!("{UNFILTERED_COMPLETE}: {}", question.text);
    if let Some(known) = run.facts.get(&key) {
        return known;
    }
    let found = run.read(source, &question.query(source)).await;
    let outcome = found.map(|found| Arc::new(question.judge(source, all, &found)));
    run.facts.keep(key, outcome.clone());
    outcome
}

/// Finds records that only queries with a filter return.
pub(super) async fn unfiltered_complete(run: &mut Run<'_>) -> Outcome {
    let (source, all) = dataset(run).await?;
    let mut findings = Findings::default();
    let mut judged = 0;
    for (check, choose) in QUESTIONS {
        if run.skip_reason(check).is_some() {
            continue;
        }
        let questions = questions(run, check, choose, &source, &all);
        let Some(questions) = applicable(questions)? else {
            continue;
        };
        for expression in &questions.expressions {
            let judgement = judgement(run, &source, &all, expression).await;
            let Some(judgement) = applicable(judgement)? else {
                continue;
            };
            judged += 1;
            if let Some(lost) = &judgement.lost {
                findings.add(lost.clone());
            }
        }
    }
    run.must_have_time()?;
    if judged == 0 {
        return Err(Stop::not_applicable("no query with a filter was possible"));
    }
    run.note(format!("{judged} queries"));
    findings.outcome()
}

/// `None` for what is not applicable or has failed: another check reports it.
fn applicable<T>(outcome: Outcome<T>) -> Outcome<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Stop::NotApplicable(_) | Stop::Failed(_)) => Ok(None),
        Err(stop) => Err(stop),
    }
}

pub(super) async fn unknown_field_refused(run: &mut Run<'_>) -> Outcome {
    let source = source(run).await?;
    let request = query(&source, &format!("noSuchField{} = 'a'", run.id));
    let refusal = run.refusal(&request).await?;
    refusal.must_blame_the_request("a filter on an unknown field")
}

pub(super) async fn malformed_refused(run: &mut Run<'_>) -> Outcome {
    let source = source(run).await?;
    let Some(field) = source
        .definition
        .fields
        .iter()
        .find(|field| is_filterable(field))
    else {
        return Err(Stop::not_applicable("no field can be used in a filter"));
    };
    let request = query(&source, &format!("({} = ", field.field_name));
    let refusal = run.refusal(&request).await?;
    refusal.must_blame_the_request("a malformed filter")
}

pub(super) async fn undeclared_operator_refused(run: &mut Run<'_>) -> Outcome {
    let (source, all) = dataset(run).await?;
    let definition = source.definition.clone();
    let undeclared = {
        let sample = sample(run, &definition, &all);
        let per_type = TYPES
            .iter()
            .filter_map(|data_type| undeclared(&sample, *data_type));
        per_type.take(MAX_UNDECLARED).collect::<Vec<_>>()
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

/// A comparison of a field of this type with an operator that it does not declare.
fn undeclared(sample: &Sample<'_>, data_type: FieldDataType) -> Option<(Operator, Expr)> {
    let fields = sample
        .definition
        .fields
        .iter()
        .filter(|field| field.data_type == data_type);
    fields
        .filter(|field| is_filterable(field))
        .find_map(|field| {
            // BETWEEN is also allowed by `>=` and `<=`; `contains` needs other values.
            let mut operators = FILTER_OPERATORS.iter().filter(|operator| {
                !matches!(operator, Operator::Between | Operator::Contains)
                    && !field.filter_operators.contains(operator)
            });
            operators.find_map(|operator| {
                let values = sample.values_of(field, *operator);
                let mut expressions = values.expressions(*operator).into_iter();
                // The language cannot express everything: it has no `<` for true and false.
                let expression =
                    expressions.find(|expression| parse(&expression.to_string()).is_ok())?;
                Some((*operator, expression))
            })
        })
}

fn query(source: &Source, filter: &str) -> ConnectorRequest {
    let query = Query {
        fields: source.selection(&[]),
        filter: Some(filter.to_owned()),
        page_size: None,
    };
    source.request(&query, None)
}

fn sample<'d>(run: &Run<'_>, definition: &'d EntityDefinition, all: &'d Reading) -> Sample<'d> {
    Sample::new(definition, &all.rows, run.config.harness.text_comparison)
}
