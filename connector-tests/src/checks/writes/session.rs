//! The steps that checks of writes are made of.

use std::sync::Arc;

use appflow_connector_client::to_json;
use appflow_connector_model::{
    ConnectorMode, ConnectorRequest, FieldDataType, Record, RetrieveDataResponse, WriteDataRequest,
    WriteDataResponse, WriteOperationType as Operation, WriteRecordResult,
};
use appflow_connector_queryfilter::Filter;
use appflow_connector_queryfilter::ast::{CompareOp, Literal};
use serde_json::Value;

use super::{Fields, Retrieved};
use crate::checks::configuration::repeated;
use crate::checks::data::{id_text, retrieve_request, single_key};
use crate::config::WriteConfig;
use crate::filters::compare;
use crate::finding::Findings;
use crate::reading::{Query, Row, Source};
use crate::run::{Exchange, Outcome, Run, Stop};

/// The entity that is written, and what the connector can do with it.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) writes: WriteConfig,
    source: Source,
    operations: Vec<Operation>,
    can_read: bool,
}

/// Records that were inserted, the ids that they got, and the values of the key that find them again.
#[derive(Debug)]
pub(crate) struct Inserted {
    pub(super) records: Vec<Fields>,
    pub(super) ids: Vec<String>,
    pub(super) keys: Vec<String>,
    pub(super) exchange: Exchange,
}

impl Session {
    pub(super) async fn begin(run: &mut Run<'_>) -> Outcome<Self> {
        if !run.has_mode(ConnectorMode::Destination).await? {
            return Err(Stop::not_applicable("the connector is no DESTINATION"));
        }
        let Some(writes) = run.config.harness.writes.clone() else {
            return Err(Stop::not_applicable(
                "the config allows no writes: it has no `harness.writes`",
            ));
        };
        let entity = match &writes.entity_identifier {
            Some(identifier) => Arc::new(run.describe(identifier).await?),
            None => run.test_entity().await?,
        };
        let configuration = run.configuration().await?;
        let context = run.context(Some(&entity.definition)).await?;
        Ok(Self {
            writes,
            source: Source {
                definition: entity.definition.clone(),
                context,
            },
            operations: configuration.supported_write_operations.clone(),
            can_read: run.has_mode(ConnectorMode::Source).await?,
        })
    }

    /// Not applicable where the connector does not declare the operation.
    pub(super) fn must_support(&self, operation: Operation) -> Outcome {
        if self.operations.contains(&operation) {
            return Ok(());
        }
        Err(Stop::not_applicable(format!(
            "the connector does not declare {operation:?}"
        )))
    }

    /// The field that identifies a record.
    pub(super) fn key(&self) -> Outcome<String> {
        let keys = self.source.definition.fields.iter();
        let keys: Vec<String> = keys
            .filter(|field| field.is_primary_key == Some(true))
            .map(|field| field.field_name.clone())
            .collect();
        single_key(&self.source.definition, &keys)
    }

    /// What finds a record again: its key where it was sent with it, and otherwise the id of its result.
    fn key_text(&self, sent: &Fields, id: &str) -> String {
        let sent_key = self.key().ok().and_then(|key| sent.get(&key));
        let sent_key = sent_key.and_then(|value| id_text(&value.to_string()));
        sent_key.unwrap_or_else(|| id.to_owned())
    }

    /// The text of a key as its value in a record.
    pub(super) fn key_value(&self, text: &str) -> Value {
        let key = self
            .key()
            .ok()
            .and_then(|key| self.source.definition.field(&key));
        match key {
            Some(field) if field.data_type != FieldDataType::String => {
                serde_json::from_str(text).unwrap_or_else(|_| text.into())
            }
            _ => text.into(),
        }
    }

    /// The fields that upserts find a record by.
    pub(super) fn upsert_id_fields(&self) -> Outcome<Vec<String>> {
        if let Some(fields) = &self.writes.upsert_id_field_names
            && !fields.is_empty()
        {
            return Ok(fields.clone());
        }
        let key = self.key()?;
        let field = self.source.definition.field(&key);
        let properties = field.and_then(|field| field.write_properties.as_ref());
        if properties.and_then(|properties| properties.is_creatable) == Some(true) {
            return Ok(vec![key]);
        }
        Err(Stop::not_applicable(
            "the config has no `harness.writes.upsertIdFieldNames`",
        ))
    }

    pub(super) async fn write(
        &self,
        run: &mut Run<'_>,
        operation: Operation,
        id_fields: Vec<String>,
        records: &[Fields],
    ) -> Outcome<Exchange> {
        let records = records
            .iter()
            .map(|record| Record::from_json_unchecked(Value::Object(record.clone()).to_string()));
        let request = WriteDataRequest::builder()
            .entity_identifier(&self.source.definition.entity.entity_identifier)
            .connector_context(self.source.context.clone())
            .operation(operation)
            .id_field_names(id_fields)
            .records(records.collect())
            .all_or_none(false)
            .build();
        run.send(to_json(&ConnectorRequest::WriteData(request)))
            .await
    }

    /// A write in which every record must go well.
    pub(super) async fn write_well(
        &self,
        run: &mut Run<'_>,
        operation: Operation,
        id_fields: Vec<String>,
        records: &[Fields],
    ) -> Outcome<Exchange> {
        let exchange = self.write(run, operation, id_fields, records).await?;
        let answer: WriteDataResponse = exchange.good_answer()?;
        let results = answer.write_record_results.unwrap_or_default();
        if operation != Operation::Delete {
            self.keep_created(run, records, &results);
        }
        let problem = if results.len() != records.len() {
            format!(
                "{} results came for {} records",
                results.len(),
                records.len()
            )
        } else if results.iter().any(|result| !result.is_success) {
            "a record's result says that it failed".to_owned()
        } else {
            return Ok(exchange);
        };
        Err(exchange
            .finding(problem, "one good result per record")
            .into())
    }

