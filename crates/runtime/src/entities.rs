//! The entities of an application that are known in advance.

use appflow_connector_model::{
    ConnectorError, DescribeEntityRequest, EntityDefinition, FieldDefinition, ListEntitiesRequest,
};

use crate::results::{DescribedEntity, EntityPage, Result};

/// The entities of an application, if they are known in advance: lists and describes them.
///
/// ```
/// use appflow_connector_model::{FieldDataType, entity, field};
/// use appflow_connector_runtime::{Entities, MetadataHandler};
///
/// struct Connector {
///     entities: Entities,
/// }
///
/// impl Connector {
///     fn new() -> Self {
///         let contact = entity("contact", vec![
///             field("id", FieldDataType::Long).key().read_only(),
///             field("name", FieldDataType::String),
///         ]);
///         Self { entities: Entities::new(vec![contact]) }
///     }
/// }
///
/// impl MetadataHandler for Connector {
///     fn entities(&self) -> Option<&Entities> {
///         Some(&self.entities)
///     }
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Entities(Vec<EntityDefinition>);

impl Entities {
    /// Takes the definitions, which [`entity`](appflow_connector_model::entity) makes.
    pub fn new(definitions: Vec<EntityDefinition>) -> Self {
        Self(definitions)
    }

    /// Returns the entity of this name.
    ///
    /// # Errors
    /// InvalidArgument if no entity has this identifier. The message names the entities that exist.
    pub fn get(&self, identifier: &str) -> Result<&EntityDefinition> {
        let is_it = |entity: &&EntityDefinition| entity.entity.entity_identifier == identifier;
        self.0.iter().find(is_it).ok_or_else(|| {
            let names = self
                .0
                .iter()
                .map(|entity| &*entity.entity.entity_identifier);
            let names: Vec<&str> = names.collect();
            ConnectorError::invalid_argument(format!(
                "there is no entity `{identifier}`; the entities are {}",
                names.join(", ")
            ))
        })
    }

    /// Returns the requested page of the entities. None is nested: the path of an entity lists that
    /// entity.
    ///
    /// # Errors
    /// InvalidArgument if the path is not an entity's, or the token is not one of this list.
    pub fn list(&self, request: &ListEntitiesRequest) -> Result<EntityPage> {
        let entities = match request.entities_path.as_deref() {
            None | Some("") => self.0.iter().map(|entity| entity.entity.clone()).collect(),
            Some(path) => vec![self.get(path)?.entity.clone()],
        };
        EntityPage::of(entities, request)
    }

    /// Describes the requested entity.
    ///
    /// # Errors
    /// InvalidArgument if no entity has this identifier.
    pub fn describe(&self, request: &DescribeEntityRequest) -> Result<DescribedEntity> {
        Ok(self.get(&request.entity_identifier)?.clone().into())
    }
}

/// Checks that the id fields of a request, if it names any, are the entity's key, and returns the
/// key's field.
pub(crate) fn key_of<'e>(
    entity: &'e EntityDefinition,
    named: &[String],
) -> Result<&'e FieldDefinition> {
    let name = &entity.entity.entity_identifier;
    let keys: Vec<&FieldDefinition> = entity.key_fields().collect();
    let [key] = keys[..] else {
        return Err(ConnectorError::invalid_argument(format!(
            "a record of `{name}` must be identified by one field, not by {}",
            keys.len()
        )));
    };
    for id_field in named {
        entity.named_field(id_field)?;
        if *id_field != key.field_name {
            return Err(ConnectorError::invalid_argument(format!(
                "`{id_field}` does not identify a record of `{name}`; the id field is `{}`",
                key.field_name
            )));
        }
    }
    Ok(key)
}
