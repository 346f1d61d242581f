//! Updates of every field that can be updated, one by one and together.

use std::collections::HashSet;

use appflow_connector_model::{
    FieldDefinition, WriteDataResponse, WriteOperationType as Operation,
};
use serde_json::Value;

use super::operations::inserted;
use super::session::{self, Fields, Inserted, Session};
use crate::catalog::writes::UPDATE;
use crate::checks::data::facts::dataset;
use crate::checks::data::records::id_text;
use crate::filters::{Role, role};
use crate::finding::{Finding, Findings};
use crate::reading::Row;
use crate::run::{Exchange, Outcome, Run, Stop};

/// The maximum number of fields that are updated.
const MAX_FIELDS: usize = 40;

/// A new value for a field.
#[derive(Clone)]
struct Change {
    field: String,
    value: Value,
    /// Whether the config has it; else the application may have rules against it.
    is_configured: bool,
}

pub(super) async fn update_fields(run: &mut Run<'_>) -> Outcome {
    let (session, inserted) = inserted(run).await?;
    session.must_support(Operation::Update)?;
    let key = session.key()?;
    if let Some(finding) = run.facts.get::<Finding>(UPDATE) {
        return Err(Stop::Failed(finding.into()).blocked_by(UPDATE));
    }
    let others = unchanged_fields(&session, &key);
    let changes = changes(run, &session, &inserted, &key).await?;
    if changes.is_empty() {
        return Err(Stop::not_applicable(
            "no field declares `isUpdatable: true` or is in `harness.writes`, with another value \
             to write",
        ));
    }
    let mut findings = Findings::default();
    let mut before = rows(run, &session, &inserted, &key).await?;
    let mut stored = Vec::new();
    for batch in changes.chunks(inserted.keys.len()) {
        // Each record gets another field.
        let records: Vec<Fields> = batch
            .iter()
            .zip(&inserted.keys)
            .map(|(change, id)| record(&session, &key, id, std::slice::from_ref(change)))
            .collect();
        let written = write(run, &session, &key, &records).await;
        let Some((exchange, refused)) = findings.absorb(written)? else {
            continue;
        };
        let after = rows(run, &session, &inserted, &key).await?;
        for (at, change) in batch.iter().enumerate() {
            if let Some(reason) = refused.get(at).cloned().flatten() {
                refuse(run, &mut findings, change, &reason, &exchange);
                continue;
            }
            stored.push(change.clone());
            let named = std::slice::from_ref(change);
            let pair = (before.get(at), after.get(at));
            findings.add_all(compared(pair, named, &others, &exchange));
        }
        before = after;
    }
    run.note(format!("{} fields", stored.len()));
    if findings.is_empty() && stored.len() > 1 {
        findings.add_all(together(run, &session, &inserted, &key, &stored, &others).await?);
    }
    findings.outcome()
}

/// Writes all fields of one record together.
async fn together(
    run: &mut Run<'_>,
    session: &Session,
    inserted: &Inserted,
    key: &str,
    changes: &[Change],
    others: &[String],
) -> Outcome<Findings> {
    let last = inserted.keys.len() - 1;
    let before = rows(run, session, inserted, key).await?;
    let all = record(session, key, &inserted.keys[last], changes);
    let (exchange, refused) = write(run, session, key, &[all]).await?;
    if let Some(Some(reason)) = refused.first() {
        let warning = exchange.finding(
            format!("an update of all fields together is refused: {reason}"),
            "a success, unless the application has a rule against it",
        );
        run.warn(warning);
        return Ok(Findings::default());
    }
    let after = rows(run, session, inserted, key).await?;
    let pair = (before.get(last), after.get(last));
    Ok(compared(pair, changes, others, &exchange))
}

/// What is wrong with a record after an update.
fn compared(
    (before, after): (Option<&Option<Row>>, Option<&Option<Row>>),
    changes: &[Change],
    others: &[String],
    exchange: &Exchange,
) -> Findings {
    let mut findings = Findings::default();
    let (Some(Some(before)), Some(Some(after))) = (before, after) else {
        findings.add(exchange.finding("the updated record cannot be read", "the record"));
        return findings;
    };
    let names: Vec<&str> = changes.iter().map(|change| change.field.as_str()).collect();
    for change in changes {
        let wanted = Fields::from_iter([(change.field.clone(), change.value.clone())]);
        if !session::holds(after, &wanted) {
            let name = &change.field;
            let problem = format!(
                "the update of `{name}` to {} is not stored: it is {}{}",
                change.value,
                after.get(name).unwrap_or("null"),
                if names.len() > 1 {
                    ", if several fields are updated together"
                } else {
                    ""
                }
            );
            findings.add(exchange.finding(problem, "the value that was sent"));
        }
    }
    let others: Vec<String> = others
        .iter()
        .filter(|name| !names.contains(&name.as_str()))
        .cloned()
        .collect();
    for name in after.differing(before, &others) {
        let problem = format!(
            "the update of `{}` changed `{name}`, which it does not name",
            names.join("`, `")
        );
        findings.add(exchange.finding(problem, "only the fields that the update names"));
    }
    findings
}

