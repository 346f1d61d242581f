//! The types of a bound filter.

use std::cmp::Ordering;
use std::collections::HashSet;

use appflow_connector_model::FieldDefinition;

use super::typed_value::TypedValue;
use super::values::{Values, compare};

/// A filter whose names are fields of an entity and whose values have their fields' types.
///
/// [`Filter::bind`](crate::Filter::bind) makes it, [`matches`](Self::matches) runs it on a record,
/// and a [`Translator`](crate::translate::Translator) translates it. It borrows its fields from the
/// entity. The default keeps every record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoundFilter<'e> {
    pub(crate) predicate: Option<Expr<'e>>,
    pub(crate) limit: Option<u64>,
    pub(crate) ignores_case: bool,
}

/// A condition on a record. It has no NOT: binding moves a NOT around an AND or OR to the operands,
/// and there into the [`TestKind`].
#[derive(Clone, Debug, PartialEq)]
pub enum Expr<'e> {
    /// True if all of two or more conditions are. None of them is an `And`.
    And(Vec<Expr<'e>>),
    /// True if any of two or more conditions is. None of them is an `Or`.
    Or(Vec<Expr<'e>>),
    /// A condition on one field.
    Test(Test<'e>),
}

/// A condition on one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Test<'e> {
    /// The field, as the entity defines it.
    pub field: &'e FieldDefinition,
    /// What its value must fulfil.
    pub kind: TestKind,
}

/// What a field's value must fulfil.
///
/// A null in the field fails every test except [`Null`](Self::Null), negated or not: neither `a =
/// 1` nor `not a = 1` is true for it, as in SQL. If a target's operators treat nulls differently,
/// its translation needs a further condition, as in `a != 1 AND a != null`.
#[derive(Clone, Debug, PartialEq)]
pub enum TestKind {
    /// The value compared with another value.
    Compare {
        /// How to compare.
        op: CompareOp,
        /// The other value.
        value: TypedValue,
    },
    /// The value is within a range, both ends included; or, negated, outside it.
    Between {
        /// The lower bound.
        low: TypedValue,
        /// The upper bound. If it is less than `low`, no value is within the range.
        high: TypedValue,
        /// Whether the value must be outside.
        negated: bool,
    },
    /// The value is one of a list; or, negated, none of them.
    In {
        /// One or more values.
        values: Values,
        /// Whether the value must be none of them.
        negated: bool,
    },
    /// The value contains another: text a part, a list an element, a map a key; or, negated, it
    /// does not.
    Contains {
        /// The other value.
        value: TypedValue,
        /// Whether the value must not contain it.
        negated: bool,
    },
    /// The field has no value; or, negated, it has one.
    Null {
        /// Whether there must be a value.
        negated: bool,
    },
}

/// How values are compared. Text is ordered by code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `>=`
    GreaterOrEqual,
    /// `>`
    Greater,
}

impl<'e> BoundFilter<'e> {
    /// Returns the condition. `None` means that every record meets it.
    pub fn predicate(&self) -> Option<&Expr<'e>> {
        self.predicate.as_ref()
    }

    /// Returns the maximum number of records over all pages of a query. `None` means no limit.
    pub fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// Returns whether the filter keeps every record.
    pub fn is_empty(&self) -> bool {
        self.predicate.is_none() && self.limit.is_none()
    }

    /// Returns the fields that the condition tests, each once, in the order of their first
    /// appearance.
    pub fn fields(&self) -> Vec<&'e FieldDefinition> {
        let mut fields = Vec::new();
        let mut known = HashSet::new();
        if let Some(predicate) = &self.predicate {
            collect_fields(predicate, &mut |field| {
                if known.insert(&field.field_name) {
                    fields.push(field);
                }
            });
        }
        fields
    }

    /// Returns the same filter with case-insensitive comparison of text, for applications that
    /// compare so, such as Salesforce. Only [`matches`](Self::matches) changes; the target of a
    /// translation compares in its own way.
    #[must_use]
    pub fn ignoring_case(self) -> Self {
        Self {
            ignores_case: true,
            ..self
        }
    }
}

