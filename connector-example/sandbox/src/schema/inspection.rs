//! `Inspection__c`, the object with the fields that are out of the ordinary, and with long texts.

use super::field::{Field, Formula};
use super::field_type::FieldType;
use super::object::Object;

/// The most characters of an inspection's report. It is Salesforce's limit for a long text area.
pub(crate) const MAX_REPORT: u32 = 131_072;

/// An inspection of an airport: fields that are numbered, calculated, given once, defaulted, deprecated, or restricted to
/// a picklist, and a key that several records may share.
pub(crate) fn inspection() -> Object {
    let own_fields = vec![
        Field::new("Name", "Inspection Number", FieldType::String)
            .length(80)
            .auto_number("INS-")
            .names_records(),
        Field::new("Airport__c", "Airport", FieldType::Reference)
            .references(&["Airport__c"])
            .required()
            .create_only(),
        Field::new("Key__c", "Key", FieldType::String)
            .length(40)
            .external_id(),
        Field::new("Batch__c", "Batch", FieldType::String)
            .length(40)
            .shared_external_id(),
        Field::new("Status__c", "Status", FieldType::Picklist)
            .values(&["Planned", "Passed", "Failed"])
            .retired_values(&["Postponed"])
            .restricted()
            .default_choice("Planned"),
        Field::new("Passed__c", "Passed", FieldType::Boolean).calculated(Formula {
            shown: "ISPICKVAL(Status__c, \"Passed\")",
            sql: "\"Status__c\" = 'Passed'",
        }),
        Field::new("Score__c", "Score", FieldType::Double).digits(5, 2),
        Field::new("InspectedOn__c", "Inspected On", FieldType::Date),
        Field::new("InspectorEmail__c", "Inspector Email", FieldType::Email),
        Field::new("OldCode__c", "Old Code", FieldType::String)
            .length(10)
            .deprecated(),
        Field::new("Report__c", "Report", FieldType::TextArea).length(MAX_REPORT),
    ];
    Object::new(
        "Inspection__c",
        "Inspection",
        "Inspections",
        "a01",
        own_fields,
    )
}
