use std::sync::Arc;

use appflow_connector_model::{
    ConnectorOperator as Operator, ConnectorRequest, FieldDataType as Type, FieldDefinition,
};
use appflow_connector_queryfilter::ast::Expr;
use appflow_connector_queryfilter::parse;

use super::chosen::Questions;
use super::combinations;
use super::facts::{source, table};
use super::questions::QUESTIONS;
use super::records::COUNTED;
use crate::catalog::data::{FILTER_APPLIED, RECORDS_READ, UNFILTERED_COMPLETE};
use crate::checks::metadata::fields::FILTER_OPERATORS;
use crate::filters::{FieldValues, Judgement, Question, Table, is_filterable};
use crate::finding::{Finding, Findings};
use crate::reading::{Query, Source};
use crate::run::{Outcome, Run, Stop};

/// The number of records that all filters of a check on one entity may find together, before those
/// are left out that find many.
const MAX_FOUND: usize = 25_000;
const MANY: usize = 500;
/// The number of types whose undeclared operators are tested.
const MAX_UNDECLARED: usize = 3;

/// This check is made on the test entity only: how text is written in a query does not depend on
/// the entity.
const ABOUT_TEXTS: &str = "data.filter-hostile-text";

/// A filter that is wrong: the check that has reported it, and the finding.
type Fault = (&'static str, Finding);

/// Queries with the filters that a check has chosen, and judges the results.
///
/// A fault is reported once: by the check of its operator, and not again by those that combine the
/// condition with others.
pub(super) async fn ask(run: &mut Run<'_>, check: &'static str) -> Outcome {
    let table = table(run).await?;
    filters_applied(run, &table).await?;
    must_not_depend(run, check)?;
    let questions = questions(run, check, &table)?;
    run.note(&questions.note);
    let mut findings = Findings::default();
    let mut reported: Option<Fault> = None;
    let (mut found, mut left_out) = (0, 0);
    for expression in &questions.expressions {
        let question = Question::new(expression, &table)?;
        if let Some(fault) = known_fault(run, check, &question) {
            reported.get_or_insert(fault);
            continue;
        }
        // Filters that find most of many records cost much and tell little.
        let matching = question.matching();
        if matching > MANY && found + matching > MAX_FOUND {
            left_out += 1;
            continue;
        }
        found += matching;
        let judgement = judgement(run, &question, &table).await?;
        if let Some(fault) = &judgement.fault {
            findings.add(fault.clone());
            for operator in question
                .operators()
                .iter()
                .filter(|_| question.is_condition())
            {
                let key = run.key_of_entity(operator);
                run.facts.keep(key, (check, fault.clone()));
            }
        }
    }
    if left_out > 0 {
        run.note(format!("{left_out} left out that find many records"));
    }
    if let Some(finding) = findings.kept.first() {
        keep_fault(run, check, finding);
    }
    match reported {
        Some((by, finding)) if findings.is_empty() => Err(Stop::Blocked {
            by,
            findings: finding.into(),
        }),
        _ => findings.outcome(),
    }
}

/// The checks whose faults show in others as well, which are not made then.
const DEPENDENT: [(&str, &[&str]); 4] = [
    (
        "data.filter-parentheses",
        &["data.filter-and", "data.filter-or"],
    ),
    (
        "data.filter-nesting",
        &["data.filter-and", "data.filter-or", "data.filter-negation"],
    ),
    ("data.filter-limit", &["data.limit-respected"]),
    ("data.incremental-window", &["data.filter-between"]),
];

/// Blocked if a check that this one depends on has failed on the entity.
fn must_not_depend(run: &Run<'_>, check: &str) -> Outcome {
    let on = DEPENDENT.iter().find(|(dependent, _)| *dependent == check);
    for by in on.into_iter().flat_map(|(_, on)| on.iter().copied()) {
        let fault: Option<Finding> = run.facts.get(&run.key_of_entity(&fault_of(by)));
        if let Some(finding) = fault {
            return Err(Stop::Blocked {
                by,
                findings: finding.into(),
            });
        }
    }
    Ok(())
}

/// Keeps a fault for the checks that depend on this one.
pub(super) fn keep_fault(run: &mut Run<'_>, check: &str, finding: &Finding) {
    let key = run.key_of_entity(&fault_of(check));
    run.facts.keep(key, finding.clone());
}

fn fault_of(check: &str) -> String {
    format!("a fault that {check} has found")
}

/// Finds a LIMIT that is applied before the filter, or not at all.
pub(super) async fn limited(run: &mut Run<'_>) -> Outcome {
    // The official parsers do not accept a LIMIT of one digit.
    const LIMIT: usize = 10;
    let table = table(run).await?;
    filters_applied(run, &table).await?;
    must_not_depend(run, "data.filter-limit")?;
    let mut findings = Findings::default();
    let mut asked = 0;
    let mut reported: Option<Fault> = None;
    for expression in combinations::of_many(&table, LIMIT) {
        let question = Question::new(&expression, &table)?;
        if let Some(fault) = known_fault(run, "data.filter-limit", &question) {
            reported.get_or_insert(fault);
            continue;
        }
        asked += 1;
        let mut query = question.query();
        let text = format!("{expression} limit {LIMIT}");
        query.filter = Some(text.clone());
        let found = run.read(&table.source, &query).await;
        let Some(found) = findings.absorb(found)? else {
            continue;
        };
        let distinct = found.distinct(&table.source.key()).len();
        if distinct != LIMIT && found.is_complete() {
            let finding = Finding::new(
                format!("the filter `{text}` finds {distinct} records"),
                format!("{LIMIT} of the {} records that match", question.matching()),
            );
            findings.add(found.about_first_page(finding));
        } else if let Some(fault) = question.surplus(&found) {
            findings.add(fault);
        }
    }
    match reported {
        Some((by, finding)) if findings.is_empty() => Err(Stop::Blocked {
            by,
            findings: finding.into(),
        }),
        None if asked == 0 => Err(Stop::not_applicable(format!(
            "no condition matches more than {LIMIT} records"
        ))),
        _ => findings.outcome(),
    }
}

/// What another check has reported about a field and an operator of the filter.
fn known_fault(run: &Run<'_>, check: &str, question: &Question<'_>) -> Option<Fault> {
    question.operators().iter().find_map(|operator| {
        let fault: Option<Fault> = run.facts.get(&run.key_of_entity(operator));
        fault.filter(|(by, _)| *by != check)
    })
}

/// Whether filters have an effect at all, for the check that is about it.
pub(super) async fn applied(run: &mut Run<'_>) -> Outcome {
    let table = table(run).await?;
    applied_once(run, &table).await
}

/// The same, for the other checks.
async fn filters_applied(run: &mut Run<'_>, table: &Table) -> Outcome {
    match applied_once(run, table).await {
        Err(Stop::NotApplicable(_)) => Ok(()),
        outcome => outcome.map_err(|stop| stop.blocked_by(FILTER_APPLIED)),
    }
}

async fn applied_once(run: &mut Run<'_>, table: &Table) -> Outcome {
    let key = run.key_of_entity(FILTER_APPLIED);
    if let Some(known) = run.facts.get(&key) {
        return known;
    }
    let outcome = applied_now(run, table).await;
    run.facts.keep(key, outcome.clone());
    outcome
}

/// Fails if each of several filters finds every record, or fails.
async fn applied_now(run: &mut Run<'_>, table: &Table) -> Outcome {
    let questions = questions(run, FILTER_APPLIED, table)?;
    let mut faults = Vec::new();
    for expression in &questions.expressions {
        let question = Question::new(expression, table)?;
        let judgement = judgement(run, &question, table).await?;
        let has_no_effect = judgement.is_ignored || judgement.is_error;
        faults.extend(judgement.fault.clone().filter(|_| has_no_effect));
    }
    if faults.len() < questions.expressions.len() || faults.len() < 2 {
        return Ok(());
    }
    let mut findings = Findings::default();
    for fault in faults {
        findings.add(fault.with_cause(FILTER_APPLIED));
    }
    findings.outcome()
}

/// What a check queries with, chosen once.
fn questions(run: &mut Run<'_>, check: &str, table: &Table) -> Outcome<Arc<Questions>> {
    let key = run.key_of_entity(check);
    if let Some(known) = run.facts.get(&format!("{key}, filters")) {
        return known;
    }
    let choose = QUESTIONS.iter().find(|(id, _)| *id == check);
    let chosen = match choose {
        Some((_, choose)) => choose(table).map(Arc::new),
        None => Err(Stop::not_applicable("the check has no filters")),
    };
    run.facts.keep(format!("{key}, filters"), chosen.clone());
    chosen
}

/// Queries with a filter, unless this was done before, and judges the result.
async fn judgement(
    run: &mut Run<'_>,
    question: &Question<'_>,
    table: &Table,
) -> Outcome<Arc<Judgement>> {
    let key = run.key_of_entity(&format!("{UNFILTERED_COMPLETE}: {}", question.text));
    if let Some(known) = run.facts.get(&key) {
        return Ok(known);
    }
    run.must_have_time()?;
    let judgement = match run.read(&table.source, &question.query()).await {
        Ok(found) => question.judge(&found),
        Err(Stop::Failed(findings)) => match findings.kept.into_iter().next() {
            Some(finding) => question.failed(finding),
            None => return Err(Stop::not_applicable("the query has no result")),
        },
        Err(stop) => return Err(stop),
    };
    let judgement = Arc::new(judgement);
    run.facts.keep(key, judgement.clone());
    Ok(judgement)
}

/// Finds records that only queries with a filter return.
pub(super) async fn unfiltered_complete(run: &mut Run<'_>) -> Outcome {
    let table = table(run).await?;
    if let Some(findings) = run.facts.get(&run.key_of_entity(COUNTED)) {
        return Err(Stop::Failed(findings).blocked_by(RECORDS_READ));
    }
    let mut findings = Findings::default();
    let mut judged = 0;
    for (check, _) in QUESTIONS {
        let is_about_texts = check == ABOUT_TEXTS;
        if run.skip_reason(check).is_some() || is_about_texts && !run.is_test_entity() {
            continue;
        }
        let Some(questions) = applicable(questions(run, check, &table))? else {
            continue;
        };
        for expression in &questions.expressions {
            let question = Question::new(expression, &table)?;
            let key = run.key_of_entity(&format!("{UNFILTERED_COMPLETE}: {}", question.text));
            let is_known = run.facts.get::<Arc<Judgement>>(&key).is_some();
            let is_left_out =
                question.matching() > MANY || known_fault(run, "", &question).is_some();
            if !is_known && is_left_out {
                continue;
            }
            let Some(judgement) = applicable(judgement(run, &question, &table).await)? else {
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
    let table = table(run).await?;
    let mut undeclared: Vec<(Type, Operator, Expr)> = Vec::new();
    for field in table
        .definition()
        .fields
        .iter()
        .filter(|field| is_filterable(field))
    {
        let is_new = undeclared
            .iter()
            .all(|(of_type, ..)| *of_type != field.data_type);
        if is_new && undeclared.len() < MAX_UNDECLARED {
            undeclared
                .extend(undeclared_in(&table, field).map(|(op, expr)| (field.data_type, op, expr)));
        }
    }
    if undeclared.is_empty() {
        return Err(Stop::not_applicable("every field declares every operator"));
    }
    let mut findings = Findings::default();
    for (_, operator, expression) in undeclared {
        let text = expression.to_string();
        run.note(text.clone());
        let refusal = run.refusal(&query(&table.source, &text)).await;
        if let Some(refusal) = findings.absorb(refusal)? {
            let what = format!("{operator:?}, which the field does not declare,");
            findings.absorb(refusal.must_blame_the_request(&what))?;
        }
    }
    findings.outcome()
}

/// A comparison of a field with an operator that it does not declare.
fn undeclared_in(table: &Table, field: &FieldDefinition) -> Option<(Operator, Expr)> {
    // BETWEEN is also allowed by `>=` and `<=`; `contains` needs other values.
    let mut operators = FILTER_OPERATORS.iter().filter(|operator| {
        !matches!(operator, Operator::Between | Operator::Contains)
            && !field.filter_operators.contains(operator)
    });
    operators.find_map(|operator| {
        let values = FieldValues::new(table, field, *operator);
        let mut expressions = values.conditions(*operator).into_iter();
        // The language cannot express everything: it has no `<` for true and false.
        let expression = expressions.find(|expression| parse(&expression.to_string()).is_ok())?;
        Some((*operator, expression))
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
