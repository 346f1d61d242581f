//! Finds the fields that a query names, those of parents included.

use crate::schema::catalog::Schema;
use crate::schema::field::{Field, FieldType};
use crate::schema::object::Object;
use crate::schema::selection::{Parent, Selected};
use crate::soql::ast::Name;
use crate::soql::error::SoqlError;

/// A field in a query: of the object itself, or of a parent.
pub(super) struct Column<'s> {
    pub(super) field: &'s Field,
    pub(super) parent: Option<&'s Field>,
    /// The name of the column in SQL.
    pub(super) sql: String,
}

impl Column<'_> {
    /// `Name` or `Owner.Name`, as described.
    pub(super) fn path(&self) -> String {
        let name = self.field.name;
        match self.parent.and_then(|reference| reference.relationship) {
            None => name.to_owned(),
            Some(relationship) => format!("{relationship}.{name}"),
        }
    }
}

/// The names that a query of an object can use.
pub(super) struct Names<'a, 's> {
    /// The query, for the messages.
    pub(super) text: &'a str,
    pub(super) schema: &'s Schema,
    pub(super) object: &'s Object,
}

impl<'s> Names<'_, 's> {
    /// Finds `Name`, `Account.Name`, `Owner.Name` or `Account.Owner.Name`.
    pub(super) fn resolve(&self, name: &Name) -> Result<Column<'s>, SoqlError> {
        let mut path: Vec<&str> = name.text.split('.').collect();
        if path.len() > 1 && path[0].eq_ignore_ascii_case(self.object.name) {
            path.remove(0);
        }
        match path.as_slice() {
            [field] => {
                let field = self.field(name, self.object, field)?;
                Ok(Column {
                    field,
                    parent: None,
                    sql: format!("\"{}\".\"{}\"", self.object.name, field.name),
                })
            }
            [relationship, field] => {
                let reference = self.object.reference(relationship);
                let (reference, parent) = reference
                    .and_then(|reference| Some((reference, self.parent(reference)?)))
                    .ok_or_else(|| self.no_relationship(name, relationship))?;
                let field = self.field(name, parent, field)?;
                let column = format!("{}.\"{}\"", alias(reference), field.name);
                Ok(Column {
                    field,
                    parent: Some(reference),
                    // Without a parent, its checkboxes are unchecked.
                    sql: match field.kind {
                        FieldType::Boolean => format!("ifnull({column}, 0)"),
                        _ => column,
                    },
                })
            }
            _ => {
                let message = "the sandbox follows one relationship, Salesforce follows five";
                Err(self.invalid_field(name, message))
            }
        }
    }

    fn field(&self, name: &Name, object: &'s Object, field: &str) -> Result<&'s Field, SoqlError> {
        object.field(field).ok_or_else(|| {
            self.invalid_field(
                name,
                &format!(
                    "No such column '{field}' on entity '{}'. If you are attempting to use a custom field, be sure to append the '__c' \
                     after the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
                    object.name
                ),
            )
        })
    }

    /// The object that a field refers to.
    pub(super) fn parent(&self, reference: &Field) -> Option<&'s Object> {
        self.schema.object(reference.reference_to.first()?)
    }

    fn no_relationship(&self, name: &Name, relationship: &str) -> SoqlError {
        self.invalid_field(
            name,
            &format!(
                "Didn't understand relationship '{relationship}' in field path. If you are attempting to use a custom relationship, \
                 be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call \
                 for the appropriate names."
            ),
        )
    }

    pub(super) fn invalid_field(&self, name: &Name, message: &str) -> SoqlError {
        SoqlError::at("INVALID_FIELD", self.text, name.position, message)
    }
}

/// Adds a field of a parent to what a query selects. All fields of a parent are together in the
/// response.
pub(super) fn select_of_parent(selection: &mut Vec<Selected>, reference: &Field, field: Selected) {
    let (Some(relationship), Some(object)) =
        (reference.relationship, reference.reference_to.first())
    else {
        return;
    };
    let known = selection.iter_mut().find_map(|selected| match selected {
        Selected::Parent(parent) if parent.relationship == relationship => Some(parent),
        _ => None,
    });
    match known {
        Some(parent) => parent.selection.push(field),
        None => selection.push(Selected::Parent(Parent {
            relationship,
            reference: reference.name,
            object,
            selection: vec![field],
        })),
    }
}

/// The name of a parent in SQL.
pub(super) fn alias(reference: &Field) -> String {
    format!("\"{}\"", reference.relationship.unwrap_or_default())
}
