//! An object: a table of records.

use crate::schema::field::{Field, FieldType};

#[derive(Debug)]
pub(crate) struct Object {
    pub name: &'static str,
    pub label: &'static str,
    pub label_plural: &'static str,
    /// The first three characters of the IDs of its records.
    pub key_prefix: &'static str,
    pub fields: Vec<Field>,
    pub deletable: bool,
    /// Whether a query can have more than one page.
    pub query_more: bool,
    /// The index of a big object: the only fields that a query can filter by, in this order. Empty
    /// for other objects.
    pub index: &'static [&'static str],
}

impl Object {
    /// Makes an object with `own_fields` between its ID and the system fields.
    pub(super) fn new(
        name: &'static str,
        label: &'static str,
        label_plural: &'static str,
        key_prefix: &'static str,
        own_fields: Vec<Field>,
    ) -> Self {
        let mut fields = vec![
            Field::new("Id", "Record ID", FieldType::Id)
                .defaulted()
                .read_only(),
            Field::new("IsDeleted", "Deleted", FieldType::Boolean)
                .defaulted()
                .read_only(),
        ];
        fields[0].id_lookup = true;
        fields.extend(own_fields);
        fields.push(
            Field::new("OwnerId", "Owner ID", FieldType::Reference)
                .defaulted()
                .references("Owner", &["User"]),
        );
        for (name, label) in [
            ("CreatedDate", "Created Date"),
            ("LastModifiedDate", "Last Modified Date"),
            ("SystemModstamp", "System Modstamp"),
        ] {
            fields.push(
                Field::new(name, label, FieldType::DateTime)
                    .defaulted()
                    .read_only(),
            );
        }
        Self {
            name,
            label,
            label_plural,
            key_prefix,
            fields,
            deletable: true,
            query_more: true,
            index: &[],
        }
    }

    pub(crate) fn custom(&self) -> bool {
        self.name.ends_with("__c") || self.name.ends_with("__b")
    }

    /// The field that refers to the parent of this name. Ignores case.
    pub(crate) fn reference(&self, relationship: &str) -> Option<&Field> {
        let is_wanted = |name: &str| name.eq_ignore_ascii_case(relationship);
        let mut fields = self.fields.iter();
        fields.find(|field| field.relationship.is_some_and(is_wanted))
    }

    /// The field with this name. Ignores case.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }
}