fn refuse(
    run: &mut Run<'_>,
    findings: &mut Findings,
    change: &Change,
    reason: &str,
    exchange: &Exchange,
) {
    let problem = format!(
        "the update of `{}` to {} is refused: {reason}",
        change.field, change.value
    );
    if change.is_configured {
        findings.add(exchange.finding(problem, "a success: the config has this value"));
    } else {
        let expected = "a success, unless the application has a rule against it: then give another \
                        value in `harness.writes.update`";
        run.warn(exchange.finding(problem, expected));
    }
}

/// Writes records, and returns why each was refused, if it was.
async fn write(
    run: &mut Run<'_>,
    session: &Session,
    key: &str,
    records: &[Fields],
) -> Outcome<(Exchange, Vec<Option<String>>)> {
    let id_fields = vec![key.to_owned()];
    let exchange = session
        .write(run, Operation::Update, id_fields, records)
        .await?;
    let response: WriteDataResponse = exchange.read()?;
    let results = response.write_record_results.unwrap_or_default();
    if results.len() != records.len() {
        let problem = format!("{} results for {} records", results.len(), records.len());
        return Err(exchange
            .finding(problem, "one result for each record")
            .into());
    }
    let refused = results.into_iter().map(|result| {
        let message = result
            .error_message
            .unwrap_or_else(|| "without a reason".to_owned());
        (!result.is_success).then_some(message)
    });
    Ok((exchange, refused.collect()))
}

/// The inserted records as they are now, in their order.
async fn rows(
    run: &mut Run<'_>,
    session: &Session,
    inserted: &Inserted,
    key: &str,
) -> Outcome<Vec<Option<Row>>> {
    let (rows, _) = session.retrieve(run, &inserted.keys).await?;
    let with_id = |id: &String| {
        let mut rows = rows.iter();
        rows.find(|row| row.get(key).and_then(id_text).as_ref() == Some(id))
            .cloned()
    };
    Ok(inserted.keys.iter().map(with_id).collect())
}

fn record(session: &Session, key: &str, id: &str, changes: &[Change]) -> Fields {
    let mut record = Fields::from_iter([(key.to_owned(), session.key_value(id))]);
    for change in changes {
        record.insert(change.field.clone(), change.value.clone());
    }
    record
}

/// The fields that an update of others leaves as they are: not those that applications set.
fn unchanged_fields(session: &Session, key: &str) -> Vec<String> {
    let fields = session.source.definition.fields.iter();
    fields
        .filter(|field| field.is_updatable() && field.is_retrievable())
        .filter(|field| field.field_name != key && role(field) != Some(Role::Timestamp))
        .map(|field| field.field_name.clone())
        .collect()
}

/// A new value for each field that can be updated: one of the config, or else one that another
/// record has.
async fn changes(
    run: &mut Run<'_>,
    session: &Session,
    inserted: &Inserted,
    key: &str,
) -> Outcome<Vec<Change>> {
    let update = session.writes.update.clone().unwrap_or_default();
    let update = session::with_run(&update, &run.id);
    let is_test_entity =
        session.source.definition.entity.entity_identifier == run.config.test_entity_identifier;
    let all = if is_test_entity {
        match dataset(run).await {
            Ok((_, all)) => Some(all),
            Err(Stop::Broken) => return Err(Stop::Broken),
            Err(_) => None,
        }
    } else {
        None
    };
    let upsert_fields = session.upsert_id_fields().unwrap_or_default();
    let current = &inserted.records[0];
    let mut changes = Vec::new();
    for field in &session.source.definition.fields {
        let name = &field.field_name;
        if name == key || upsert_fields.contains(name) || !field.is_retrievable() {
            continue;
        }
        let configured = update.get(name).or_else(|| {
            let others = inserted.records[1..].iter();
            let mut others = others.filter_map(|record| record.get(name));
            others.find(|value| current.get(name) != Some(value))
        });
        if let Some(value) = configured.filter(|_| field.is_updatable()) {
            changes.push(Change {
                field: name.clone(),
                value: value.clone(),
                is_configured: update.contains_key(name),
            });
        } else if let Some(value) = all.as_ref().and_then(|all| shared_value(field, &all.rows)) {
            changes.push(Change {
                field: name.clone(),
                value,
                is_configured: false,
            });
        }
    }
    changes.truncate(MAX_FIELDS);
    Ok(changes)
}

/// A value that several records have in a field that declares `isUpdatable: true`. A field whose
/// values all differ may have to be unique.
fn shared_value(field: &FieldDefinition, rows: &[Row]) -> Option<Value> {
    let properties = field.write_properties.as_ref()?;
    if properties.is_updatable != Some(true) {
        return None;
    }
    let mut values = rows.iter().filter_map(|row| row.get(&field.field_name));
    let mut seen = HashSet::new();
    let chosen = values.find(|value| !seen.insert(*value))?;
    let value: Value = serde_json::from_str(chosen).ok()?;
    (!value.is_object() && !value.is_array() && !value.is_null()).then_some(value)
}
