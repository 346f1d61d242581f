use std::sync::Arc;

use appflow_connector_model::{
    ConnectorRequest, ErrorCode, Record, WriteDataRequest, WriteDataResponse,
    WriteOperationType as Operation,
};
use serde_json::Value;

use super::session::{self, Inserted, Session};
use crate::catalog::writes::{INSERT, UPDATE};
use crate::checks::configuration::facts::context;
use crate::checks::data::records::id_text;
use crate::checks::metadata::facts::entity;
use crate::finding::Findings;
use crate::run::{Outcome, Run, Stop};

pub(super) async fn insert(run: &mut Run<'_>) -> Outcome {
    let (_, inserted) = session::insert(run).await?;
    run.note(format!("{} records", inserted.ids.len()));
    Ok(())
}

/// The inserted records, for the checks that need them.
pub(super) async fn inserted(run: &mut Run<'_>) -> Outcome<(Session, Arc<Inserted>)> {
    session::insert(run)
        .await
        .map_err(|stop| stop.blocked_by(INSERT))
}

pub(super) async fn read_back(run: &mut Run<'_>) -> Outcome {
    let (session, inserted) = inserted(run).await?;
    let (rows, exchange) = session.retrieve(run, &inserted.keys).await?;
    let mut findings = Findings::default();
    for sent in &inserted.records {
        if !rows.iter().any(|row| session::holds(row, sent)) {
            let problem = "no record that was read has the values of an inserted one";
            let expected = Value::Object(sent.clone()).to_string();
            findings.add(exchange.finding(problem, expected));
        }
    }
    findings.outcome()
}

pub(super) async fn results_in_order(run: &mut Run<'_>) -> Outcome {
    let (session, inserted) = inserted(run).await?;
    let key = session.key()?;
    if !inserted.ids.iter().any(|id| inserted.keys.contains(id)) {
        return Err(Stop::not_applicable(format!(
            "the ids in the results are not values of the key `{key}`"
        )));
    }
    let (rows, _) = session.retrieve(run, &inserted.keys).await?;
    let mut findings = Findings::default();
    for (at, id) in inserted.ids.iter().enumerate() {
        let row = rows
            .iter()
            .find(|row| row.get(&key).and_then(id_text).as_ref() == Some(id));
        let Some(row) = row else { continue };
        // Values that no record has are a finding of another check.
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

pub(super) async fn update(run: &mut Run<'_>) -> Outcome {
    let outcome = update_first(run).await;
    if let Err(Stop::Failed(findings)) = &outcome
        && let Some(finding) = findings.kept.first()
    {
        run.facts.keep(UPDATE, finding.clone());
    }
    outcome
}

async fn update_first(run: &mut Run<'_>) -> Outcome {
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
        .write_all(run, Operation::Update, vec![key], &[record])
        .await?;
    let after = session.retrieve(run, changed).await?.0;
    let (Some(before), Some(after)) = (before.first(), after.first()) else {
        return Err(exchange
            .finding(
                "the updated record does not exist",
                "the record with the new values",
            )
            .into());
    };

    // Fields that the application sets may change.
    let sent = inserted.records[0].keys();
    let others: Vec<String> = sent
        .filter(|name| !change.contains_key(*name))
        .cloned()
        .collect();
    let problem = if !session::holds(after, &change) {
        format!("after the update the record is {}", after.to_text())
    } else if let Some(name) = after.differing(before, &others).first() {
        format!("the update changed `{name}`, which it does not name")
    } else {
        return Ok(());
    };
    let expected = format!("only these fields changed: {}", Value::Object(change));
    Err(exchange.finding(problem, expected).into())
}

pub(super) async fn upsert_twice_is_one(run: &mut Run<'_>) -> Outcome {
    let session = Session::begin(run).await?;
    session.must_support(Operation::Upsert)?;
    let id_fields = session.upsert_id_fields()?;
    // A different record from the inserted ones.
    let another_run = format!("{}u", &run.id[..7]);
    let mut record = session::with_run(&session.writes.records[0], &another_run);
    let field = id_fields[0].clone();
    if !record.contains_key(&field) {
        let reason = format!("the first of `harness.writes.records` has no `{field}` to upsert by");
        return Err(Stop::not_applicable(reason));
    }
    session
        .write_all(
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
        .write_all(
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

pub(super) async fn partial_failure(run: &mut Run<'_>) -> Outcome {
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
    let response: WriteDataResponse = exchange.read()?;
    let results = response.write_record_results.unwrap_or_default();
    session.keep_created(run, &records, &results);

    let mut findings = Findings::default();
    let code = response.error_details.map(|details| details.error_code);
    if response.is_success || code != Some(ErrorCode::PartialWriteFailure) {
        let problem = match code {
            _ if response.is_success => {
                "a write with one failed record returns `isSuccess: true`".to_owned()
            }
            Some(code) => format!("a write with one failed record returns {}", code.as_str()),
            None => {
                "the response to a write with one failed record has no `errorDetails`".to_owned()
            }
        };
        findings.add(exchange.finding(problem, "`isSuccess: false` and PartialWriteFailure"));
    }
    let succeeded: Vec<bool> = results.iter().map(|result| result.is_success).collect();
    if succeeded != [true, false, true] {
        let problem = format!("`isSuccess` of the results is {succeeded:?}");
        findings.add(exchange.finding(
            problem,
            "[true, false, true]: the second record is `harness.writes.badRecord`",
        ));
    } else if results[1]
        .error_message
        .as_ref()
        .is_none_or(|message| message.trim().is_empty())
    {
        findings.add(exchange.finding(
            "the failed record's result has no `errorMessage`",
            "the reason",
        ));
    }
    findings.outcome()
}

pub(super) async fn delete(run: &mut Run<'_>) -> Outcome {
    let (session, _) = inserted(run).await?;
    session.must_support(Operation::Delete)?;
    let keys = session::take_created(run);
    let exchange = session.delete(run, &keys).await?;
    run.note(format!("{} records", keys.len()));
    let rows = match session.retrieve(run, &keys).await {
        Ok((rows, _)) => rows,
        // A refusal of unknown ids is a finding of another check.
        Err(Stop::Failed(_)) => return Ok(()),
        Err(stop) => return Err(stop),
    };
    if rows.is_empty() {
        return Ok(());
    }
    let problem = format!(
        "{} of {} deleted records still exist",
        rows.len(),
        keys.len()
    );
    Err(exchange.finding(problem, "none").into())
}

pub(super) async fn configured_writes(run: &mut Run<'_>) -> Outcome {
    let writes = &run.config.write_record_configurations;
    if writes.is_empty() {
        return Err(Stop::not_applicable(
            "the config has no `writeRecordConfigurations`",
        ));
    }
    let mut findings = Findings::default();
    for write in writes {
        let described = entity(run, &write.entity_identifier).await;
        let Some(described) = findings.absorb(described)? else {
            continue;
        };
        let context = context(run, Some(&described.definition)).await?;
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
        let written = run
            .ask::<WriteDataResponse>(&ConnectorRequest::WriteData(request))
            .await;
        findings.absorb(written)?;
    }
    findings.outcome()
}
