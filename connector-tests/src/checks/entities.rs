//! The entities that are tested.

use super::body::Body;
use super::metadata::facts::{entity, listed_entities};
use crate::finding::Findings;
use crate::run::{Outcome, Run, Stop};

/// The number of entities that are tested, if the config does not name them.
const MAX_ENTITIES: usize = 5;

/// Makes a check on each entity that is tested. It fails if it fails on one of them, and is
/// applicable if it is so on one of them.
pub(super) async fn each(run: &mut Run<'_>, body: Body) -> Outcome {
    let entities = entities(run).await?;
    let mut findings = Findings::default();
    let mut has_passed = false;
    let mut blocked = None;
    let mut not_applicable = None;
    for identifier in &entities {
        run.entity = Some(identifier.clone());
        let outcome = body(run).await;
        let is_test_entity = run.is_test_entity();
        run.entity = None;
        match outcome {
            Ok(()) => has_passed = true,
            Err(Stop::Failed(found)) if is_test_entity => findings.add_all(found),
            Err(Stop::Failed(found)) => findings.add_all(found.about_entity(identifier)),
            Err(Stop::NotApplicable(reason)) => {
                not_applicable.get_or_insert(Stop::NotApplicable(reason));
            }
            Err(stop @ Stop::Blocked { .. }) => {
                blocked.get_or_insert(stop);
            }
            Err(Stop::Broken) => return Err(Stop::Broken),
        }
    }
    findings.outcome()?;
    if let Some(stop) = blocked {
        return Err(stop);
    }
    match not_applicable {
        Some(stop) if !has_passed => Err(stop),
        _ => Ok(()),
    }
}

/// The test entity first, then those that the config names, or else the first others that are
/// listed and can be described. Chosen once.
async fn entities(run: &mut Run<'_>) -> Outcome<Vec<String>> {
    const KEY: &str = "the entities that are tested";
    if let Some(known) = run.facts.get(KEY) {
        return Ok(known);
    }
    let mut entities = vec![run.config.test_entity_identifier.clone()];
    let wanted = match &run.config.harness.entities {
        Some(wanted) => wanted.clone(),
        None => listed_entities(run).await?,
    };
    let max = match &run.config.harness.entities {
        Some(wanted) => wanted.len() + 1,
        None => MAX_ENTITIES,
    };
    let is_named = run.config.harness.entities.is_some();
    for identifier in wanted {
        if entities.len() >= max {
            break;
        }
        if entities.contains(&identifier) {
            continue;
        }
        let described = match entity(run, &identifier).await {
            Err(Stop::Broken) => return Err(Stop::Broken),
            described => described,
        };
        let has_fields = described.is_ok_and(|described| !described.definition.fields.is_empty());
        if is_named || has_fields {
            entities.push(identifier);
        }
    }
    run.facts.keep(KEY, entities.clone());
    Ok(entities)
}
