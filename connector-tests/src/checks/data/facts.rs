//! The records of the test entity.

use std::sync::Arc;

use appflow_connector_model::ConnectorMode;

use crate::catalog::data::RECORDS_READ;
use crate::checks::configuration::facts::{context, has_mode};
use crate::checks::metadata::facts::test_entity;
use crate::reading::{Query, Reading, Source};
use crate::run::{Outcome, Run, Stop};

/// The test entity, to read. Not applicable if the connector is not a source.
pub(super) async fn source(run: &mut Run<'_>) -> Outcome<Source> {
    if !has_mode(run, ConnectorMode::Source).await? {
        return Err(Stop::not_applicable("the connector is not a SOURCE"));
    }
    let described = test_entity(run).await?;
    let context = context(run, Some(&described.definition)).await?;
    Ok(Source {
        definition: described.definition.clone(),
        context,
    })
}

/// All records of the test entity, with all fields, for the check that is about them.
pub(super) async fn read_test_entity(run: &mut Run<'_>) -> Outcome<Arc<Reading>> {
    if let Some(known) = run.facts.get(RECORDS_READ) {
        return known;
    }
    let source = source(run).await?;
    let query = Query {
        fields: source.retrievable(),
        ..Query::default()
    };
    let outcome = run.read(&source, &query).await.map(Arc::new);
    run.facts.keep(RECORDS_READ, outcome.clone());
    outcome
}

/// All records of the test entity, for the checks that need some. Not applicable if there are none.
pub(in crate::checks) async fn dataset(run: &mut Run<'_>) -> Outcome<(Source, Arc<Reading>)> {
    let source = source(run).await?;
    let outcome = read_test_entity(run).await;
    let reading = outcome.map_err(|stop| stop.blocked_by(RECORDS_READ))?;
    if reading.rows.is_empty() {
        return Err(Stop::not_applicable("the test entity has no records"));
    }
    Ok((source, reading))
}
