//! Small constructors for expressions.

use appflow_connector_model::ConnectorOperator as Operator;
use appflow_connector_queryfilter::ast::{
    Between, CompareOp, Comparison, Expr, ExprKind, Field, Literal, Membership, Value,
};

/// `field op value`
pub(crate) fn compare(field: &str, op: CompareOp, value: Literal) -> Expr {
    Expr::from(ExprKind::Compare(Comparison {
        field: Field::from(field),
        op,
        value: Value::from(value),
    }))
}

/// `field between low and high`
pub(super) fn between(field: &str, low: &Literal, high: &Literal) -> Expr {
    Expr::from(ExprKind::Between(Between {
        field: Field::from(field),
        low: Value::from(low.clone()),
        high: Value::from(high.clone()),
    }))
}

/// `field in (…)`
pub(super) fn one_of(field: &str, values: &[&Literal]) -> Expr {
    Expr::from(ExprKind::In(Membership {
        field: Field::from(field),
        values: values
            .iter()
            .map(|value| Value::from((*value).clone()))
            .collect(),
    }))
}

/// `not (…)`
pub(crate) fn not(operand: Expr) -> Expr {
    Expr::from(ExprKind::Not(Box::new(operand)))
}

/// `one and other and …`
pub(crate) fn and(operands: Vec<Expr>) -> Expr {
    Expr::from(ExprKind::And(operands))
}

/// `one or other or …`
pub(crate) fn or(operands: Vec<Expr>) -> Expr {
    Expr::from(ExprKind::Or(operands))
}

/// The comparison that a field must declare for the operator. `None` for BETWEEN and others that
/// are not comparisons with one value.
pub(crate) const fn compare_op(operator: Operator) -> Option<CompareOp> {
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

/// The conditions on one field that an expression consists of.
pub(crate) fn conditions(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::And(operands) | ExprKind::Or(operands) => {
            operands.iter().flat_map(conditions).collect()
        }
        ExprKind::Not(operand) => conditions(operand),
        _ => vec![expr],
    }
}
