//! The records of an entity.

use std::sync::Arc;

use appflow_connector_model::ConnectorMode;

use crate::catalog::data::RECORDS_READ;
use crate::checks::configuration::facts::{context, has_mode};
use crate::checks::metadata::facts::tested_entity;
use crate::filters::Table;
use crate::reading::{Query, Reading, Source};
use crate::run::{Outcome, Run, Stop};

/// The entity that is tested now, to read. Not applicable if the connector is not a source.
pub(in crate::checks) async fn source(run: &mut Run<'_>) -> Outcome<Source> {
    if !has_mode(run, ConnectorMode::Source).await? {
        return Err(Stop::not_applicable("the connector is not a SOURCE"));
    }
    let described = tested_entity(run).await?;
    let context = context(run, Some(&described.definition)).await?;
    Ok(Source {
        definition: described.definition.clone(),
        context,
    })
}

/// All its records, with all fields, for the check that is about them.
pub(super) async fn read_entity(run: &mut Run<'_>) -> Outcome<Arc<Reading>> {
    if let Some(known) = run.facts.get(&run.key_of_entity(RECORDS_READ)) {
        return known;
    }
    let source = source(run).await?;
    let query = Query {
        fields: source.retrievable(),
        ..Query::default()
    };
    let outcome = run.read(&source, &query).await.map(Arc::new);
    run.facts
        .keep(run.key_of_entity(RECORDS_READ), outcome.clone());
    outcome
}

/// All its records, for the checks that need some. Not applicable if there are none.
pub(in crate::checks) async fn dataset(run: &mut Run<'_>) -> Outcome<(Source, Arc<Reading>)> {
    let source = source(run).await?;
    let outcome = read_entity(run).await;
    let reading = outcome.map_err(|stop| stop.blocked_by(RECORDS_READ))?;
    if reading.rows.is_empty() {
        let reason = format!("{} has no records", run.entity());
        return Err(Stop::not_applicable(reason));
    }
    Ok((source, reading))
}

/// The records as a table, to build filters from and to judge them by.
pub(super) async fn table(run: &mut Run<'_>) -> Outcome<Arc<Table>> {
    let key = run.key_of_entity("table");
    if let Some(known) = run.facts.get(&key) {
        return Ok(known);
    }
    let (source, all) = dataset(run).await?;
    let table = Arc::new(Table::new(source, all, run.config.harness.text_comparison));
    run.facts.keep(key, table.clone());
    Ok(table)
}
