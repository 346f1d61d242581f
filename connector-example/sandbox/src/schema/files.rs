//! Objects whose records are files.

use crate::schema::field::{Field, FieldType, Formula};
use crate::schema::object::Object;

/// The size of a file in bytes, from the field with its content.
fn size(name: &'static str, label: &'static str, sql: &'static str) -> Field {
    Field::new(name, label, FieldType::Int)
        .required()
        .calculated(Formula { shown: None, sql })
}

/// A version of a file. Cannot be deleted, as in Salesforce, where its document can.
pub(super) fn content_version() -> Object {
    let own_fields = vec![
        Field::new("Title", "Title", FieldType::String)
            .required()
            .names_records(),
        Field::new("Description", "Description", FieldType::TextArea).length(1_000),
        Field::new("PathOnClient", "Path On Client", FieldType::String).length(500),
        size("ContentSize", "Size", "ifnull(length(\"VersionData\"), 0)"),
        Field::new("VersionData", "Version Data", FieldType::Base64),
    ];
    Object {
        deletable: false,
        ..Object::new(
            "ContentVersion",
            "Content Version",
            "Content Versions",
            "068",
            own_fields,
        )
    }
}

/// A file that belongs to an account.
pub(super) fn attachment() -> Object {
    let own_fields = vec![
        Field::new("ParentId", "Parent ID", FieldType::Reference)
            .references("Parent", &["Account"])
            .required()
            .create_only(),
        Field::new("Name", "File Name", FieldType::String)
            .required()
            .names_records(),
        Field::new("IsPrivate", "Private", FieldType::Boolean).defaulted(),
        Field::new("ContentType", "Content Type", FieldType::String).length(120),
        size("BodyLength", "Body Length", "length(\"Body\")"),
        Field::new("Body", "Body", FieldType::Base64).required(),
        Field::new("Description", "Description", FieldType::TextArea).length(500),
    ];
    Object::new("Attachment", "Attachment", "Attachments", "00P", own_fields)
}
