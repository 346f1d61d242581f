//! The steps of the checks of writes.

use std::sync::Arc;

use appflow_connector_client::to_json;
use appflow_connector_model::{
    ConnectorMode, ConnectorRequest, FieldDataType, Record, RetrieveDataResponse, WriteDataRequest,
    WriteDataResponse, WriteOperationType as Operation, WriteRecordResult,
};
use appflow_connector_queryfilter::Filter;
use appflow_connector_queryfilter::ast::{CompareOp, Literal};
use serde_json::{Map, Value};

use crate::catalog::writes::{DELETE, INSERT};
use crate::checks::configuration::facts::{configuration, context, has_mode};
use crate::checks::data::records::{id_text, single_key};
use crate::checks::data::retrieval::retrieve_request;
use crate::checks::metadata::facts::{entity, test_entity};
use crate::config::WriteConfig;
use crate::filters::compare;
use crate::finding::Findings;
use crate::reading::{Query, Row, Source};
use crate::run::{Exchange, Outcome, Run, Stop};
use crate::text::repeated;

/// A record as a write sends it.
pub(super) type Fields = Map<String, Value>;

/// The rows that a retrieval returned, and the call.
pub(super) type Retrieved = (Vec<Row>, Exchange);

/// The entity that is written, and the operations that the connector declares.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) writes: WriteConfig,
    pub(super) source: Source,
    operations: Vec<Operation>,
    can_read: bool,
}

/// Inserted records, their ids, and the values of the key to retrieve them by.
#[derive(Debug)]
pub(super) struct Inserted {
    pub(super) records: Vec<Fields>,
    pub(super) ids: Vec<String>,
    pub(super) keys: Vec<String>,
    pub(super) exchange: Exchange,
}

impl Session {
    pub(super) async fn begin(run: &mut Run<'_>) -> Outcome<Self> {
        if !has_mode(run, ConnectorMode::Destination).await? {
            return Err(Stop::not_applicable("the connector is not a DESTINATION"));
        }
        let Some(writes) = run.config.harness.writes.clone() else {
            return Err(Stop::not_applicable(
                "the config does not allow writes: it has no `harness.writes`",
            ));
        };
        let entity = match &writes.entity_identifier {
            Some(identifier) => entity(run, identifier).await?,
            None => test_entity(run).await?,
        };
        let configuration = configuration(run).await?;
        let context = context(run, Some(&entity.definition)).await?;
        Ok(Self {
            writes,
            source: Source {
                definition: entity.definition.clone(),
                context,
            },
            operations: configuration.supported_write_operations.clone(),
            can_read: has_mode(run, ConnectorMode::Source).await?,
        })
    }

    /// Not applicable if the connector does not declare the operation.
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

    /// What a record is retrieved by: the key that it was sent with, or the id in its result.
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

    /// The fields by which an upsert finds a record.
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

    /// A write in which every record must succeed.
    pub(super) async fn write_all(
        &self,
        run: &mut Run<'_>,
        operation: Operation,
        id_fields: Vec<String>,
        records: &[Fields],
    ) -> Outcome<Exchange> {
        let exchange = self.write(run, operation, id_fields, records).await?;
        let response: WriteDataResponse = exchange.success()?;
        let results = response.write_record_results.unwrap_or_default();
        if operation != Operation::Delete {
            self.keep_created(run, records, &results);
        }
        let problem = if results.len() != records.len() {
            format!(
                "{} results were returned for {} records",
                results.len(),
                records.len()
            )
        } else if results.iter().any(|result| !result.is_success) {
            "the result of a record has `isSuccess: false`".to_owned()
        } else {
            return Ok(exchange);
        };
        Err(exchange
            .finding(problem, "one result with `isSuccess: true` per record")
            .into())
    }

    /// Keeps which records are to be deleted at the end.
    pub(super) fn keep_created(
        &self,
        run: &mut Run<'_>,
        sent: &[Fields],
        results: &[WriteRecordResult],
    ) {
        let mut created = created(run);
        let written = sent.iter().zip(results);
        for (record, result) in written.filter(|(_, result)| result.is_success) {
            let Some(id) = &result.record_id else {
                continue;
            };
            let key = self.key_text(record, id);
            if !created.contains(&key) {
                created.push(key);
            }
        }
        run.facts.keep(DELETE, created);
    }

