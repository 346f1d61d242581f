//! An entity with a field of every type.

#![allow(dead_code, reason = "each test file uses what it needs")]

use appflow_connector_model::{
    ConnectorOperator, Entity, EntityDefinition, FieldDataType, FieldDefinition,
    ReadOperationProperty, Record,
};
use appflow_connector_queryfilter::{BoundFilter, parse};

/// Returns an entity in which `ordered` is text with all operators, `secret` is not queryable,
/// `kind` is a multi-select picklist in Salesforce and `opens` a time.
pub fn entity() -> EntityDefinition {
    use FieldDataType as Type;

    let field = |name: &str, data_type| {
        FieldDefinition::builder()
            .field_name(name)
            .data_type(data_type)
            .build()
    };
    let salesforce = |name: &str, data_type, salesforce_type: &str| FieldDefinition {
        custom_properties: Some([("salesforceType".to_owned(), salesforce_type.to_owned())].into()),
        ..field(name, data_type)
    };
    let mut fields = vec![
        field("a", Type::Double),
        field("b", Type::BigDecimal),
        field("c", Type::Integer),
        field("amount", Type::BigDecimal),
        field("count", Type::Long),
        field("city", Type::String),
        field("open", Type::Boolean),
        field("since", Type::Date),
        field("changed", Type::DateTime),
        field("tags", Type::List),
        field("extra", Type::Map),
        field("address", Type::Struct),
        field("bytes", Type::ByteArray),
        field("weird name\"'`]--", Type::String),
        salesforce("kind", Type::String, "multipicklist"),
        salesforce("opens", Type::String, "time"),
        salesforce("id", Type::String, "id"),
    ];
    fields.push(FieldDefinition {
        filter_operators: ConnectorOperator::ALL.to_vec(),
        ..field("ordered", Type::String)
    });
    let hidden = ReadOperationProperty::builder().is_queryable(false).build();
    fields.push(FieldDefinition {
        read_properties: Some(hidden),
        ..field("secret", Type::String)
    });
    EntityDefinition::builder()
        .entity(Entity::builder().entity_identifier("Thing").build())
        .fields(fields)
        .build()
}

/// Parses and binds a filter that fits the entity.
#[track_caller]
pub fn bind<'e>(text: &str, entity: &'e EntityDefinition) -> BoundFilter<'e> {
    let filter = parse(text).unwrap_or_else(|error| panic!("{error}"));
    filter
        .bind(entity)
        .unwrap_or_else(|error| panic!("{}", error.with_text(text)))
}

pub fn record(json: &str) -> Record {
    Record::from_json(json.to_owned()).unwrap_or_else(|error| panic!("{json}: {error}"))
}
