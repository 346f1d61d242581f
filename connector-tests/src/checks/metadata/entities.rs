//! Which entities there are.

use appflow_connector_model::limits::{MAX_ENTITIES_PATH_CHARS, MAX_LISTED_ENTITY_ID_CHARS};

use super::facts::{list_entities, listing};
use crate::checks::configuration::facts::context;
use crate::checks::paging;
use crate::finding::{Finding, Findings};
use crate::reading::{Level, Listing};
use crate::run::{Outcome, Run, Stop};
use crate::text::repeated;

pub(super) async fn entities_listed(run: &mut Run<'_>) -> Outcome {
    let listing = list_entities(run).await?;
    let count = listing.entities().count();
    if count == 0 {
        let mut finding = Finding::new("no entity is listed", "at least one entity");
        if let Some(page) = listing.levels[0].pages.first() {
            finding = finding.with_request(&page.request);
        }
        return Err(finding.into());
    }
    run.note(format!(
        "{count} entities on {} levels",
        listing.levels.len()
    ));
    Ok(())
}

pub(super) async fn test_entity_listed(run: &mut Run<'_>) -> Outcome {
    let listing = listing(run).await?;
    let wanted = &run.config.test_entity_identifier;
    if listing
        .entities()
        .any(|entity| entity.entity_identifier == *wanted)
    {
        return Ok(());
    }
    if !listing.is_complete {
        return Err(Stop::not_applicable("`harness.limits` ended the listing"));
    }
    let finding = Finding::new(
        format!("the test entity `{wanted}` is not among those listed"),
        "a list of all entities that can be described",
    );
    Err(finding.into())
}

pub(super) async fn entities_unique(run: &mut Run<'_>) -> Outcome {
    let listing = listing(run).await?;
    let mut findings = Findings::default();
    for level in &listing.levels {
        let identifiers = level
            .entities
            .iter()
            .map(|entity| entity.entity_identifier.as_str());
        for identifier in repeated(identifiers) {
            findings.add(on(
                level,
                Finding::new(
                    format!("the entity `{identifier}` is listed twice"),
                    "each once",
                ),
            ));
        }
    }
    findings.outcome()
}

pub(super) async fn identifiers_well_formed(run: &mut Run<'_>) -> Outcome {
    let listing = listing(run).await?;
    let mut findings = Findings::default();
    for level in &listing.levels {
        for entity in &level.entities {
            let identifier = &entity.entity_identifier;
            let max_characters = if entity.has_nested_entities {
                MAX_ENTITIES_PATH_CHARS.min(MAX_LISTED_ENTITY_ID_CHARS)
            } else {
                MAX_LISTED_ENTITY_ID_CHARS
            };
            if !is_name(identifier, max_characters) {
                let problem = format!("`{identifier}` is not a valid identifier of an entity");
                let expected = format!("1 to {max_characters} characters without white space");
                findings.add(on(level, Finding::new(problem, expected)));
            }
        }
    }
    findings.outcome()
}

pub(super) async fn nested_walk_ends(run: &mut Run<'_>) -> Outcome {
    let listing = listing(run).await?;
    if !listing.entities().any(|entity| entity.has_nested_entities) {
        return Err(Stop::not_applicable("no entity has nested entities"));
    }
    let mut findings = listing.below.clone();
    for level in listing.levels.iter().skip(1) {
        let path = level.path.as_deref().unwrap_or_default();
        if level.entities.is_empty() {
            let problem = format!("`{path}` has `hasNestedEntities: true` but no nested entities");
            findings.add(on(
                level,
                Finding::new(problem, "`hasNestedEntities: false`"),
            ));
        }
        if level
            .entities
            .iter()
            .any(|entity| entity.has_nested_entities && entity.entity_identifier == path)
        {
            let problem = format!("`{path}` is nested in itself");
            findings.add(on(level, Finding::new(problem, "levels that end")));
        }
    }
    run.note(format!("{} levels", listing.levels.len()));
    findings.outcome()
}

pub(super) async fn paging_ends(run: &mut Run<'_>) -> Outcome {
    let listing = listing(run).await?;
    let mut findings = Findings::default();
    for level in &listing.levels {
        let of_level = [
            paging::ends(&level.pages, &level.end),
            paging::tokens(&level.pages),
        ];
        for finding in of_level.into_iter().flat_map(|findings| findings.kept) {
            findings.add(finding);
        }
    }
    findings.outcome()
}

pub(super) async fn pages_complete(run: &mut Run<'_>) -> Outcome {
    let listing = listing(run).await?;
    let large = largest(&listing);
    let count = large.entities.len();
    if count < 2 {
        return Err(Stop::not_applicable(
            "there are not enough entities for two pages",
        ));
    }
    let page_size = u32::try_from(count.div_ceil(3)).unwrap_or(u32::MAX);
    let context = context(run, None).await?;
    let small = Level::read(run, &context, large.path.as_deref(), page_size).await?;

    let mut findings = paging::sizes(&small.pages, page_size);
    let identifiers = |level: &Level| -> Vec<String> {
        let entities = level.entities.iter();
        entities
            .map(|entity| entity.entity_identifier.clone())
            .collect()
    };
    let (in_large, in_small) = (identifiers(large), identifiers(&small));
    let in_large_twice = repeated(in_large.iter().map(String::as_str));
    for identifier in repeated(in_small.iter().map(String::as_str)) {
        // An entity that large pages repeat as well is a finding of another check.
        if in_large_twice.contains(&identifier) {
            continue;
        }
        let problem = format!("`{identifier}` is listed twice on pages of {page_size}");
        findings.add(on(&small, Finding::new(problem, "each entity once")));
    }
    for identifier in in_large
        .iter()
        .filter(|identifier| !in_small.contains(identifier))
    {
        let problem = format!("`{identifier}` is missing on pages of {page_size}");
        findings.add(on(
            &small,
            Finding::new(problem, "every entity, whatever the page size"),
        ));
    }
    run.note(format!("pages of {page_size}"));
    findings.outcome()
}

/// The level with the most entities.
fn largest(listing: &Listing) -> &Level {
    let levels = listing.levels.iter();
    levels
        .max_by_key(|level| level.entities.len())
        .unwrap_or(&listing.levels[0])
}

/// Whether AppFlow accepts a text as a name.
pub(super) fn is_name(text: &str, max_characters: usize) -> bool {
    !text.is_empty()
        && text.chars().count() <= max_characters
        && !text.contains(char::is_whitespace)
}

fn on(level: &Level, finding: Finding) -> Finding {
    match level.pages.first() {
        Some(page) => finding.with_request(&page.request),
        None => finding,
    }
}
