//! Writing records, where the config allows it.

mod session;

use std::sync::Arc;

use appflow_connector_model::{
    ConnectorRequest, ErrorCode, Record, WriteDataRequest, WriteDataResponse,
    WriteOperationType as Operation,
};
use serde_json::{Map, Value};

pub(crate) use session::Inserted;
use session::Session;

use super::Check;
use super::data::id_text;
use crate::finding::Findings;
use crate::reading::Row;
use crate::run::{Exchange, Outcome, Run, Stop};

const INSERT: &str = "writes.insert";

pub(super) static CHECKS: &[Check] = &[
    Check::new(
        INSERT,
        "A flow into the application inserts records and learns each one's id.",
        |run| Box::pin(insert(run)),
    ),
    Check::new(
        "writes.read-back",
        "What was written is there, with the values that were sent.",
        |run| Box::pin(read_back(run)),
    ),
    Check::new(
        "writes.results-in-order",
        "AppFlow takes the results for those of its records one by one, in the order in which it sent them.",
        |run| Box::pin(results_in_order(run)),
    ),
    Check::new(
        "writes.update",
        "An update changes what it names and nothing else.",
        |run| Box::pin(update(run)),
    ),
    Check::new(
        "writes.upsert-twice-is-one",
        "A run that is repeated upserts the same records again: they must not be there twice.",
        |run| Box::pin(upsert_twice_is_one(run)),
    ),
    Check::new(
        "writes.partial-failure",
        "AppFlow puts the records that failed aside, by PartialWriteFailure and a result for each.",
        |run| Box::pin(partial_failure(run)),
    ),
    Check::new(
        "writes.delete",
        "What was deleted is not there any more.",
        |run| Box::pin(delete(run)),
    ),
    Check::new(
        "writes.configured-writes",
        "The config's own writes go well.",
        |run| Box::pin(configured_writes(run)),
    ),
];

async fn insert(run: &mut Run<'_>) -> Outcome {
    let (_, inserted) = session::insert(run).await?;
    run.note(format!("{} records", inserted.ids.len()));
    Ok(())
}

/// The inserted records, for the checks that need them.
async fn inserted(run: &mut Run<'_>) -> Outcome<(Session, Arc<Inserted>)> {
    session::insert(run)
        .await
        .map_err(|stop| stop.blocked_by(INSERT))
}

async fn read_back(run: &mut Run<'_>) -> Outcome {
    let (session, inserted) = inserted(run).await?;
    let (rows, exchange) = session.retrieve(run, &inserted.keys).await?;
    let mut findings = Findings::default();
    for sent in &inserted.records {
        if !rows.iter().any(|row| session::holds(row, sent)) {
            let problem = "no record that was read back holds the values of an inserted one";
            let expected = Value::Object(sent.clone()).to_string();
            findings.add(exchange.finding(problem, expected));
        }
    }
    findings.outcome()
}

async fn results_in_order(run: &mut Run<'_>) -> Outcome {
    let (session, inserted) = inserted(run).await?;
    let key = session.key()?;
    if !inserted.ids.iter().any(|id| inserted.keys.contains(id)) {
        return Err(Stop::not_applicable(format!(
            "the ids of results are no values of the key `{key}`"
        )));
    }
    let (rows, _) = session.retrieve(run, &inserted.keys).await?;
    let mut findings = Findings::default();
    for (at, id) in inserted.ids.iter().enumerate() {
        let row = rows
            .iter()
            .find(|row| row.get(&key).and_then(id_text).as_ref() == Some(id));
        let Some(row) = row else { continue };
        // Values that are no record's at all are the finding of another check.
        let others = inserted.records.iter().enumerate();
        let other = others
            .into_iter()
            .find(|(_, sent)| session::holds(row, sent));
        if let Some((other, _)) = other
            && !session::holds(row, &inserted.records[at])
        {
            let problem = format!("result {} has the id of record {}", at + 1, other + 1);
            findings.add(inserted.exchange.finding(
                problem,
                "one result per record, in the order of the request",
            ));
        }
    }
    findings.outcome()
}

async fn update(run: &mut Run<'_>) -> Outcome {
    let (session, inserted) = inserted(run).await?;
    session.must_support(Operation::Update)?;
    let key = session.key()?;
    let Some(change) = session.writes.update.clone() else {
        return Err(Stop::not_applicable(
            "the config has no `harness.writes.update`",
        ));
    };
    let changed = &inserted.keys[..1];
    let change = session::with_run(&change, &run.id);
    let mut record = change.clone();
    record.insert(key.clone(), session.key_value(&changed[0]));
    let before = session.retrieve(run, changed).await?.0;
    let exchange = session
        .write_well(run, Operation::Update, vec![key], &[record])
        .await?;
    let after = session.retrieve(run, changed).await?.0;
    let (Some(before), Some(after)) = (before.first(), after.first()) else {
        return Err(exchange
            .finding("the updated record is not there", "it is there, changed")
            .into());
    };

    // What the application sets by itself may change.
    let sent = inserted.records[0].keys();
    let others: Vec<String> = sent
        .filter(|name| !change.contains_key(*name))
        .cloned()
        .collect();
    let problem = if !session::holds(after, &change) {
        format!("after the update the record is {}", after.to_text())
    } else if let Some(name) = after.differing(before, &others).first() {
        format!("the update has changed `{name}`, which it does not name")
    } else {
        return Ok(());
    };
    let expected = format!("{} changed, and no other", Value::Object(change));
    Err(exchange.finding(problem, expected).into())
}

