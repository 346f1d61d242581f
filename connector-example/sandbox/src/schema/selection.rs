//! What a query selects of each record.

use crate::schema::field::Field;

/// One thing that a query selects.
#[derive(Debug, Clone)]
pub(crate) enum Selected {
    Field(Field),
    Parent(Parent),
}

/// Fields of the record that a field refers to.
#[derive(Debug, Clone)]
pub(crate) struct Parent {
    /// The name of the parent in the query and in the response.
    pub relationship: &'static str,
    /// The field with the ID of the parent.
    pub reference: &'static str,
    /// The name of the parent's object.
    pub object: &'static str,
    pub selection: Vec<Selected>,
}

/// Selects fields of the record itself.
pub(crate) fn own(fields: impl IntoIterator<Item = Field>) -> Vec<Selected> {
    fields.into_iter().map(Selected::Field).collect()
}