    /// Remembers what is to be deleted in the end.
    pub(super) fn keep_created(
        &self,
        run: &mut Run<'_>,
        sent: &[Fields],
        results: &[WriteRecordResult],
    ) {
        let written = sent.iter().zip(results);
        for (record, result) in written.filter(|(_, result)| result.is_success) {
            let Some(id) = &result.record_id else {
                continue;
            };
            let key = self.key_text(record, id);
            if !run.facts.created.contains(&key) {
                run.facts.created.push(key);
            }
        }
    }

    pub(super) async fn delete(&self, run: &mut Run<'_>, keys: &[String]) -> Outcome<Exchange> {
        let key = self.key()?;
        let record = |text: &String| Fields::from_iter([(key.clone(), self.key_value(text))]);
        let records: Vec<Fields> = keys.iter().map(record).collect();
        self.write_well(run, Operation::Delete, vec![key.clone()], &records)
            .await
    }

    /// The records with these keys.
    pub(super) async fn retrieve(&self, run: &mut Run<'_>, keys: &[String]) -> Outcome<Retrieved> {
        self.must_be_readable()?;
        let request = retrieve_request(&self.source, &self.key()?, keys.to_vec());
        let (answer, exchange): (RetrieveDataResponse, _) = run.ask(&request).await?;
        let records = answer.records.unwrap_or_default();
        let rows = records.iter().filter_map(|record| Row::read(record).ok());
        Ok((rows.collect(), exchange))
    }

    /// The records with this value in a field.
    pub(super) async fn find(
        &self,
        run: &mut Run<'_>,
        field: &str,
        value: &Value,
    ) -> Outcome<Vec<Row>> {
        self.must_be_readable()?;
        let literal = match value {
            Value::String(text) => Literal::String(text.clone()),
            Value::Number(number) => Literal::Number(number.to_string()),
            _ => {
                return Err(Stop::not_applicable(format!(
                    "`{field}` is no text and no number"
                )));
            }
        };
        let filter = Filter {
            predicate: Some(compare(field, CompareOp::Equal, literal)),
            limit: None,
        };
        if filter.bind(&self.source.definition).is_err() {
            return Err(Stop::not_applicable(format!(
                "`{field}` cannot be filtered by"
            )));
        }
        let query = Query {
            fields: self.source.retrievable(),
            filter: Some(filter.to_string()),
            page_size: None,
        };
        let mut rows = run.read(&self.source, &query).await?.rows;
        // Whether filters are heeded is the finding of another check.
        let wanted = Fields::from_iter([(field.to_owned(), value.clone())]);
        rows.retain(|row| holds(row, &wanted));
        Ok(rows)
    }

    fn must_be_readable(&self) -> Outcome {
        if self.can_read {
            return Ok(());
        }
        Err(Stop::not_applicable(
            "the connector is no SOURCE: what it writes cannot be read",
        ))
    }
}

/// Inserts the config's records, once in a run.
pub(super) async fn insert(run: &mut Run<'_>) -> Outcome<(Session, Arc<Inserted>)> {
    let session = Session::begin(run).await?;
    session.must_support(Operation::Insert)?;
    if let Some(known) = run.facts.inserted.clone() {
        return known.map(|inserted| (session, inserted));
    }
    let outcome = insert_now(run, &session).await.map(Arc::new);
    run.facts.inserted = Some(outcome.clone());
    outcome.map(|inserted| (session, inserted))
}

async fn insert_now(run: &mut Run<'_>, session: &Session) -> Outcome<Inserted> {
    let run_id = run.id.clone();
    let records = session.writes.records.iter();
    let records: Vec<Fields> = records.map(|record| with_run(record, &run_id)).collect();
    let exchange = session
        .write_well(run, Operation::Insert, vec![], &records)
        .await?;
    let answer: WriteDataResponse = exchange.read()?;
    let results = answer.write_record_results.unwrap_or_default();
    let ids: Vec<String> = results
        .into_iter()
        .filter_map(|result| result.record_id)
        .collect();
    let mut findings = Findings::default();
    if ids.len() != records.len() {
        let problem = "a good result has no `recordId`";
        findings.add(exchange.finding(problem, "the id that the application gave the record"));
    }
    for id in repeated(ids.iter().map(String::as_str)) {
        let problem = format!("two results have the id `{id}`");
        findings.add(exchange.finding(problem, "an id for each"));
    }
    findings.outcome()?;
    let keys = records.iter().zip(&ids);
    let keys = keys.map(|(record, id)| session.key_text(record, id));
    Ok(Inserted {
        keys: keys.collect(),
        records,
        ids,
        exchange,
    })
}

/// A record with `{{run}}` filled in.
pub(super) fn with_run(record: &Fields, run_id: &str) -> Fields {
    let fill = |value: &Value| match value {
        Value::String(text) => Value::String(text.replace("{{run}}", run_id)),
        other => other.clone(),
    };
    record
        .iter()
        .map(|(name, value)| (name.clone(), fill(value)))
        .collect()
}

/// Whether a record that was read has the values of one that was sent.
pub(super) fn holds(row: &Row, sent: &Fields) -> bool {
    let text = Record::from_json_unchecked(Value::Object(sent.clone()).to_string());
    let names: Vec<String> = sent.keys().cloned().collect();
    Row::read(&text).is_ok_and(|sent| row.differing(&sent, &names).is_empty())
}
