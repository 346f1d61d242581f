//! Objects with the limitations that some objects of Salesforce have. They are for reading.

use std::sync::OnceLock;

use crate::schema::field::{Field, FieldType};
use crate::schema::object::Object;

/// The number of picklists of `Picklists__c`, and of values of each. The description has about
/// 9 MB.
const PICKLISTS: usize = 105;
const VALUES: usize = 1_000;

pub(super) fn special_objects() -> Vec<Object> {
    vec![
        entity_definition(),
        missing_label(),
        picklists(),
        unlabelled(),
        unsorted(),
        visit(),
    ]
}

fn name_field(label: &'static str) -> Field {
    Field::new("Name", label, FieldType::String).names_records()
}

/// An object whose queries have one page only.
fn entity_definition() -> Object {
    let name = Field::new("QualifiedApiName", "Object Name", FieldType::String).names_records();
    Object {
        query_more: false,
        ..Object::new(
            "EntityDefinition",
            "Entity Definition",
            "Entity Definitions",
            "4ie",
            vec![name],
        )
    }
}

/// An object whose label Salesforce failed to look up.
fn missing_label() -> Object {
    let label =
        "__MISSING LABEL__ PropertyFile - val MissingLabel__c not found in section CustomObject";
    Object::new(
        "MissingLabel__c",
        label,
        label,
        "a02",
        vec![name_field("Name")],
    )
}

/// An object with a very long description.
fn picklists() -> Object {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    static CHOICES: OnceLock<Vec<&'static str>> = OnceLock::new();
    let leak = |text: String| -> &'static str { text.leak() };
    let names = NAMES.get_or_init(|| {
        let numbers = 1..=PICKLISTS;
        numbers
            .map(|number| leak(format!("Choice{number:03}__c")))
            .collect()
    });
    let choices = CHOICES.get_or_init(|| {
        let numbers = 1..=VALUES;
        numbers
            .map(|number| leak(format!("V{number:04}")))
            .collect()
    });
    let mut own_fields = vec![name_field("Name")];
    own_fields.extend(
        names
            .iter()
            .map(|&name| Field::new(name, name, FieldType::Picklist).values(choices)),
    );
    Object::new("Picklists__c", "Picklists", "Picklists", "a03", own_fields)
}

/// An object without a label, and with a field without one.
fn unlabelled() -> Object {
    let own_fields = vec![
        name_field("Name"),
        Field::new("Blank__c", "", FieldType::String),
    ];
    Object::new("Unlabelled__c", "", "", "a04", own_fields)
}

/// An object that cannot be sorted by its ID.
fn unsorted() -> Object {
    let mut object = Object::new(
        "Unsorted__c",
        "Unsorted",
        "Unsorted",
        "a05",
        vec![name_field("Name")],
    );
    object.fields[0].unsortable = true;
    object
}

/// A big object: a query can filter by the fields of its index alone.
fn visit() -> Object {
    let own_fields = vec![
        Field::new("Site__c", "Site", FieldType::String)
            .length(40)
            .required(),
        Field::new("VisitedOn__c", "Visited On", FieldType::DateTime).required(),
        Field::new("Note__c", "Note", FieldType::String),
    ];
    let mut object = Object {
        index: &["Site__c", "VisitedOn__c"],
        ..Object::new("Visit__b", "Visit", "Visits", "000", own_fields)
    };
    for field in &mut object.fields {
        field.unfilterable = !object.index.contains(&field.name);
    }
    object
}
