use std::collections::{HashSet, VecDeque};

use appflow_connector_client::{Pager, PagingError};
use appflow_connector_model::limits::DEFAULT_PAGE_SIZE;
use appflow_connector_model::{
    CacheControl, ConnectorContext, ConnectorRequest, Entity, ListEntitiesRequest,
    ListEntitiesResponse,
};

use super::page::Page;
use crate::finding::{Finding, Findings};
use crate::run::{Outcome, Run};

/// The maximum depth of nested entities.
const MAX_DEPTH: usize = 10;
/// The maximum number of levels that are walked.
const MAX_LEVELS: usize = 200;

/// The levels that were walked, the top one first.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) levels: Vec<Level>,
    /// Findings below the top.
    pub(crate) below: Findings,
    /// Whether no limit of the harness ended the walk.
    pub(crate) is_complete: bool,
}

/// The entities of one level.
#[derive(Debug)]
pub(crate) struct Level {
    /// The entity above them; `None` at the top.
    pub(crate) path: Option<String>,
    pub(crate) entities: Vec<Entity>,
    pub(crate) pages: Vec<Page>,
    /// Whether the last page was reached.
    pub(crate) end: Result<(), PagingError>,
    pub(crate) cache_control: Option<CacheControl>,
}

impl Listing {
    /// Walks from the top down. A failure at the top is an error, findings below it are kept.
    pub(crate) async fn walk(run: &mut Run<'_>, context: &ConnectorContext) -> Outcome<Self> {
        let mut listing = Self {
            levels: vec![Level::read(run, context, None, DEFAULT_PAGE_SIZE).await?],
            below: Findings::default(),
            is_complete: true,
        };
        let mut walked = HashSet::new();
        let mut waiting: VecDeque<(usize, String)> = folders(&listing.levels[0], 1).collect();
        while let Some((depth, path)) = waiting.pop_front() {
            if !walked.insert(path.clone()) {
                continue;
            }
            if depth > MAX_DEPTH {
                listing.below.add(too_deep(&path));
                continue;
            }
            if listing.levels.len() >= MAX_LEVELS {
                listing.is_complete = false;
                break;
            }
            let level = Level::read(run, context, Some(&path), DEFAULT_PAGE_SIZE).await;
            if let Some(level) = listing.below.absorb(level)? {
                waiting.extend(folders(&level, depth + 1));
                listing.levels.push(level);
            }
        }
        let is_stopped = |level: &Level| matches!(level.end, Err(PagingError::Stopped { .. }));
        listing.is_complete &= !listing.levels.iter().any(is_stopped);
        Ok(listing)
    }

    /// All listed entities.
    pub(crate) fn entities(&self) -> impl Iterator<Item = &Entity> {
        self.levels.iter().flat_map(|level| &level.entities)
    }
}

impl Level {
    /// Reads a level page by page.
    pub(crate) async fn read(
        run: &mut Run<'_>,
        context: &ConnectorContext,
        path: Option<&str>,
        page_size: u32,
    ) -> Outcome<Self> {
        let first_page = ListEntitiesRequest::builder()
            .connector_context(context.clone())
            .maybe_entities_path(path)
            .max_result(page_size)
            .build();
        let mut seen = HashSet::new();
        let mut level = Self {
            path: path.map(str::to_owned),
            entities: Vec::new(),
            pages: Vec::new(),
            end: Ok(()),
            cache_control: None,
        };
        let mut pager = Pager::new(first_page).with_limits(run.config.harness.limits.paging());
        while let Some(request) = pager.next_request() {
            let request = ConnectorRequest::ListEntities(request);
            let (page, exchange): (ListEntitiesResponse, _) = run.ask(&request).await?;
            let entities = page.entities.unwrap_or_default();
            level.cache_control = level.cache_control.or(page.cache_control);
            level.pages.push(Page {
                request: exchange.request.clone(),
                records: entities.len(),
                next_token: page.next_token.clone(),
            });
            let identifiers = entities
                .iter()
                .map(|entity| entity.entity_identifier.clone());
            let seen_before = seen.len();
            seen.extend(identifiers);
            pager.add_page(entities.len(), seen.len() - seen_before, page.next_token);
            level.entities.extend(entities);
        }
        level.end = pager.finish();
        Ok(level)
    }
}

fn folders(level: &Level, depth: usize) -> impl Iterator<Item = (usize, String)> {
    let folders = level
        .entities
        .iter()
        .filter(|entity| entity.has_nested_entities);
    folders.map(move |entity| (depth, entity.entity_identifier.clone()))
}

fn too_deep(path: &str) -> Finding {
    Finding::new(
        format!("`{path}` is nested in {MAX_DEPTH} other entities"),
        "levels that end: `hasNestedEntities` is true only for an entity with others below it",
    )
}