    pub(super) async fn delete(&self, run: &mut Run<'_>, keys: &[String]) -> Outcome<Exchange> {
        let key = self.key()?;
        let record = |text: &String| Fields::from_iter([(key.clone(), self.key_value(text))]);
        let records: Vec<Fields> = keys.iter().map(record).collect();
        self.write_all(run, Operation::Delete, vec![key.clone()], &records)
            .await
    }

    /// The records with these keys.
    pub(super) async fn retrieve(&self, run: &mut Run<'_>, keys: &[String]) -> Outcome<Retrieved> {
        self.must_be_readable()?;
        let request = retrieve_request(&self.source, &self.key()?, keys.to_vec());
        let (response, exchange): (RetrieveDataResponse, _) = run.ask(&request).await?;
        let records = response.records.unwrap_or_default();
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
                    "the value of `{field}` is neither a text nor a number"
                )));
            }
        };
        let filter = Filter {
            predicate: Some(compare(field, CompareOp::Equal, literal)),
            limit: None,
        };
        if filter.bind(&self.source.definition).is_err() {
            return Err(Stop::not_applicable(format!(
                "`{field}` cannot be used in a filter"
            )));
        }
        let query = Query {
            fields: self.source.retrievable(),
            filter: Some(filter.to_string()),
            page_size: None,
        };
        let mut rows = run.read(&self.source, &query).await?.rows;
        // A filter that is ignored is a finding of another check.
        let wanted = Fields::from_iter([(field.to_owned(), value.clone())]);
        rows.retain(|row| holds(row, &wanted));
        Ok(rows)
    }

    fn must_be_readable(&self) -> Outcome {
        if self.can_read {
            return Ok(());
        }
        Err(Stop::not_applicable(
            "the connector is not a SOURCE: what it writes cannot be read",
        ))
    }
}

/// Inserts the config's records, once in a run.
pub(super) async fn insert(run: &mut Run<'_>) -> Outcome<(Session, Arc<Inserted>)> {
    let session = Session::begin(run).await?;
    session.must_support(Operation::Insert)?;
    if let Some(known) = run.facts.get::<Outcome<Arc<Inserted>>>(INSERT) {
        return known.map(|inserted| (session, inserted));
    }
    let outcome = insert_now(run, &session).await.map(Arc::new);
    run.facts.keep(INSERT, outcome.clone());
    outcome.map(|inserted| (session, inserted))
}

async fn insert_now(run: &mut Run<'_>, session: &Session) -> Outcome<Inserted> {
    let run_id = run.id.clone();
    let records = session.writes.records.iter();
    let records: Vec<Fields> = records.map(|record| with_run(record, &run_id)).collect();
    let exchange = session
        .write_all(run, Operation::Insert, vec![], &records)
        .await?;
    let response: WriteDataResponse = exchange.read()?;
    let results = response.write_record_results.unwrap_or_default();
    let ids: Vec<String> = results
        .into_iter()
        .filter_map(|result| result.record_id)
        .collect();
    let mut findings = Findings::default();
    if ids.len() != records.len() {
        let problem = "a successful result has no `recordId`";
        findings.add(exchange.finding(problem, "the id of the record in the application"));
    }
    for id in repeated(ids.iter().map(String::as_str)) {
        let problem = format!("two results have the id `{id}`");
        findings.add(exchange.finding(problem, "a different id for each record"));
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

/// The keys of records that were written and not deleted yet.
fn created(run: &Run<'_>) -> Vec<String> {
    run.facts.get(DELETE).unwrap_or_default()
}

/// Takes them, for a caller that deletes them.
pub(super) fn take_created(run: &mut Run<'_>) -> Vec<String> {
    let keys = created(run);
    run.facts.keep(DELETE, Vec::<String>::new());
    keys
}

/// Forgets a record that its check has deleted itself.
pub(super) fn forget_created(run: &mut Run<'_>, key: &str) {
    let mut keys = created(run);
    keys.retain(|known| known != key);
    run.facts.keep(DELETE, keys);
}

/// Deletes what the checks wrote and did not delete, as far as the connector can.
pub(crate) async fn clean_up(run: &mut Run<'_>) {
    let keys = take_created(run);
    if keys.is_empty() {
        return;
    }
    if let Ok(session) = Session::begin(run).await
        && session.must_support(Operation::Delete).is_ok()
    {
        // A failure to clean up is not a finding: no check is about it.
        let _ = session.delete(run, &keys).await;
    }
}

/// A record with `{{run}}` replaced.
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
