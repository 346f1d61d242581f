//! The entity of a filter: read from a file, or inferred.

use std::path::Path;

use appflow_connector_model::{
    ConnectorOperator, Entity, EntityDefinition, FieldDataType, FieldDefinition,
};
use appflow_connector_queryfilter::Filter;
use appflow_connector_queryfilter::ast::{Expr, ExprKind, Literal};
use miette::{Context, IntoDiagnostic, Result};
use serde_json::Value;

/// Reads an EntityDefinition, or the one in a response to DescribeEntity.
pub fn read(file: &Path) -> Result<EntityDefinition> {
    let named = || format!("cannot read the entity definition from {}", file.display());
    let text = std::fs::read_to_string(file)
        .into_diagnostic()
        .wrap_err_with(named)?;
    let mut json: Value = serde_json::from_str(&text)
        .into_diagnostic()
        .wrap_err_with(named)?;
    let definition = match json.get_mut("entityDefinition") {
        Some(inner) => inner.take(),
        None => json,
    };
    serde_path_to_error::deserialize(definition)
        .into_diagnostic()
        .wrap_err_with(named)
}

/// Makes an entity with the fields of a filter. Each has the type of the values that it is compared
/// with, and supports every operator.
pub fn inferred(filter: &Filter) -> EntityDefinition {
    let mut fields = Vec::new();
    if let Some(predicate) = &filter.predicate {
        collect(predicate, &mut fields);
    }
    let definition = |(name, data_type): (String, Option<FieldDataType>)| {
        FieldDefinition::builder()
            .field_name(name)
            .data_type(data_type.unwrap_or(FieldDataType::String))
            .filter_operators(ConnectorOperator::ALL.to_vec())
            .build()
    };
    EntityDefinition::builder()
        .entity(Entity::builder().entity_identifier("the entity").build())
        .fields(fields.into_iter().map(definition).collect())
        .build()
}

type TypedName = (String, Option<FieldDataType>);

fn collect(expr: &Expr, fields: &mut Vec<TypedName>) {
    match &expr.kind {
        ExprKind::And(operands) | ExprKind::Or(operands) => {
            for operand in operands {
                collect(operand, fields);
            }
        }
        ExprKind::Not(operand) => collect(operand, fields),
        ExprKind::Compare(comparison) => add(
            fields,
            &comparison.field.name,
            data_type(&comparison.value.literal),
        ),
        ExprKind::Between(between) => {
            add(fields, &between.field.name, data_type(&between.low.literal));
            add(
                fields,
                &between.field.name,
                data_type(&between.high.literal),
            );
        }
        ExprKind::In(membership) => {
            for value in &membership.values {
                add(fields, &membership.field.name, data_type(&value.literal));
            }
        }
        ExprKind::Field(field) => add(fields, &field.name, Some(FieldDataType::Boolean)),
        ExprKind::Value(_) => {}
    }
}

fn data_type(literal: &Literal) -> Option<FieldDataType> {
    match literal {
        Literal::String(_) => Some(FieldDataType::String),
        Literal::Number(_) => Some(FieldDataType::BigDecimal),
        Literal::Boolean(_) => Some(FieldDataType::Boolean),
        Literal::Date(_) => Some(FieldDataType::Date),
        Literal::DateTime(_) => Some(FieldDataType::DateTime),
        Literal::Null => None,
    }
}

/// Adds the type that one comparison implies for a field. A field compared with both dates and
/// date-times is a DateTime; with any other two types, a String.
fn add(fields: &mut Vec<TypedName>, name: &str, data_type: Option<FieldDataType>) {
    use FieldDataType::{Date, DateTime, String};

    let Some((_, known)) = fields.iter_mut().find(|(known, _)| known == name) else {
        fields.push((name.to_owned(), data_type));
        return;
    };
    *known = match (*known, data_type) {
        (None, other) | (other, None) => other,
        (Some(one), Some(other)) if one == other => Some(one),
        (Some(Date | DateTime), Some(Date | DateTime)) => Some(DateTime),
        _ => Some(String),
    };
}

#[cfg(test)]
mod tests {
    use appflow_connector_queryfilter::parse;

    use super::*;

    #[test]
    fn a_field_has_the_type_of_its_values() {
        let text = "a = 1 and b = 'x' and c and d = 2021-04-20 and d > 2021-04-20T00:00:00Z and e in (1, 'x') and f = null";
        let filter = parse(text).unwrap();
        let entity = inferred(&filter);
        let types: Vec<_> = entity
            .fields
            .iter()
            .map(|field| (field.field_name.as_str(), field.data_type.as_str()))
            .collect();
        assert_eq!(
            types,
            [
                ("a", "BigDecimal"),
                ("b", "String"),
                ("c", "Boolean"),
                ("d", "DateTime"),
                ("e", "String"),
                ("f", "String")
            ]
        );
        assert!(filter.bind(&entity).is_ok());
    }
}