impl Test<'_> {
    /// Returns the values that pass the test if these are a list: for `=` and `in`. Returns `None`
    /// for other tests.
    pub fn values(&self) -> Option<&[TypedValue]> {
        match &self.kind {
            TestKind::Compare {
                op: CompareOp::Equal,
                value,
            } => Some(std::slice::from_ref(value)),
            TestKind::In {
                values,
                negated: false,
            } => Some(values),
            _ => None,
        }
    }

    /// Returns the value that no passing value is less than: for `>`, `>=`, `=`, `between` and `in`
    /// on a number, a date or a moment. Returns `None` for other tests, and on text, which
    /// applications order in various ways.
    ///
    /// A parameter such as `updated_since`, which returns the records changed at this time or
    /// later, selects a [superset](crate::translate::Translation::Superset) of the test's records.
    pub fn lower_bound(&self) -> Option<&TypedValue> {
        let bound = match &self.kind {
            TestKind::Compare {
                op: CompareOp::Greater | CompareOp::GreaterOrEqual,
                value,
            } => value,
            TestKind::Between {
                low,
                negated: false,
                ..
            } => low,
            _ => extreme(self.values()?, Ordering::Less)?,
        };
        has_order(bound).then_some(bound)
    }

    /// Returns the value that no passing value is greater than: for `<`, `<=`, `=`, `between` and
    /// `in`. Otherwise as [`lower_bound`](Self::lower_bound).
    pub fn upper_bound(&self) -> Option<&TypedValue> {
        let bound = match &self.kind {
            TestKind::Compare {
                op: CompareOp::Less | CompareOp::LessOrEqual,
                value,
            } => value,
            TestKind::Between {
                high,
                negated: false,
                ..
            } => high,
            _ => extreme(self.values()?, Ordering::Greater)?,
        };
        has_order(bound).then_some(bound)
    }
}

/// Returns whether all applications order values of this type in the same way.
const fn has_order(value: &TypedValue) -> bool {
    matches!(
        value,
        TypedValue::Number(_) | TypedValue::Date(_) | TypedValue::DateTime(_)
    )
}

/// Returns the value of a list that compares so with all others.
fn extreme(values: &[TypedValue], order: Ordering) -> Option<&TypedValue> {
    values.iter().reduce(|extreme, value| {
        if compare(value, extreme, false) == Some(order) {
            value
        } else {
            extreme
        }
    })
}

/// Calls `collect` with the field of each test.
pub(crate) fn collect_fields<'e>(expr: &Expr<'e>, collect: &mut impl FnMut(&'e FieldDefinition)) {
    match expr {
        Expr::And(operands) | Expr::Or(operands) => {
            for operand in operands {
                collect_fields(operand, collect);
            }
        }
        Expr::Test(test) => collect(test.field),
    }
}

impl Expr<'_> {
    /// Joins one or more conditions with AND.
    pub(crate) fn all_of(conditions: Vec<Self>) -> Self {
        Self::chain(conditions, Self::And, |condition| match condition {
            Self::And(operands) => Ok(operands),
            other => Err(other),
        })
    }

    /// Joins one or more conditions with OR.
    pub(crate) fn any_of(conditions: Vec<Self>) -> Self {
        Self::chain(conditions, Self::Or, |condition| match condition {
            Self::Or(operands) => Ok(operands),
            other => Err(other),
        })
    }

    /// Joins conditions; `unfold` returns the operands of those of the chain's own kind.
    fn chain(
        conditions: Vec<Self>,
        join: fn(Vec<Self>) -> Self,
        unfold: fn(Self) -> Result<Vec<Self>, Self>,
    ) -> Self {
        let mut operands = Vec::with_capacity(conditions.len());
        for condition in conditions {
            match unfold(condition) {
                Ok(inner) => operands.extend(inner),
                Err(other) => operands.push(other),
            }
        }
        if operands.len() == 1 {
            operands.remove(0)
        } else {
            join(operands)
        }
    }
}

impl TestKind {
    /// Returns the test that a value passes if it fails this one. A null passes neither.
    pub(crate) fn negate(self) -> Self {
        match self {
            Self::Compare { op, value } => Self::Compare {
                op: op.negate(),
                value,
            },
            Self::Between { low, high, negated } => Self::Between {
                low,
                high,
                negated: !negated,
            },
            Self::In { values, negated } => Self::In {
                values,
                negated: !negated,
            },
            Self::Contains { value, negated } => Self::Contains {
                value,
                negated: !negated,
            },
            Self::Null { negated } => Self::Null { negated: !negated },
        }
    }
}

impl CompareOp {
    /// Returns the operator as it is written in filters, SQL and SOQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::GreaterOrEqual => ">=",
            Self::Greater => ">",
        }
    }

    pub(crate) const fn negate(self) -> Self {
        match self {
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::GreaterOrEqual => Self::Less,
            Self::Greater => Self::LessOrEqual,
        }
    }
}
