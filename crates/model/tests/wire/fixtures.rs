//! What the recorded JSON in `tests/data` says, as values.

use appflow_connector_model::{
    AuthenticationType, ConnectorContext, ConnectorOperator, Credentials, Entity, EntityDefinition,
    FieldConstraints, FieldDataType, FieldDefinition, RangeConstraint, ReadOperationProperty,
    Record, StringMap, WriteOperationProperty, WriteOperationType,
};

pub fn string_map<const N: usize>(entries: [(&str, &str); N]) -> StringMap {
    entries
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

pub fn strings<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}

pub fn record(text: &str) -> Record {
    Record::from_json(text.to_owned()).unwrap()
}

pub fn settings() -> StringMap {
    string_map([
        ("instanceUrl", "https://air.example.com"),
        ("pageSize", "200"),
    ])
}

pub fn credentials() -> Credentials {
    Credentials::builder()
        .secret_arn("arn:aws:secretsmanager:us-east-1:123456789012:secret:air-1a2b3c")
        .authentication_type(AuthenticationType::OAuth2)
        .build()
}

pub fn context() -> ConnectorContext {
    ConnectorContext::builder()
        .connector_runtime_settings(settings())
        .credentials(credentials())
        .api_version("v2")
        .flow_name("airports-to-s3")
        .execution_id("0b6c3f0e-3b1f-4d6c-9a57-8d0f1f0f3f10")
        .connector_profile_label("air")
        .entity_definition(definition(vec![full_field()]))
        .build()
}

pub fn entity() -> Entity {
    Entity::builder()
        .entity_identifier("Airport")
        .label("Airport")
        .description("A place where aeroplanes land")
        .custom_properties(string_map([("path", "/airports")]))
        .build()
}

pub fn definition(fields: Vec<FieldDefinition>) -> EntityDefinition {
    EntityDefinition::builder()
        .entity(entity())
        .fields(fields)
        .custom_properties(string_map([("source", "registry")]))
        .build()
}

pub fn full_field() -> FieldDefinition {
    FieldDefinition::builder()
        .field_name("iata")
        .data_type(FieldDataType::String)
        .data_type_label("IATA code")
        .label("Code")
        .description("Three letters")
        .is_primary_key(true)
        .default_value("AUS")
        .is_deprecated(false)
        .constraints(
            FieldConstraints::builder()
                .allowed_length_range(RangeConstraint {
                    min_range: 3.into(),
                    max_range: 3.into(),
                })
                .allowed_value_range(RangeConstraint {
                    min_range: "-0.5".parse().unwrap(),
                    max_range: "99.25".parse().unwrap(),
                })
                .allowed_values(strings(["AUS", "DFW"]))
                .allowed_values_regex_pattern("[A-Z]{3}")
                .allowed_date_format("yyyy-MM-dd")
                .build(),
        )
        .read_properties(
            ReadOperationProperty::builder()
                .is_retrievable(true)
                .is_nullable(false)
                .is_queryable(true)
                .is_timestamp_field_for_incremental_queries(false)
                .build(),
        )
        .write_properties(
            WriteOperationProperty::builder()
                .is_creatable(true)
                .is_updatable(false)
                .is_nullable(false)
                .is_upsertable(true)
                .is_defaulted_on_create(false)
                .supported_write_operations(vec![
                    WriteOperationType::Upsert,
                    WriteOperationType::Delete,
                ])
                .build(),
        )
        .filter_operators(vec![ConnectorOperator::EqualTo])
        .custom_properties(string_map([("column", "IATA_CD")]))
        .build()
}
