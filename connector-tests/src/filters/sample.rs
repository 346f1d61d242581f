use std::collections::BTreeSet;

use appflow_connector_model::{
    ConnectorOperator as Operator, EntityDefinition, FieldDataType, FieldDefinition,
};
use appflow_connector_queryfilter::ast::{
    Between, CompareOp, Comparison, Expr, ExprKind, Field, Literal, Membership, Value,
};

use super::literal;
use crate::config::TextComparison;
use crate::reading::Row;

/// The number of records by which filters are chosen. They are judged by all records.
const SAMPLE: usize = 200;
/// The maximum number of values of a field that filters are built from.
const VALUES: usize = 5;

/// The types, in AppFlow's order.
pub(crate) const TYPES: [FieldDataType; 15] = [
    FieldDataType::String,
    FieldDataType::Integer,
    FieldDataType::Float,
    FieldDataType::Double,
    FieldDataType::Long,
    FieldDataType::Short,
    FieldDataType::BigInteger,
    FieldDataType::BigDecimal,
    FieldDataType::ByteArray,
    FieldDataType::Boolean,
    FieldDataType::Date,
    FieldDataType::DateTime,
    FieldDataType::Struct,
    FieldDataType::Map,
    FieldDataType::List,
];

/// An entity and some of its records, by which filters are chosen.
pub(crate) struct Sample<'d> {
    pub(crate) definition: &'d EntityDefinition,
    pub(crate) rows: Vec<&'d Row>,
    pub(crate) comparison: TextComparison,
}

/// A field and some of its values in the sample.
pub(crate) struct FieldValues<'d> {
    pub(crate) field: &'d FieldDefinition,
    pub(crate) values: Vec<Literal>,
}

impl<'d> Sample<'d> {
    /// Takes records from the whole range.
    pub(crate) fn new(
        definition: &'d EntityDefinition,
        rows: &'d [Row],
        comparison: TextComparison,
    ) -> Self {
        let step = rows.len().div_ceil(SAMPLE).max(1);
        Self {
            definition,
            rows: rows.iter().step_by(step).collect(),
            comparison,
        }
    }

    /// The fields that a filter may compare with the operator.
    pub(crate) fn fields_with(
        &self,
        operator: Operator,
    ) -> impl Iterator<Item = &'d FieldDefinition> {
        self.definition
            .fields
            .iter()
            .filter(move |field| is_filterable(field) && field.filter_operators.contains(&operator))
    }

    /// Of a type's fields with the operator, the one with the most values; the first of several.
    /// `None` if there is none.
    pub(crate) fn values(
        &self,
        data_type: FieldDataType,
        operator: Operator,
    ) -> Option<FieldValues<'d>> {
        let mut best: Option<FieldValues<'d>> = None;
        for field in self.fields_with(operator) {
            if field.data_type != data_type {
                continue;
            }
            let values = self.values_of(field, operator);
            let most = best.as_ref().map_or(0, |best| best.values.len());
            if values.values.len() > most {
                best = Some(values);
            }
        }
        best
    }

    /// Of the text fields that are not a key, the one with the most different characters in its
    /// values: others may accept only texts of a certain form, such as ids.
    pub(crate) fn freest_text(&self, operator: Operator) -> Option<&'d FieldDefinition> {
        let characters = |field: &&FieldDefinition| {
            let values = self
                .rows
                .iter()
                .filter_map(|row| row.get(&field.field_name));
            let characters: BTreeSet<char> = values.flat_map(str::chars).collect();
            characters.len()
        };
        let fields = self.fields_with(operator);
        fields
            .filter(|field| field.data_type == FieldDataType::String)
            .filter(|field| field.is_primary_key != Some(true))
            .max_by_key(characters)
    }

    /// Values of a field, at most five, from the whole sample.
    pub(crate) fn values_of(
        &self,
        field: &'d FieldDefinition,
        operator: Operator,
    ) -> FieldValues<'d> {
        let mut distinct: Vec<Literal> = Vec::new();
        for row in &self.rows {
            let value = row
                .get(&field.field_name)
                .and_then(|raw| literal::read(field.data_type, raw, operator));
            if let Some(value) = value
                && !distinct.contains(&value)
            {
                distinct.push(value);
            }
        }
        let step = distinct.len().div_ceil(VALUES).max(1);
        FieldValues {
            field,
            values: distinct.into_iter().step_by(step).collect(),
        }
    }
}

/// Whether a filter may name the field and a query select it, so that the result can be judged.
pub(crate) fn is_filterable(field: &FieldDefinition) -> bool {
    field.is_retrievable() && field.is_queryable()
}

impl FieldValues<'_> {
    /// Expressions that compare the field with its values.
    pub(crate) fn expressions(&self, operator: Operator) -> Vec<Expr> {
        let values = self.values.iter();
        match (operator, compare_op(operator)) {
            (Operator::Between, _) => self
                .pairs()
                .map(|(low, high)| between(&self.field.field_name, low, high))
                .collect(),
            (_, Some(op)) => values
                .map(|value| compare(&self.field.field_name, op, value.clone()))
                .collect(),
            (_, None) => Vec::new(),
        }
    }

    /// Expressions that match one of two values.
    pub(crate) fn memberships(&self) -> Vec<Expr> {
        let expression = |(one, other): (&Literal, &Literal)| {
            let values = [one, other].map(|literal| Value::from(literal.clone()));
            Expr::from(ExprKind::In(Membership {
                field: Field::from(self.field.field_name.as_str()),
                values: values.to_vec(),
            }))
        };
        self.pairs().map(expression).collect()
    }

    fn pairs(&self) -> impl Iterator<Item = (&Literal, &Literal)> {
        let values = &self.values;
        values
            .iter()
            .flat_map(move |one| values.iter().map(move |other| (one, other)))
            .filter(|(one, other)| one != other)
    }
}

/// `field op value`
pub(crate) fn compare(field: &str, op: CompareOp, value: Literal) -> Expr {
    Expr::from(ExprKind::Compare(Comparison {
        field: Field::from(field),
        op,
        value: Value::from(value),
    }))
}

fn between(field: &str, low: &Literal, high: &Literal) -> Expr {
    Expr::from(ExprKind::Between(Between {
        field: Field::from(field),
        low: Value::from(low.clone()),
        high: Value::from(high.clone()),
    }))
}

const fn compare_op(operator: Operator) -> Option<CompareOp> {
    match operator {
        Operator::EqualTo => Some(CompareOp::Equal),
        Operator::NotEqualTo => Some(CompareOp::NotEqual),
        Operator::LessThan => Some(CompareOp::Less),
        Operator::LessThanOrEqualTo => Some(CompareOp::LessOrEqual),
        Operator::GreaterThan => Some(CompareOp::Greater),
        Operator::GreaterThanOrEqualTo => Some(CompareOp::GreaterOrEqual),
        Operator::Contains => Some(CompareOp::Contains),
        _ => None,
    }
}
