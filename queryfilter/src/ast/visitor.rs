//! Walks a tree without recursion.

use std::slice;

use super::node::{Expr, ExprKind, Field, Value};

/// What to do at each node of a tree, in the order of the nodes in the text.
///
/// [`visit`] calls the hooks. By default a hook does nothing, so a visitor implements only those
/// that it needs. The first hook that returns an error ends the walk. A hook that treats the kinds
/// of expression differently matches on [`Expr::kind`], so the compiler checks that it covers all
/// kinds.
///
/// For `not a = 1 or b`, the calls are:
///
/// | call | with |
/// |---|---|
/// | `visit_pre` | `not a = 1 or b` |
/// | `visit_pre` | `not a = 1` |
/// | `visit_pre` | `a = 1` |
/// | `visit_field` | `a` |
/// | `visit_value` | `1` |
/// | `visit_post` | `a = 1` |
/// | `visit_post` | `not a = 1` |
/// | `visit_connective` | `not a = 1 or b` |
/// | `visit_pre` | `b` |
/// | `visit_field` | `b` |
/// | `visit_post` | `b` |
/// | `visit_post` | `not a = 1 or b` |
///
/// # Example
///
/// ```
/// use std::collections::BTreeSet;
/// use std::convert::Infallible;
///
/// use appflow_connector_queryfilter::ast::{Field, Visitor, visit};
/// use appflow_connector_queryfilter::parse;
///
/// /// Collects the names of the fields that a filter needs.
/// #[derive(Default)]
/// struct FieldNames(BTreeSet<String>);
///
/// impl Visitor for FieldNames {
///     type Output = BTreeSet<String>;
///     type Err = Infallible;
///
///     fn finish(self) -> Result<BTreeSet<String>, Infallible> {
///         Ok(self.0)
///     }
///
///     fn visit_field(&mut self, field: &Field) -> Result<(), Infallible> {
///         self.0.insert(field.name.clone());
///         Ok(())
///     }
/// }
///
/// let filter = parse("os = 'mojave' and (version > 10 or not os in ('x', 'y'))")?;
/// let predicate = filter.predicate.expect("the filter has a predicate");
/// let Ok(names) = visit(&predicate, FieldNames::default());
/// assert_eq!(names, BTreeSet::from(["os".to_owned(), "version".to_owned()]));
/// # Ok::<(), appflow_connector_queryfilter::ParseError>(())
/// ```
pub trait Visitor {
    /// The result of the walk.
    type Output;
    /// The error that ends a walk early. [`Infallible`](std::convert::Infallible) if none can.
    type Err;

    /// Returns the result of the walk, once every node has been visited.
    ///
    /// # Errors
    ///
    /// If the visitor has no result for this tree.
    fn finish(self) -> Result<Self::Output, Self::Err>;

    /// Called at each expression, before its parts are visited.
    ///
    /// # Errors
    ///
    /// If the walk is to end here.
    fn visit_pre(&mut self, _expr: &Expr) -> Result<(), Self::Err> {
        Ok(())
    }

    /// Called between any two operands of an AND or OR, with the AND or OR.
    ///
    /// # Errors
    ///
    /// If the walk is to end here.
    fn visit_connective(&mut self, _expr: &Expr) -> Result<(), Self::Err> {
        Ok(())
    }

    /// Called at each expression, after its parts have been visited.
    ///
    /// # Errors
    ///
    /// If the walk is to end here.
    fn visit_post(&mut self, _expr: &Expr) -> Result<(), Self::Err> {
        Ok(())
    }

    /// Called at each field, whether it is compared or a condition by itself.
    ///
    /// # Errors
    ///
    /// If the walk is to end here.
    fn visit_field(&mut self, _field: &Field) -> Result<(), Self::Err> {
        Ok(())
    }

    /// Called at each value, whether a field is compared with it or it is a condition by itself.
    ///
    /// # Errors
    ///
    /// If the walk is to end here.
    fn visit_value(&mut self, _value: &Value) -> Result<(), Self::Err> {
        Ok(())
    }
}

/// Walks the tree with the visitor.
///
/// It does not recurse, so the tree can be of any depth.
///
/// # Errors
///
/// The first error that a hook or [`Visitor::finish`] returns.
pub fn visit<V: Visitor>(expr: &Expr, mut visitor: V) -> Result<V::Output, V::Err> {
    enter(expr, &mut visitor)?;
    let mut entered = vec![(expr, operands(expr).iter())];
    while let Some((expr, to_come)) = entered.last_mut() {
        let is_first = to_come.len() == operands(expr).len();
        let Some(operand) = to_come.next() else {
            visitor.visit_post(expr)?;
            entered.pop();
            continue;
        };
        if !is_first {
            visitor.visit_connective(expr)?;
        }
        enter(operand, &mut visitor)?;
        entered.push((operand, operands(operand).iter()));
    }
    visitor.finish()
}

/// Returns the expressions that an expression consists of.
fn operands(expr: &Expr) -> &[Expr] {
    match &expr.kind {
        ExprKind::And(operands) | ExprKind::Or(operands) => operands,
        ExprKind::Not(operand) => slice::from_ref(operand),
        ExprKind::Compare(_)
        | ExprKind::Between(_)
        | ExprKind::In(_)
        | ExprKind::Field(_)
        | ExprKind::Value(_) => &[],
    }
}

/// Visits an expression, and its fields and values.
fn enter<V: Visitor>(expr: &Expr, visitor: &mut V) -> Result<(), V::Err> {
    visitor.visit_pre(expr)?;
    match &expr.kind {
        ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Not(_) => Ok(()),
        ExprKind::Compare(comparison) => {
            visitor.visit_field(&comparison.field)?;
            visitor.visit_value(&comparison.value)
        }
        ExprKind::Between(between) => {
            visitor.visit_field(&between.field)?;
            visitor.visit_value(&between.low)?;
            visitor.visit_value(&between.high)
        }
        ExprKind::In(membership) => {
            visitor.visit_field(&membership.field)?;
            let mut values = membership.values.iter();
            values.try_for_each(|value| visitor.visit_value(value))
        }
        ExprKind::Field(field) => visitor.visit_field(field),
        ExprKind::Value(value) => visitor.visit_value(value),
    }
}
