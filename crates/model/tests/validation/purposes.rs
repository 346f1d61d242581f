//! Which fields a record may and must have depends on what it is for.

use appflow_connector_model::FieldDataType::String as Text;
use appflow_connector_model::validation::{Purpose, Validator, ViolationKind as Kind};
use appflow_connector_model::{
    ConnectorError, EntityDefinition, ErrorCode, FieldDefinition, ReadOperationProperty,
    WriteOperationProperty, WriteOperationType,
};

use crate::{entity, field, kinds, record};

fn writable(name: &str, write: WriteOperationProperty) -> FieldDefinition {
    FieldDefinition {
        write_properties: Some(write),
        ..field(name, Text)
    }
}

fn account() -> EntityDefinition {
    let not_written = WriteOperationProperty::builder()
        .is_creatable(false)
        .is_updatable(false)
        .is_upsertable(false)
        .build();
    let required = WriteOperationProperty::builder().is_nullable(false).build();
    let read_as_value = ReadOperationProperty::builder().is_nullable(false).build();
    let hidden = ReadOperationProperty::builder()
        .is_retrievable(false)
        .build();
    entity(vec![
        FieldDefinition {
            is_primary_key: Some(true),
            read_properties: Some(read_as_value),
            ..writable("id", not_written.clone())
        },
        writable("name", required.clone()),
        writable(
            "owner",
            WriteOperationProperty {
                is_defaulted_on_create: Some(true),
                ..required.clone()
            },
        ),
        FieldDefinition {
            default_value: Some("new".to_owned()),
            ..writable("state", required)
        },
        writable("created", not_written),
        writable(
            "key",
            WriteOperationProperty::builder()
                .supported_write_operations(vec![WriteOperationType::Insert])
                .build(),
        ),
        FieldDefinition {
            read_properties: Some(hidden),
            ..field("password", Text)
        },
    ])
}

#[track_caller]
fn assert_violations(purpose: Purpose, id_fields: &[&str], text: &str, expected: &[(&str, Kind)]) {
    let account = account();
    let id_fields: Vec<String> = id_fields.iter().map(|name| (*name).to_owned()).collect();
    let validator = Validator::new(&account, purpose).with_id_fields(&id_fields);
    let found = kinds(validator.validate(&record(text)));
    let found: Vec<_> = found
        .iter()
        .map(|(path, kind)| (path.as_str(), *kind))
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn a_record_that_is_read() {
    let read = |text, expected: &[_]| assert_violations(Purpose::Read, &[], text, expected);
    read(r#"{"id":"1","name":null,"created":"today"}"#, &[]);
    read("{}", &[("$.id", Kind::MissingField)]);
    read(r#"{"id":null}"#, &[("$.id", Kind::Null)]);
    read(
        r#"{"id":"1","password":"x"}"#,
        &[("$.password", Kind::FieldNotAllowed)],
    );
}

#[test]
fn a_record_of_which_some_fields_are_read() {
    let account = account();
    let names = ["name".to_owned()];
    let validator = Validator::new(&account, Purpose::Read).with_selected_fields(&names);
    assert!(validator.validate(&record(r#"{"name":"Air"}"#)).is_ok());
}

#[test]
fn a_record_that_is_inserted() {
    let insert = |text, expected: &[_]| assert_violations(Purpose::Insert, &[], text, expected);
    insert(r#"{"name":"Air","key":"k","password":"x"}"#, &[]);
    insert("{}", &[("$.name", Kind::MissingField)]);
    insert(r#"{"name":null}"#, &[("$.name", Kind::Null)]);
    insert(
        r#"{"name":"Air","id":"1","created":"today"}"#,
        &[
            ("$.created", Kind::FieldNotAllowed),
            ("$.id", Kind::FieldNotAllowed),
        ],
    );
}

#[test]
fn a_record_that_is_updated() {
    let update = |text, expected: &[_]| assert_violations(Purpose::Update, &["id"], text, expected);
    update(r#"{"id":"1","name":"Air"}"#, &[]);
    update(r#"{"name":"Air"}"#, &[("$.id", Kind::MissingField)]);
    update(
        r#"{"id":"1","name":null,"key":"k"}"#,
        &[("$.key", Kind::FieldNotAllowed), ("$.name", Kind::Null)],
    );
}

#[test]
fn a_record_that_is_upserted_by_another_field() {
    let upsert =
        |text, expected: &[_]| assert_violations(Purpose::Upsert, &["key"], text, expected);
    upsert(r#"{"key":"k","name":"Air"}"#, &[]);
    upsert(r#"{"key":null}"#, &[("$.key", Kind::Null)]);
    upsert(
        r#"{"created":"today"}"#,
        &[
            ("$.created", Kind::FieldNotAllowed),
            ("$.key", Kind::MissingField),
        ],
    );
}

#[test]
fn a_record_that_is_deleted() {
    let delete = |text, expected: &[_]| assert_violations(Purpose::Delete, &["id"], text, expected);
    delete(r#"{"id":"1","created":"today","name":null}"#, &[]);
    delete("{}", &[("$.id", Kind::MissingField)]);
}

#[test]
fn every_write_operation_is_a_purpose() {
    let purposes = WriteOperationType::ALL.map(Purpose::from);
    assert_eq!(
        purposes,
        [
            Purpose::Insert,
            Purpose::Update,
            Purpose::Upsert,
            Purpose::Delete
        ]
    );
}

#[test]
fn violations_are_an_invalid_argument() {
    let account = account();
    let violations = Validator::new(&account, Purpose::Insert)
        .validate(&record("{}"))
        .unwrap_err();
    let error = ConnectorError::from(violations);
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    assert_eq!(
        error.message(),
        "the record is not valid: $.name: is missing"
    );
}
