//! Lists of allowed values that would make an entity's description too large.

use std::cmp::Reverse;

use appflow_connector_model::{EntityDefinition, FieldDefinition};

/// Removes lists of allowed values, longest first, until about `excess` bytes are saved. A field's
/// description says so. Returns whether any list was removed.
pub(crate) fn remove_longest(entity: &mut EntityDefinition, excess: usize) -> bool {
    let mut fields: Vec<(usize, &mut FieldDefinition)> = entity
        .fields
        .iter_mut()
        .map(|field| (list_bytes(field), field))
        .filter(|(bytes, _)| *bytes > 0)
        .collect();
    fields.sort_by_key(|(bytes, _)| Reverse(*bytes));
    let mut saved = 0;
    for (bytes, field) in &mut fields {
        if saved > excess {
            break;
        }
        let list = field
            .constraints
            .as_mut()
            .and_then(|constraints| constraints.allowed_values.take());
        let note = format!(
            "Its {} allowed values are not listed, because the entity's description would be too \
             large.",
            list.unwrap_or_default().len()
        );
        saved = (saved + *bytes).saturating_sub(note.len());
        field.description = Some(match field.description.take() {
            Some(description) => format!("{description} {note}"),
            None => note,
        });
    }
    !fields.is_empty()
}

/// Returns about how many bytes of JSON a field's list of allowed values has.
fn list_bytes(field: &FieldDefinition) -> usize {
    let constraints = field.constraints.as_ref();
    let values = constraints.and_then(|constraints| constraints.allowed_values.as_ref());
    values
        .into_iter()
        .flatten()
        .map(|value| value.len() + 3)
        .sum()
}
