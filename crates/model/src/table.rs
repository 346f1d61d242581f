//! Entities as short tables: one line for each field.

use crate::{
    Entity, EntityDefinition, FieldDataType, FieldDefinition, ReadOperationProperty,
    WriteOperationProperty, WriteOperationType,
};

/// Makes an entity of its fields, for applications whose entities are known in advance. It can be
/// read; [`writes`](EntityDefinition::writes) adds what can be written.
///
/// ```
/// use appflow_connector_model::{FieldDataType, WriteOperationType, entity, field};
///
/// let ticket = entity(
///     "ticket",
///     vec![
///         field("id", FieldDataType::Long).key().read_only(),
///         field("subject", FieldDataType::String),
///         field("status", FieldDataType::String).one_of(["new", "open", "solved"]).defaulted(),
///         field("assignee", FieldDataType::String).nullable(),
///         field("updated_at", FieldDataType::DateTime).read_only().timestamp(),
///     ],
/// )
/// .label("Tickets")
/// .writes(&[WriteOperationType::Insert, WriteOperationType::Update]);
///
/// assert!(ticket.supports(WriteOperationType::Update));
/// assert!(!ticket.supports(WriteOperationType::Delete));
/// assert_eq!(ticket.key_fields().next().unwrap().field_name, "id");
/// ```
pub fn entity(identifier: impl Into<String>, fields: Vec<FieldDefinition>) -> EntityDefinition {
    let entity = Entity::builder()
        .entity_identifier(identifier)
        .is_writable(false)
        .build();
    EntityDefinition::builder()
        .entity(entity)
        .fields(fields)
        .build()
}

/// Makes a field that can be read and filtered, is never null, and can be written if its
/// [`entity`] can. Its methods change that.
pub fn field(name: impl Into<String>, data_type: FieldDataType) -> FieldDefinition {
    FieldDefinition::builder()
        .field_name(name)
        .data_type(data_type)
        .is_primary_key(false)
        .read_properties(ReadOperationProperty {
            is_retrievable: Some(true),
            is_nullable: Some(false),
            is_queryable: Some(true),
            is_timestamp_field_for_incremental_queries: Some(false),
        })
        .write_properties(WriteOperationProperty {
            is_creatable: Some(true),
            is_updatable: Some(true),
            is_nullable: Some(false),
            is_upsertable: Some(true),
            is_defaulted_on_create: Some(false),
            supported_write_operations: None,
        })
        .build()
}

impl FieldDefinition {
    /// Makes the field the one that identifies a record. An update does not change it. If the
    /// application chooses its values, it is also [`read_only`](Self::read_only).
    #[must_use]
    pub fn key(mut self) -> Self {
        self.is_primary_key = Some(true);
        self.write_mut().is_updatable = Some(false);
        self
    }

    /// Allows null, when the field is read and when it is written.
    #[must_use]
    pub fn nullable(mut self) -> Self {
        self.read_mut().is_nullable = Some(true);
        self.write_mut().is_nullable = Some(true);
        self
    }

    /// Makes the field one that the application sets: no write changes it.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        let write = self.write_mut();
        write.is_creatable = Some(false);
        write.is_updatable = Some(false);
        write.is_upsertable = Some(false);
        self
    }

    /// Makes the field one that is set when a record is created and never changes.
    #[must_use]
    pub fn create_only(mut self) -> Self {
        self.write_mut().is_updatable = Some(false);
        self
    }

    /// Says that the application fills the field if an insert leaves it out. Without it, and unless
    /// it is [`nullable`](Self::nullable), an insert must set the field.
    #[must_use]
    pub fn defaulted(mut self) -> Self {
        self.write_mut().is_defaulted_on_create = Some(true);
        self
    }

    /// Makes the field a time by which incremental flows find the records that changed.
    #[must_use]
    pub fn timestamp(mut self) -> Self {
        self.read_mut().is_timestamp_field_for_incremental_queries = Some(true);
        self
    }

    /// Allows no filter on the field.
    #[must_use]
    pub fn not_filterable(mut self) -> Self {
        self.read_mut().is_queryable = Some(false);
        self.filter_operators.clear();
        self
    }

    /// Sets the only values that the field can have.
    #[must_use]
    pub fn one_of<V: Into<String>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.constraints.get_or_insert_default().allowed_values = Some(values);
        self
    }

    /// Sets the name that the AppFlow console shows.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Sets the description that the console shows.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    fn read_mut(&mut self) -> &mut ReadOperationProperty {
        self.read_properties.get_or_insert_default()
    }

    fn write_mut(&mut self) -> &mut WriteOperationProperty {
        self.write_properties.get_or_insert_default()
    }

    /// Returns whether records that are written with this operation can have the field: to set it,
    /// or to find the record.
    fn takes_part_in(&self, operation: WriteOperationType) -> bool {
        let is_key = self.is_primary_key == Some(true);
        match operation {
            WriteOperationType::Insert => self.is_creatable(),
            WriteOperationType::Update => is_key || self.is_updatable(),
            WriteOperationType::Upsert => is_key || (self.is_creatable() && self.is_updatable()),
            WriteOperationType::Delete => is_key,
        }
    }
}