async fn upsert_twice_is_one(run: &mut Run<'_>) -> Outcome {
    let session = Session::begin(run).await?;
    session.must_support(Operation::Upsert)?;
    let id_fields = session.upsert_id_fields()?;
    // Another record than the inserted ones.
    let another_run = format!("{}u", &run.id[..7]);
    let mut record = session::with_run(&session.writes.records[0], &another_run);
    let field = id_fields[0].clone();
    if !record.contains_key(&field) {
        let reason = format!("the first of `harness.writes.records` has no `{field}` to upsert by");
        return Err(Stop::not_applicable(reason));
    }
    session
        .write_well(
            run,
            Operation::Upsert,
            id_fields.clone(),
            std::slice::from_ref(&record),
        )
        .await?;
    if let Some(change) = &session.writes.update {
        record.extend(session::with_run(change, &another_run));
    }
    let exchange = session
        .write_well(
            run,
            Operation::Upsert,
            id_fields,
            std::slice::from_ref(&record),
        )
        .await?;

    let rows = session.find(run, &field, &record[&field]).await?;
    let problem = match rows.as_slice() {
        [one] if session::holds(one, &record) => return Ok(()),
        [one] => format!("after the second upsert the record is {}", one.to_text()),
        rows => format!("after two upserts there are {} records", rows.len()),
    };
    let expected = format!("one record: {}", Value::Object(record));
    Err(exchange.finding(problem, expected).into())
}

async fn partial_failure(run: &mut Run<'_>) -> Outcome {
    let session = Session::begin(run).await?;
    session.must_support(Operation::Insert)?;
    let Some(bad) = session.writes.bad_record.clone() else {
        return Err(Stop::not_applicable(
            "the config has no `harness.writes.badRecord`",
        ));
    };
    let another_run = format!("{}p", &run.id[..7]);
    let good = |at: usize| session::with_run(&session.writes.records[at], &another_run);
    let records = [good(0), session::with_run(&bad, &another_run), good(1)];
    let exchange = session
        .write(run, Operation::Insert, vec![], &records)
        .await?;
    let answer: WriteDataResponse = exchange.read()?;
    let results = answer.write_record_results.unwrap_or_default();
    session.keep_created(run, &records, &results);

    let mut findings = Findings::default();
    let code = answer.error_details.map(|details| details.error_code);
    if answer.is_success || code != Some(ErrorCode::PartialWriteFailure) {
        let problem = match code {
            _ if answer.is_success => {
                "a write of which one record failed says `isSuccess: true`".to_owned()
            }
            Some(code) => format!(
                "a write of which one record failed ends in {}",
                code.as_str()
            ),
            None => "a write of which one record failed has no `errorDetails`".to_owned(),
        };
        findings.add(exchange.finding(problem, "`isSuccess: false` and PartialWriteFailure"));
    }
    let went_well: Vec<bool> = results.iter().map(|result| result.is_success).collect();
    if went_well != [true, false, true] {
        let problem = format!("the results say {went_well:?}");
        findings.add(exchange.finding(
            problem,
            "[true, false, true]: the second record is the bad one",
        ));
    } else if results[1]
        .error_message
        .as_ref()
        .is_none_or(|message| message.trim().is_empty())
    {
        findings.add(exchange.finding(
            "the failed record's result has no `errorMessage`",
            "why it failed",
        ));
    }
    findings.outcome()
}

async fn delete(run: &mut Run<'_>) -> Outcome {
    let (session, _) = inserted(run).await?;
    session.must_support(Operation::Delete)?;
    let keys = std::mem::take(&mut run.facts.created);
    let exchange = session.delete(run, &keys).await?;
    run.note(format!("{} records", keys.len()));
    let rows = match session.retrieve(run, &keys).await {
        Ok((rows, _)) => rows,
        // Whether ids that are not there may be asked for is the finding of another check.
        Err(Stop::Failed(_)) => return Ok(()),
        Err(stop) => return Err(stop),
    };
    if rows.is_empty() {
        return Ok(());
    }
    let problem = format!(
        "{} of {} deleted records are still there",
        rows.len(),
        keys.len()
    );
    Err(exchange.finding(problem, "none").into())
}

/// Deletes what the checks wrote and did not delete, as far as the connector can.
pub(crate) async fn clean_up(run: &mut Run<'_>) {
    let keys = std::mem::take(&mut run.facts.created);
    if keys.is_empty() {
        return;
    }
    if let Ok(session) = Session::begin(run).await
        && session.must_support(Operation::Delete).is_ok()
    {
        // Nothing is left to be said to if it fails: the checks have had their say.
        let _ = session.delete(run, &keys).await;
    }
}

async fn configured_writes(run: &mut Run<'_>) -> Outcome {
    let writes = &run.config.write_record_configurations;
    if writes.is_empty() {
        return Err(Stop::not_applicable(
            "the config has no `writeRecordConfigurations`",
        ));
    }
    let mut findings = Findings::default();
    for write in writes {
        let described = run.describe(&write.entity_identifier).await;
        let Some(described) = findings.absorb(described)? else {
            continue;
        };
        let context = run.context(Some(&described.definition)).await?;
        let records = write
            .records
            .iter()
            .cloned()
            .map(Record::from_json_unchecked);
        let request = WriteDataRequest::builder()
            .entity_identifier(&write.entity_identifier)
            .connector_context(context)
            .maybe_operation(write.operation)
            .maybe_id_field_names(write.id_field_names.clone())
            .records(records.collect())
            .maybe_all_or_none(write.all_or_none)
            .build();
        let answer = run
            .ask::<WriteDataResponse>(&ConnectorRequest::WriteData(request))
            .await;
        findings.absorb(answer)?;
    }
    findings.outcome()
}

/// A record as a write sends it.
type Fields = Map<String, Value>;

/// The rows of an answer to a retrieval, and the call.
type Retrieved = (Vec<Row>, Exchange);
