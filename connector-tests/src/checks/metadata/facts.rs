//! The entities that are listed, and the test entity as it is described.

use std::sync::Arc;

use appflow_connector_model::{
    ConnectorRequest, DescribeEntityRequest, DescribeEntityResponse, EntityDefinition,
};

use crate::catalog::metadata::{ENTITIES_LISTED, ENTITY_DESCRIBED};
use crate::checks::configuration::facts::context;
use crate::reading::Listing;
use crate::run::{Exchange, Outcome, Run, Stop};

/// A described entity.
#[derive(Debug)]
pub(in crate::checks) struct Described {
    pub(in crate::checks) definition: Arc<EntityDefinition>,
    pub(super) response: DescribeEntityResponse,
    pub(super) exchange: Exchange,
}

/// All entities, level by level, for the check that is about them.
pub(super) async fn list_entities(run: &mut Run<'_>) -> Outcome<Arc<Listing>> {
    if let Some(known) = run.facts.get(ENTITIES_LISTED) {
        return known;
    }
    let context = context(run, None).await?;
    let outcome = Listing::walk(run, &context).await.map(Arc::new);
    run.facts.keep(ENTITIES_LISTED, outcome.clone());
    outcome
}

/// All entities, for the checks that need them.
pub(super) async fn listing(run: &mut Run<'_>) -> Outcome<Arc<Listing>> {
    let outcome = list_entities(run).await;
    outcome.map_err(|stop| stop.blocked_by(ENTITIES_LISTED))
}

/// The identifiers of the listed entities that may have records, in the order of the list. Empty if
/// there is no list.
pub(in crate::checks) async fn listed_entities(run: &mut Run<'_>) -> Outcome<Vec<String>> {
    match list_entities(run).await {
        Err(Stop::Broken) => Err(Stop::Broken),
        Err(_) => Ok(Vec::new()),
        Ok(listing) => Ok(listing
            .entities()
            .filter(|entity| !entity.has_nested_entities)
            .map(|entity| entity.entity_identifier.clone())
            .collect()),
    }
}

/// Requests the description of an entity.
pub(super) async fn describe(run: &mut Run<'_>, identifier: &str) -> Outcome<Described> {
    let request = DescribeEntityRequest::builder()
        .entity_identifier(identifier)
        .connector_context(context(run, None).await?)
        .build();
    let request = ConnectorRequest::DescribeEntity(request);
    let (response, exchange): (DescribeEntityResponse, _) = run.ask(&request).await?;
    let Some(definition) = response.entity_definition.clone() else {
        let finding = exchange.finding(
            "the response has no `entityDefinition`",
            "the entity and its fields",
        );
        return Err(finding.into());
    };
    Ok(Described {
        definition: Arc::new(definition),
        response,
        exchange,
    })
}

/// An entity that the config names. Its description is requested once in a run.
pub(in crate::checks) async fn entity(
    run: &mut Run<'_>,
    identifier: &str,
) -> Outcome<Arc<Described>> {
    if identifier == run.config.test_entity_identifier {
        return test_entity(run).await;
    }
    let key = format!("{ENTITY_DESCRIBED}: {identifier}");
    if let Some(known) = run.facts.get(&key) {
        return known;
    }
    let outcome = describe(run, identifier).await.map(Arc::new);
    run.facts.keep(key, outcome.clone());
    outcome
}

/// The test entity, for the check that is about it.
pub(super) async fn describe_test_entity(run: &mut Run<'_>) -> Outcome<Arc<Described>> {
    if let Some(known) = run.facts.get(ENTITY_DESCRIBED) {
        return known;
    }
    let identifier = run.config.test_entity_identifier.clone();
    let outcome = describe(run, &identifier).await.map(Arc::new);
    run.facts.keep(ENTITY_DESCRIBED, outcome.clone());
    outcome
}

/// The entity that is tested now.
pub(in crate::checks) async fn tested_entity(run: &mut Run<'_>) -> Outcome<Arc<Described>> {
    let identifier = run.entity().to_owned();
    entity(run, &identifier).await
}

/// The test entity, for the checks that need it.
pub(in crate::checks) async fn test_entity(run: &mut Run<'_>) -> Outcome<Arc<Described>> {
    let outcome = describe_test_entity(run).await;
    outcome.map_err(|stop| stop.blocked_by(ENTITY_DESCRIBED))
}
