use appflow_connector_model::{ConnectorRequest, RetrieveDataRequest, RetrieveDataResponse};

use super::facts::dataset;
use super::records::{id_text, single_key};
use crate::checks::configuration::facts::context;
use crate::checks::metadata::facts::entity;
use crate::filters::unknown_like;
use crate::finding::Findings;
use crate::reading::{Row, Source};
use crate::run::{Exchange, Outcome, Run, Stop};

/// The maximum number of records that are retrieved.
const MAX_IDS: usize = 5;

pub(super) async fn retrieve_equals_query(run: &mut Run<'_>) -> Outcome {
    let (source, all) = dataset(run).await?;
    let key = single_key(&source.definition, &source.key())?;
    let step = all.rows.len().div_ceil(MAX_IDS).max(1);
    let queried: Vec<(String, &Row)> = all
        .rows
        .iter()
        .step_by(step)
        .filter_map(|row| Some((id_text(row.get(&key)?)?, row)))
        .collect();
    let ids: Vec<String> = queried.iter().map(|(id, _)| id.clone()).collect();
    let (retrieved, exchange) = retrieve(run, &source, &key, ids).await?;

    let mut findings = Findings::default();
    for (id, row) in &queried {
        let found = retrieved
            .iter()
            .find(|found| found.get(&key) == row.get(&key));
        let problem = match found {
            None => format!("the record with the id `{id}` is missing"),
            Some(found) => match found.differing(row, &source.retrievable()).first() {
                Some(name) => {
                    format!("`{name}` of the record `{id}` has another value than in a query")
                }
                None => continue,
            },
        };
        let expected = format!("as in a query: {}", row.to_text());
        findings.add(exchange.finding(problem, expected));
    }
    if retrieved.len() > queried.len() {
        let problem = format!(
            "{} records were returned for {} ids",
            retrieved.len(),
            queried.len()
        );
        findings.add(exchange.finding(problem, "the records with these ids, each once"));
    }
    run.note(format!("{} ids", queried.len()));
    findings.outcome()
}

pub(super) async fn retrieve_unknown_id(run: &mut Run<'_>) -> Outcome {
    let (source, all) = dataset(run).await?;
    let key = single_key(&source.definition, &source.key())?;
    let ids: Vec<String> = all
        .rows
        .iter()
        .filter_map(|row| id_text(row.get(&key)?))
        .collect();
    let Some(known) = ids.iter().max_by_key(|id| id.len()) else {
        return Err(Stop::not_applicable("no record has an id"));
    };
    let unknown = unknown_like(known);
    if ids.contains(&unknown) {
        let reason = "every id of this form may be one that a record has";
        return Err(Stop::not_applicable(reason));
    }
    let known = known.clone();
    let (retrieved, exchange) = retrieve(run, &source, &key, vec![known, unknown]).await?;
    if retrieved.len() == 1 {
        return Ok(());
    }
    let problem = format!(
        "{} records were returned for a known and an unknown id",
        retrieved.len()
    );
    Err(exchange
        .finding(problem, "the one record that exists")
        .into())
}

async fn retrieve(
    run: &mut Run<'_>,
    source: &Source,
    key: &str,
    ids: Vec<String>,
) -> Outcome<(Vec<Row>, Exchange)> {
    let request = retrieve_request(source, key, ids);
    let (response, exchange): (RetrieveDataResponse, _) = run.ask_once(&request).await?;
    let records = response.records.unwrap_or_default();
    let rows = records.iter().filter_map(|record| Row::read(record).ok());
    Ok((rows.collect(), exchange))
}

/// The request for records by the values of a field, with all their fields.
pub(in crate::checks) fn retrieve_request(
    source: &Source,
    key: &str,
    ids: Vec<String>,
) -> ConnectorRequest {
    ConnectorRequest::RetrieveData(
        RetrieveDataRequest::builder()
            .entity_identifier(&source.definition.entity.entity_identifier)
            .connector_context(source.context.clone())
            .selected_field_names(source.retrievable())
            .id_field_name(key)
            .ids(ids)
            .build(),
    )
}

pub(super) async fn configured_retrievals(run: &mut Run<'_>) -> Outcome {
    let retrievals = &run.config.retrieve_record_configurations;
    if retrievals.is_empty() {
        return Err(Stop::not_applicable(
            "the config has no `retrieveRecordConfigurations`",
        ));
    }
    let mut findings = Findings::default();
    for retrieval in retrievals {
        let described = entity(run, &retrieval.entity_identifier).await;
        let Some(described) = findings.absorb(described)? else {
            continue;
        };
        let context = context(run, Some(&described.definition)).await?;
        let request = RetrieveDataRequest::builder()
            .entity_identifier(&retrieval.entity_identifier)
            .connector_context(context)
            .selected_field_names(retrieval.selected_field_names.clone())
            .maybe_id_field_name(retrieval.id_field_name.clone())
            .maybe_ids(retrieval.ids.clone())
            .build();
        let request = ConnectorRequest::RetrieveData(request);
        let found = run.ask::<RetrieveDataResponse>(&request).await;
        if let Some((response, exchange)) = findings.absorb(found)?
            && response.records.is_none_or(|records| records.is_empty())
        {
            findings.add(exchange.finding("the retrieval found no records", "at least one record"));
        }
    }
    findings.outcome()
}
