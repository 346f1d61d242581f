//! What holds for every payload and every entity definition.

use appflow_connector_model::{
    ConnectorOperator, ConnectorRequest, Decimal, Entity, EntityDefinition, FieldConstraints,
    FieldDataType, FieldDefinition, RangeConstraint, ReadOperationProperty, RequestType, StringMap,
    WriteOperationProperty, WriteOperationType,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::Value;

/// A field of the wire, or any text.
fn key() -> impl Strategy<Value = String> {
    let wire = select(vec![
        "entityIdentifier",
        "connectorContext",
        "connectorRuntimeSettings",
        "credentials",
        "authenticationType",
        "entityDefinition",
        "entity",
        "hasNestedEntities",
        "fields",
        "fieldName",
        "dataType",
        "constraints",
        "allowedLengthRange",
        "minRange",
        "customProperties",
        "filterOperators",
        "records",
        "operation",
        "ids",
        "maxResult",
        "maxResults",
        "locale",
        "scope",
        "type",
    ]);
    prop_oneof![4 => wire.prop_map(str::to_owned), 1 => any::<String>()]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(vec!["String", "INSERT", "SOURCE", "OAuth2", "EQUAL_TO"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::from),
            vec((key(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn string_map() -> impl Strategy<Value = StringMap> {
    btree_map(any::<String>(), any::<String>(), 0..4)
}

/// Numbers of any size and precision.
fn number() -> impl Strategy<Value = Decimal> {
    let text = "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?(e[-+]?[0-9]{1,3})?";
    text.prop_map(|text| text.parse().unwrap())
}

prop_compose! {
    fn range()(min_range in number(), max_range in number()) -> RangeConstraint {
        RangeConstraint { min_range, max_range }
    }
}

prop_compose! {
    fn constraints()(
        allowed_length_range in option::of(range()),
        allowed_value_range in option::of(range()),
        allowed_values in option::of(vec(any::<String>(), 0..3)),
        allowed_values_regex_pattern in any::<Option<String>>(),
        allowed_date_format in any::<Option<String>>(),
    ) -> FieldConstraints {
        FieldConstraints {
            allowed_length_range, allowed_value_range, allowed_values, allowed_values_regex_pattern, allowed_date_format,
        }
    }
}

prop_compose! {
    fn read_properties()(flags in any::<[Option<bool>; 4]>()) -> ReadOperationProperty {
        let [is_retrievable, is_nullable, is_queryable, is_timestamp_field_for_incremental_queries] = flags;
        ReadOperationProperty { is_retrievable, is_nullable, is_queryable, is_timestamp_field_for_incremental_queries }
    }
}

prop_compose! {
    fn write_properties()(
        flags in any::<[Option<bool>; 5]>(),
        supported_write_operations in option::of(subsequence(WriteOperationType::ALL.to_vec(), 0..=4)),
    ) -> WriteOperationProperty {
        let [is_creatable, is_updatable, is_nullable, is_upsertable, is_defaulted_on_create] = flags;
        WriteOperationProperty {
            is_creatable, is_updatable, is_nullable, is_upsertable, is_defaulted_on_create, supported_write_operations,
        }
    }
}

fn data_type() -> impl Strategy<Value = FieldDataType> {
    select(vec![
        FieldDataType::String,
        FieldDataType::Long,
        FieldDataType::BigDecimal,
        FieldDataType::DateTime,
        FieldDataType::Struct,
    ])
}

prop_compose! {
    fn field()(
        (field_name, data_type, data_type_label) in (any::<String>(), data_type(), any::<String>()),
        (label, description, default_value) in any::<(Option<String>, Option<String>, Option<String>)>(),
        (is_primary_key, is_deprecated) in any::<(Option<bool>, Option<bool>)>(),
        constraints in option::of(constraints()),
        read_properties in option::of(read_properties()),
        write_properties in option::of(write_properties()),
        filter_operators in subsequence(ConnectorOperator::ALL.to_vec(), 0..=21),
        custom_properties in option::of(string_map()),
    ) -> FieldDefinition {
        FieldDefinition {
            field_name, data_type, data_type_label, label, description, is_primary_key, default_value, is_deprecated,
            constraints, read_properties, write_properties, filter_operators, custom_properties,
        }
    }
}

prop_compose! {
    fn entity()(
        entity_identifier in any::<String>(),
        (has_nested_entities, is_writable) in any::<(bool, bool)>(),
        (label, description) in any::<(Option<String>, Option<String>)>(),
        custom_properties in option::of(string_map()),
    ) -> Entity {
        Entity { entity_identifier, has_nested_entities, is_writable, label, description, custom_properties }
    }
}

prop_compose! {
    fn definition()(
        entity in entity(),
        fields in vec(field(), 0..4),
        custom_properties in option::of(string_map()),
    ) -> EntityDefinition {
        EntityDefinition { entity, fields, custom_properties }
    }
}

proptest! {
    #[test]
    fn an_entity_definition_reads_as_it_was_written(definition in definition()) {
        let written = serde_json::to_string(&definition).unwrap();
        prop_assert_eq!(serde_json::from_str::<EntityDefinition>(&written).unwrap(), definition);
    }

    #[test]
    fn any_bytes_are_a_request_or_an_error(payload in vec(any::<u8>(), 0..256)) {
        let _ = ConnectorRequest::from_slice(&payload);
    }

    #[test]
    fn any_json_is_a_request_or_an_error(
        mut payload in json(),
        request_type in select(RequestType::ALL.to_vec()),
        cut in any::<prop::sample::Index>(),
    ) {
        if let Value::Object(fields) = &mut payload {
            fields.insert("type".to_owned(), request_type.as_str().into());
        }
        let text = payload.to_string();
        if let Ok(request) = ConnectorRequest::from_slice(text.as_bytes()) {
            prop_assert_eq!(request.request_type(), request_type);
        }
        let _ = ConnectorRequest::from_slice(&text.as_bytes()[..cut.index(text.len())]);
    }

    #[test]
    fn a_request_with_any_value_in_any_field_is_read_or_refused_by_name(
        field in key(),
        value in json(),
        request_type in select(RequestType::ALL.to_vec()),
    ) {
        prop_assume!(field != "type");
        let payload = serde_json::json!({
            "type": request_type.as_str(), "scope": "SOURCE", "connectorRuntimeSettings": {}, "credentials": {},
            "entityIdentifier": "Airport", "connectorContext": {}, field.clone(): value,
        });
        if let Err(error) = ConnectorRequest::from_slice(payload.to_string().as_bytes()) {
            let message = error.to_string();
            prop_assert!(message.starts_with(request_type.as_str()), "{}", message);
            prop_assert!(message.contains(&field), "{}", message);
        }
    }
}
