use appflow_connector_model::{
    ConnectorOperator as Operator, FieldDataType as Type, FieldDefinition,
};

/// Why connectors often pass the conditions on a field on to the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A date or a moment: incremental flows read by it.
    Timestamp,
    /// A field with allowed values.
    Choice,
    /// A field of the primary key.
    Key,
    /// A field that names another record.
    Reference,
    /// True or false.
    Flag,
}

/// Words for a reference in the label of a type.
const REFERENCE_LABELS: [&str; 4] = ["reference", "lookup", "foreign", "relation"];

/// The role of a field. `None` for other fields, and for those that no filter may name.
pub(crate) fn role(field: &FieldDefinition) -> Option<Role> {
    let has_operators = field.filter_operators.iter().copied().any(is_of_filters);
    if !is_filterable(field) || !has_operators {
        return None;
    }
    let allowed = field.constraints.as_ref();
    let allowed = allowed.and_then(|constraints| constraints.allowed_values.as_ref());
    if matches!(field.data_type, Type::Date | Type::DateTime) {
        Some(Role::Timestamp)
    } else if field.data_type == Type::Boolean {
        Some(Role::Flag)
    } else if field.is_primary_key == Some(true) {
        Some(Role::Key)
    } else if allowed.is_some_and(|values| !values.is_empty()) {
        Some(Role::Choice)
    } else if can_refer(field.data_type)
        && (is_named_as_reference(&field.field_name) || {
            let label = field.data_type_label.to_lowercase();
            REFERENCE_LABELS.iter().any(|word| label.contains(word))
        })
    {
        Some(Role::Reference)
    } else {
        None
    }
}

/// Whether a filter may name the field and a query select it, so that the result can be judged.
pub(crate) fn is_filterable(field: &FieldDefinition) -> bool {
    field.is_retrievable() && field.is_queryable()
}

const fn is_of_filters(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::EqualTo
            | Operator::NotEqualTo
            | Operator::LessThan
            | Operator::LessThanOrEqualTo
            | Operator::GreaterThan
            | Operator::GreaterThanOrEqualTo
            | Operator::Between
            | Operator::Contains
    )
}

const fn can_refer(data_type: Type) -> bool {
    matches!(
        data_type,
        Type::String | Type::Integer | Type::Long | Type::Short | Type::BigInteger
    )
}

/// `customer_id`, `customerId`, `CustomerID`, `id`
fn is_named_as_reference(name: &str) -> bool {
    let Some((before, end)) = name
        .len()
        .checked_sub(2)
        .and_then(|at| name.split_at_checked(at))
    else {
        return false;
    };
    let last = before.chars().next_back();
    match end {
        "Id" | "ID" => true,
        "id" => last.is_none_or(|last| !last.is_alphanumeric()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_known_by_its_name() {
        for name in [
            "id",
            "customer_id",
            "owner-id",
            "customerId",
            "OwnerID",
            "Id",
        ] {
            assert!(is_named_as_reference(name), "{name}");
        }
        for name in ["paid", "valid", "d", "", "idea", "grid", "éd"] {
            assert!(!is_named_as_reference(name), "{name}");
        }
    }
}
