//! Values that no record has.

use appflow_connector_model::{FieldDataType as Type, FieldDefinition};
use appflow_connector_queryfilter::ast::Literal;

/// A value that is not among the allowed ones of a field.
pub(super) fn unknown_choice(field: &FieldDefinition) -> Option<Literal> {
    match field.data_type {
        Type::String => Some(Literal::String("NoSuchValue".to_owned())),
        Type::Integer | Type::Long | Type::Short | Type::BigInteger => {
            Some(Literal::Number("9876".to_owned()))
        }
        _ => None,
    }
}

/// An id of the same form that most likely no record has: the application may refuse an id of
/// another form. Letters stay if there are digits: `item-0007` becomes `item-9999`.
pub(crate) fn unknown_like(id: &str) -> String {
    let has_digits = id.contains(|character: char| character.is_ascii_digit());
    id.chars()
        .map(|character| match character {
            '0'..='9' => '9',
            'a'..='z' if !has_digits => 'z',
            'A'..='Z' if !has_digits => 'Z',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_id_has_the_form_of_a_known_one() {
        for (id, unknown) in [
            ("item-0007", "item-9999"),
            ("3f2A-17", "9f9A-99"),
            ("1042", "9999"),
            ("abc", "zzz"),
        ] {
            assert_eq!(unknown_like(id), unknown);
        }
    }
}
