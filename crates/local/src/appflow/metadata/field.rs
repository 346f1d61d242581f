//! A field as DescribeConnectorEntity shows it.

use appflow_connector_model::{
    FieldConstraints, FieldDefinition, RangeConstraint, ReadOperationProperty,
    WriteOperationProperty,
};
use serde::Serialize;
use serde_json::{Value, json};

pub(super) fn view(field: &FieldDefinition) -> Value {
    let mut view = json!({
        "identifier": field.field_name,
        "isPrimaryKey": field.is_primary_key.unwrap_or_default(),
        "isDeprecated": field.is_deprecated.unwrap_or_default(),
        "supportedFieldTypeDetails": {"v1": type_details(field)},
    });
    insert(&mut view, "label", field.label.as_ref());
    insert(&mut view, "description", field.description.as_ref());
    insert(&mut view, "defaultValue", field.default_value.as_ref());
    insert(
        &mut view,
        "customProperties",
        field.custom_properties.as_ref(),
    );
    let source = field.read_properties.as_ref().map(source_properties);
    insert(&mut view, "sourceProperties", source);
    let destination = field.write_properties.as_ref().map(destination_properties);
    insert(&mut view, "destinationProperties", destination);
    view
}

fn type_details(field: &FieldDefinition) -> Value {
    let none = FieldConstraints::default();
    let constraints = field.constraints.as_ref().unwrap_or(&none);
    let mut view = json!({
        "fieldType": field.data_type,
        "filterOperators": field.filter_operators,
        "supportedValues": constraints.allowed_values.as_deref().unwrap_or_default(),
    });
    let pattern = constraints.allowed_values_regex_pattern.as_ref();
    insert(&mut view, "valueRegexPattern", pattern);
    let format = constraints.allowed_date_format.as_ref();
    insert(&mut view, "supportedDateFormat", format);
    let values = constraints.allowed_value_range.as_ref().map(range);
    insert(&mut view, "fieldValueRange", values);
    let lengths = constraints.allowed_length_range.as_ref().map(range);
    insert(&mut view, "fieldLengthRange", lengths);
    view
}

fn range(range: &RangeConstraint) -> Value {
    json!({"minimum": range.min_range, "maximum": range.max_range})
}

fn source_properties(read: &ReadOperationProperty) -> Value {
    json!({
        "isRetrievable": read.is_retrievable.unwrap_or_default(),
        "isQueryable": read.is_queryable.unwrap_or_default(),
        "isTimestampFieldForIncrementalQueries":
            read.is_timestamp_field_for_incremental_queries.unwrap_or_default(),
    })
}

fn destination_properties(write: &WriteOperationProperty) -> Value {
    json!({
        "isCreatable": write.is_creatable.unwrap_or_default(),
        "isNullable": write.is_nullable.unwrap_or_default(),
        "isUpsertable": write.is_upsertable.unwrap_or_default(),
        "isUpdatable": write.is_updatable.unwrap_or_default(),
        "isDefaultedOnCreate": write.is_defaulted_on_create.unwrap_or_default(),
        "supportedWriteOperations":
            write.supported_write_operations.as_deref().unwrap_or_default(),
    })
}

fn insert(view: &mut Value, key: &str, value: Option<impl Serialize>) {
    if let Some(value) = value {
        view[key] = json!(value);
    }
}
