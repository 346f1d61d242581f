//! Records against the definition of their entity.

mod constraints;
mod hostile;
mod purposes;
mod types;

use appflow_connector_model::validation::{Purpose, Validator, ViolationKind, Violations};
use appflow_connector_model::{
    Entity, EntityDefinition, FieldConstraints, FieldDataType, FieldDefinition, Record,
};

fn field(name: &str, data_type: FieldDataType) -> FieldDefinition {
    FieldDefinition::builder()
        .field_name(name)
        .data_type(data_type)
        .build()
}

fn constrained(data_type: FieldDataType, constraints: FieldConstraints) -> FieldDefinition {
    FieldDefinition {
        constraints: Some(constraints),
        ..field("f", data_type)
    }
}

fn entity(fields: Vec<FieldDefinition>) -> EntityDefinition {
    EntityDefinition::builder()
        .entity(Entity::builder().entity_identifier("Airport").build())
        .fields(fields)
        .build()
}

/// A record as it comes from outside: any text.
fn record(text: &str) -> Record {
    Record::from_json_unchecked(text.to_owned())
}

fn validate(fields: Vec<FieldDefinition>, purpose: Purpose, text: &str) -> Result<(), Violations> {
    Validator::new(&entity(fields), purpose).validate(&record(text))
}

/// The violations as `path kind`.
fn kinds(result: Result<(), Violations>) -> Vec<(String, ViolationKind)> {
    let violations = result.err().unwrap_or_default();
    let pair = |violation: &appflow_connector_model::validation::Violation| {
        (violation.path.clone(), violation.kind)
    };
    violations.iter().map(pair).collect()
}

/// Validates a record `{"f": value}` of one field `f`.
fn validate_value(field: FieldDefinition, value: &str) -> Result<(), Violations> {
    validate(vec![field], Purpose::Read, &format!("{{\"f\":{value}}}"))
}
