//! What handlers return.

use std::collections::HashSet;

use appflow_connector_model::{
    CacheControl, ConnectorError, Entity, EntityDefinition, ListEntitiesRequest, Record,
};
use bon::Builder;

/// What a handler returns.
pub type Result<T> = std::result::Result<T, ConnectorError>;

/// A page of entities.
#[derive(Clone, Debug, Default, PartialEq, Builder)]
#[builder(on(String, into))]
pub struct EntityPage {
    /// The entities.
    pub entities: Vec<Entity>,
    /// The token for the next page; none on the last page.
    pub next_token: Option<String>,
    /// How long AppFlow may keep the list. AppFlow's own default is 1 hour.
    pub cache_control: Option<CacheControl>,
}

impl EntityPage {
    /// Returns the requested page of all entities, for applications that list them at once. The
    /// token is the identifier of the last entity on a page.
    ///
    /// ```
    /// use appflow_connector_model::{ConnectorContext, Entity, ListEntitiesRequest};
    /// use appflow_connector_runtime::EntityPage;
    ///
    /// let all = || ["Account", "Contact", "Lead"].map(|name| Entity::builder().entity_identifier(name).build()).to_vec();
    /// let mut request = ListEntitiesRequest::builder().connector_context(ConnectorContext::default()).max_result(2).build();
    /// let first = EntityPage::of(all(), &request)?;
    /// assert_eq!(first.next_token.as_deref(), Some("Contact"));
    ///
    /// request.next_token = first.next_token;
    /// let second = EntityPage::of(all(), &request)?;
    /// assert_eq!(second.entities[0].entity_identifier, "Lead");
    /// # Ok::<(), appflow_connector_model::ConnectorError>(())
    /// ```
    ///
    /// # Errors
    /// - InvalidArgument if the token is not an entity's identifier.
    /// - ServerError if the application lists an entity more than once: the pages would not end.
    pub fn of(mut all: Vec<Entity>, request: &ListEntitiesRequest) -> Result<Self> {
        let mut known = HashSet::new();
        for Entity {
            entity_identifier, ..
        } in &all
        {
            if !known.insert(entity_identifier) {
                return Err(ConnectorError::server_error(format!(
                    "the application lists the entity `{entity_identifier}` more than once"
                )));
            }
        }
        let start = match &request.next_token {
            None => 0,
            Some(token) => {
                let last = all
                    .iter()
                    .position(|entity| entity.entity_identifier == *token);
                last.ok_or_else(|| {
                    ConnectorError::invalid_argument(format!(
                        "nextToken `{token}` is not the identifier of an entity"
                    ))
                })? + 1
            }
        };
        let page_size = usize::try_from(request.max_result.max(1)).unwrap_or(usize::MAX);
        let end = start.saturating_add(page_size).min(all.len());
        let next_token = (end < all.len()).then(|| all[end - 1].entity_identifier.clone());
        Ok(Self {
            entities: all.drain(start..end).collect(),
            next_token,
            cache_control: None,
        })
    }
}

/// An entity with its fields.
#[derive(Clone, Debug, PartialEq, Builder)]
pub struct DescribedEntity {
    /// The entity.
    pub definition: EntityDefinition,
    /// How long AppFlow may keep it. AppFlow's own default is 1 hour.
    pub cache_control: Option<CacheControl>,
}

impl From<EntityDefinition> for DescribedEntity {
    fn from(definition: EntityDefinition) -> Self {
        Self {
            definition,
            cache_control: None,
        }
    }
}

/// A page of records.
#[derive(Clone, Debug, Default, PartialEq, Builder)]
#[builder(on(String, into))]
pub struct RecordPage {
    /// The records.
    pub records: Vec<Record>,
    /// The token for the next page: no white space, at most 2,048 characters; none on the last
    /// page.
    pub next_token: Option<String>,
}