impl EntityDefinition {
    /// Sets the name that the AppFlow console shows.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.entity.label = Some(label.into());
        self
    }

    /// Sets the description that the console shows.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.entity.description = Some(description.into());
        self
    }

    /// Sets the operations by which records of an [`entity`] are written. Each field is declared
    /// for those that it can take part in: an update needs the key, a delete the key alone.
    #[must_use]
    pub fn writes(mut self, operations: &[WriteOperationType]) -> Self {
        self.entity.is_writable = !operations.is_empty();
        for field in &mut self.fields {
            let takes_part = |operation: &WriteOperationType| field.takes_part_in(*operation);
            let supported: Vec<WriteOperationType> =
                operations.iter().copied().filter(takes_part).collect();
            let write = field.write_mut();
            write.is_upsertable = Some(supported.contains(&WriteOperationType::Upsert));
            write.supported_write_operations = Some(supported);
        }
        self
    }

    /// Returns whether records can be written with this operation, as far as the entity and its
    /// fields say.
    pub fn supports(&self, operation: WriteOperationType) -> bool {
        let declared = |field: &FieldDefinition| {
            let write = field.write_properties.as_ref()?;
            write.supported_write_operations.clone()
        };
        let mut declared = self.fields.iter().filter_map(declared).peekable();
        let is_any_declared = declared.peek().is_some();
        self.entity.is_writable
            && (!is_any_declared || declared.any(|operations| operations.contains(&operation)))
    }

    /// Returns the fields that identify a record: the primary key.
    pub fn key_fields(&self) -> impl Iterator<Item = &FieldDefinition> {
        let is_key = |field: &&FieldDefinition| field.is_primary_key == Some(true);
        self.fields.iter().filter(is_key)
    }
}

#[cfg(test)]
mod tests {
    use WriteOperationType::{Delete, Insert, Update, Upsert};

    use super::*;

    fn ticket() -> EntityDefinition {
        let fields = vec![
            field("id", FieldDataType::Long).key().read_only(),
            field("subject", FieldDataType::String),
            field("requester", FieldDataType::String).create_only(),
            field("note", FieldDataType::String).nullable(),
            field("status", FieldDataType::String)
                .one_of(["new", "open"])
                .defaulted(),
            field("body", FieldDataType::String).not_filterable(),
            field("updated_at", FieldDataType::DateTime)
                .read_only()
                .timestamp(),
        ];
        entity("ticket", fields)
    }

    fn operations(entity: &EntityDefinition, name: &str) -> Vec<WriteOperationType> {
        let write = entity.field(name).unwrap().write_properties.clone();
        write.unwrap().supported_write_operations.unwrap()
    }

    #[test]
    fn a_row_says_how_its_field_is_read() {
        let ticket = ticket();
        let field = |name| ticket.field(name).unwrap();
        assert!(field("subject").is_retrievable() && field("subject").is_filterable());
        assert!(!field("subject").is_nullable_on_read());
        assert!(field("note").is_nullable_on_read() && field("note").is_nullable_on_write());
        assert!(!field("body").is_filterable() && !field("body").is_queryable());
        assert!(field("updated_at").is_timestamp() && !field("subject").is_timestamp());
        let constraints = field("status").constraints.as_ref().unwrap();
        assert_eq!(
            constraints.allowed_values.as_ref().unwrap(),
            &["new", "open"]
        );
    }

    #[test]
    fn a_row_says_how_its_field_is_written() {
        let ticket = ticket().writes(&WriteOperationType::ALL);
        assert_eq!(operations(&ticket, "id"), [Update, Upsert, Delete]);
        assert_eq!(operations(&ticket, "subject"), [Insert, Update, Upsert]);
        assert_eq!(operations(&ticket, "requester"), [Insert]);
        assert_eq!(operations(&ticket, "updated_at"), []);
        let field = |name| ticket.field(name).unwrap();
        assert!(!field("id").is_creatable() && !field("id").is_updatable());
        assert!(field("id").is_upsertable() && !field("requester").is_upsertable());
        assert!(field("status").is_defaulted_on_create());
    }

    #[test]
    fn an_entity_supports_the_operations_that_it_names() {
        assert!(!ticket().supports(Insert));
        let ticket = ticket().writes(&[Insert, Update]);
        assert_eq!(
            WriteOperationType::ALL.map(|operation| ticket.supports(operation)),
            [true, true, false, false]
        );
        // A definition that does not name operations allows all.
        let field = FieldDefinition::builder()
            .field_name("id")
            .data_type(FieldDataType::Long)
            .build();
        let other = Entity::builder().entity_identifier("other").build();
        let other = EntityDefinition::builder()
            .entity(other)
            .fields(vec![field])
            .build();
        assert!(other.supports(Delete));
    }
}
