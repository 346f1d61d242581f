//! What the connector describes.

use appflow_connector_model::{
    ConnectorOperator, Entity, EntityDefinition, FieldConstraints, FieldDataType as Type,
    FieldDefinition, ReadOperationProperty, WriteOperationProperty,
};
use serde_json::{Map, Value, json};

use super::Defect;

pub const TOP: [&str; 5] = ["Item", "Person", "Place", "Thing", "Archive"];
pub const ARCHIVED: [&str; 2] = ["Archive.Old", "Archive.New"];

/// What `status` may be. No item has the last one.
pub const STATUSES: [&str; 5] = ["open", "pending", "solved", "closed", "spam"];
/// The last value of `changed`.
pub const LAST_CHANGE: &str = "2024-01-21T12:30:00Z";

pub fn entity(identifier: &str, is_folder: bool) -> Entity {
    Entity::builder()
        .entity_identifier(identifier)
        .has_nested_entities(is_folder)
        .label(identifier)
        .build()
}

pub fn definition(identifier: &str, defect: Option<Defect>) -> EntityDefinition {
    let mut fields = vec![
        key(defect),
        code(defect),
        not_null("name", Type::String),
        field("note", Type::String),
        field("count", Type::Integer),
        field("size", Type::Long),
        field("rank", Type::Short),
        field("ratio", Type::Double),
        field("weight", Type::Float),
        field("total", Type::BigInteger),
        field("price", Type::BigDecimal),
        boolean(defect),
        field("born", Type::Date),
        timestamp("changed", Type::DateTime),
        field("photo", Type::ByteArray),
        field("tags", Type::List),
        field("attributes", Type::Map),
        field("address", Type::Struct),
        status(),
        field("owner_id", Type::String),
    ];
    match defect {
        Some(Defect::SpaceInFieldName) => fields.push(field("odd name", Type::Integer)),
        Some(Defect::FieldRetyped) => fields[6] = field("rank", Type::Integer),
        Some(Defect::DuplicateField) => fields.push(field("count", Type::Integer)),
        Some(Defect::TextAsTimestamp) => fields[3] = timestamp("note", Type::String),
        _ => {}
    }
    EntityDefinition::builder()
        .entity(entity(identifier, false))
        .fields(fields)
        .build()
}

fn key(defect: Option<Defect>) -> FieldDefinition {
    FieldDefinition {
        is_primary_key: Some(!matches!(
            defect,
            Some(Defect::NoKey | Defect::KeyOfTheRecords)
        )),
        ..not_null("id", Type::String)
    }
}

fn code(defect: Option<Defect>) -> FieldDefinition {
    FieldDefinition {
        is_primary_key: Some(defect == Some(Defect::KeyOfTheRecords)),
        ..field("code", Type::String)
    }
}

fn status() -> FieldDefinition {
    let allowed = STATUSES.map(str::to_owned).to_vec();
    FieldDefinition {
        constraints: Some(FieldConstraints::builder().allowed_values(allowed).build()),
        ..field("status", Type::String)
    }
}

fn boolean(defect: Option<Defect>) -> FieldDefinition {
    let mut field = field("active", Type::Boolean);
    if defect == Some(Defect::OddOperator) {
        field.filter_operators.push(ConnectorOperator::LessThan);
    }
    field
}

fn field(name: &str, data_type: Type) -> FieldDefinition {
    FieldDefinition::builder()
        .field_name(name)
        .data_type(data_type)
        .write_properties(
            WriteOperationProperty::builder()
                .is_creatable(true)
                .is_updatable(true)
                .build(),
        )
        .build()
}

fn not_null(name: &str, data_type: Type) -> FieldDefinition {
    FieldDefinition {
        read_properties: Some(ReadOperationProperty::builder().is_nullable(false).build()),
        ..field(name, data_type)
    }
}

fn timestamp(name: &str, data_type: Type) -> FieldDefinition {
    let properties = ReadOperationProperty::builder()
        .is_timestamp_field_for_incremental_queries(true)
        .build();
    FieldDefinition {
        read_properties: Some(properties),
        ..field(name, data_type)
    }
}

/// Sixty items, with values that connectors often get wrong.
pub fn items() -> Vec<Map<String, Value>> {
    (1..=60).map(item).collect()
}

fn item(number: u32) -> Map<String, Value> {
    const NAMES: [&str; 6] = [
        "Anvil",
        "O'Brien",
        "100% wool",
        "under_score",
        "back\\slash",
        "ANVIL",
    ];
    let name = NAMES[number as usize % NAMES.len()];
    let item = json!({
        "id": format!("item-{number:04}"),
        "code": format!("C-{number:04}"),
        "name": format!("{name} {}", number / 6),
        "note": (!number.is_multiple_of(4)).then(|| format!("note {}", number % 5)),
        "count": (!number.is_multiple_of(7)).then_some(number % 10),
        "size": i64::from(number) * 9_000_000_000,
        "rank": number % 8,
        "ratio": f64::from(number) / 8.0,
        "weight": f64::from(number % 9) + 0.5,
        "total": number % 11,
        "price": f64::from(number % 12) + 0.25,
        "active": number.is_multiple_of(3),
        "born": format!("20{:02}-0{}-1{}", number % 20 + 10, number % 9 + 1, number % 7),
        "changed": format!("2024-01-{:02}T{:02}:30:00Z", number / 3 + 1, number % 24),
        "photo": "aGk=",
        "tags": [format!("tag{}", number % 4), "all"],
        "attributes": {format!("key{}", number % 3): "value"},
        "address": {"city": "Austin"},
        "status": STATUSES[number as usize * 7 % 10 % 4],
        "owner_id": (!number.is_multiple_of(5)).then(|| format!("user-{}", number % 6)),
    });
    item.as_object().cloned().unwrap()
}
