//! From a bound filter back to a tree, so that it can be printed.

use std::fmt::{self, Display, Formatter};

use appflow_connector_model::FieldDefinition;

use super::filter::{self as bound, BoundFilter, Test, TestKind};
use super::typed_value::TypedValue;
use crate::ast::{
    Between, CompareOp, Comparison, Expr, ExprKind, Field, Filter, Literal, Membership, Value,
};

/// The canonical text of a filter that means the same.
impl Display for BoundFilter<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Filter::from(self).fmt(f)
    }
}

/// A tree that binds to an equal filter.
impl From<&BoundFilter<'_>> for Filter {
    fn from(bound: &BoundFilter<'_>) -> Self {
        Self {
            predicate: bound.predicate.as_ref().map(expression),
            limit: bound.limit,
        }
    }
}

fn expression(expr: &bound::Expr<'_>) -> Expr {
    match expr {
        bound::Expr::And(operands) => {
            ExprKind::And(operands.iter().map(expression).collect()).into()
        }
        bound::Expr::Or(operands) => ExprKind::Or(operands.iter().map(expression).collect()).into(),
        bound::Expr::Test(test) => test_expression(test),
    }
}

fn test_expression(test: &Test<'_>) -> Expr {
    let field = Field::from(test.field.field_name.as_str());
    let (kind, negated) = match &test.kind {
        TestKind::Compare { op, value } => compare_as_supported(test.field, *op, literal(value)),
        TestKind::Null { negated: false } => {
            compare_as_supported(test.field, bound::CompareOp::Equal, Literal::Null)
        }
        TestKind::Null { negated: true } => {
            compare_as_supported(test.field, bound::CompareOp::NotEqual, Literal::Null)
        }
        TestKind::Contains { value, negated } => (
            compare(field, CompareOp::Contains, literal(value)),
            *negated,
        ),
        TestKind::Between { low, high, negated } => {
            let (low, high) = (literal(low).into(), literal(high).into());
            (ExprKind::Between(Between { field, low, high }), *negated)
        }
        TestKind::In { values, negated } => {
            let values = values
                .iter()
                .map(|value| Value::from(literal(value)))
                .collect();
            (ExprKind::In(Membership { field, values }), *negated)
        }
    };
    if negated {
        ExprKind::Not(Box::new(kind.into())).into()
    } else {
        kind.into()
    }
}

/// Returns a comparison with an operator that the field supports: the given one and `false`, or the
/// opposite one and `true`, because it then has to be negated.
fn compare_as_supported(
    field: &FieldDefinition,
    op: bound::CompareOp,
    literal: Literal,
) -> (ExprKind, bool) {
    let required = compare_op(op).required_of_field();
    let negated = !field.filter_operators.contains(&required);
    let op = if negated { op.negate() } else { op };
    let name = Field::from(field.field_name.as_str());
    (compare(name, compare_op(op), literal), negated)
}

fn compare(field: Field, op: CompareOp, literal: Literal) -> ExprKind {
    ExprKind::Compare(Comparison {
        field,
        op,
        value: literal.into(),
    })
}

fn literal(value: &TypedValue) -> Literal {
    match value {
        TypedValue::Text(text) => Literal::String(text.clone()),
        TypedValue::Number(number) => Literal::Number(number.to_string()),
        TypedValue::Boolean(boolean) => Literal::Boolean(*boolean),
        TypedValue::Date(date) => Literal::Date(date.to_string()),
        TypedValue::DateTime(moment) => Literal::DateTime(moment.to_string()),
    }
}

const fn compare_op(op: bound::CompareOp) -> CompareOp {
    match op {
        bound::CompareOp::Less => CompareOp::Less,
        bound::CompareOp::LessOrEqual => CompareOp::LessOrEqual,
        bound::CompareOp::Equal => CompareOp::Equal,
        bound::CompareOp::NotEqual => CompareOp::NotEqual,
        bound::CompareOp::GreaterOrEqual => CompareOp::GreaterOrEqual,
        bound::CompareOp::Greater => CompareOp::Greater,
    }
}
