use appflow_connector_model::FieldDefinition;

use super::{Date, DateTime, Number};

/// A filter whose names are fields of an entity and whose values have their fields' types: what [`Filter::bind`](crate::Filter::bind)
/// makes, what [`matches`](Self::matches) runs and what a [`Translator`](crate::translate::Translator) takes.
///
/// It borrows its fields from the entity. The default keeps every record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoundFilter<'e> {
    pub(crate) predicate: Option<BoundExpr<'e>>,
    pub(crate) limit: Option<u64>,
    pub(crate) ignores_case: bool,
}

/// A condition on a record. It has no NOT: one around an AND or OR has moved to its operands, and there into the [`TestKind`].
#[derive(Clone, Debug, PartialEq)]
pub enum BoundExpr<'e> {
    /// All of two or more conditions, none of them an `And`.
    And(Vec<BoundExpr<'e>>),
    /// Any of two or more conditions, none of them an `Or`.
    Or(Vec<BoundExpr<'e>>),
    /// A condition on one field.
    Test(Test<'e>),
}

/// A condition on one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Test<'e> {
    /// The field, as the entity defines it.
    pub field: &'e FieldDefinition,
    /// What its value must be like.
    pub kind: TestKind,
}

/// What a field's value must be like.
///
/// A null in the field fails every test but [`Null`](Self::Null), the negated ones too: neither `a = 1` nor `not a = 1` holds for it, as
/// in SQL. A target whose own operators see that otherwise must be asked for more, as in `a != 1 AND a != null`.
#[derive(Clone, Debug, PartialEq)]
pub enum TestKind {
    /// The value compared with another.
    Compare {
        /// How.
        op: BoundOp,
        /// The other.
        value: TypedValue,
    },
    /// The value is of a range, both ends included; or, negated, outside it.
    Between {
        /// The range's least value.
        low: TypedValue,
        /// Its greatest. It may be less than `low`, and then no value is of the range.
        high: TypedValue,
        /// Whether the value must be outside.
        negated: bool,
    },
    /// The value is one of several; or, negated, none of them.
    In {
        /// One value or more.
        values: Vec<TypedValue>,
        /// Whether the value must be none of them.
        negated: bool,
    },
    /// The value holds another: text as a part, a list as an element, a map as a key; or, negated, it does not.
    Contains {
        /// The other.
        value: TypedValue,
        /// Whether the value must not hold it.
        negated: bool,
    },
    /// The field has no value; or, negated, it has one.
    Null {
        /// Whether there must be a value.
        negated: bool,
    },
}

/// How values are compared. Text is ordered by its characters' code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BoundOp {
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

/// A value of a field's type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypedValue {
    /// For String and ByteArray fields, and elements of lists and keys of maps.
    Text(String),
    /// For all kinds of numbers, and elements of lists.
    Number(Number),
    /// For Boolean fields.
    Boolean(bool),
    /// For Date fields.
    Date(Date),
    /// For DateTime fields.
    DateTime(DateTime),
}

impl<'e> BoundFilter<'e> {
    /// The condition. `None` means that every record meets it.
    pub fn predicate(&self) -> Option<&BoundExpr<'e>> {
        self.predicate.as_ref()
    }

    /// The most records to return, over all pages of a query. `None` means no limit.
    pub fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// Whether the filter keeps every record.
    pub fn is_empty(&self) -> bool {
        self.predicate.is_none() && self.limit.is_none()
    }

    /// The fields that the condition tests, each once, in order of their first appearance.
    pub fn fields(&self) -> Vec<&'e FieldDefinition> {
        let mut fields = Vec::new();
        if let Some(predicate) = &self.predicate {
            collect_fields(predicate, &mut fields);
        }
        fields
    }

    /// The same filter, for which letters are the same in upper and in lower case: for applications that see text so, such as
    /// Salesforce. It concerns [`matches`](Self::matches) alone; a target of a translation compares as it does.
    #[must_use]
    pub fn ignoring_case(self) -> Self {
        Self {
            ignores_case: true,
            ..self
        }
    }
}

fn collect_fields<'e>(expr: &BoundExpr<'e>, fields: &mut Vec<&'e FieldDefinition>) {
    match expr {
        BoundExpr::And(operands) | BoundExpr::Or(operands) => {
            for operand in operands {
                collect_fields(operand, fields);
            }
        }
        BoundExpr::Test(test) => {
            if !fields
                .iter()
                .any(|known| known.field_name == test.field.field_name)
            {
                fields.push(test.field);
            }
        }
    }
}

impl BoundExpr<'_> {
    /// All of some conditions, at least one.
    pub(crate) fn all_of(conditions: Vec<Self>) -> Self {
        Self::chain(conditions, Self::And, |condition| match condition {
            Self::And(operands) => Ok(operands),
            other => Err(other),
        })
    }

    /// Any of some conditions, at least one.
    pub(crate) fn any_of(conditions: Vec<Self>) -> Self {
        Self::chain(conditions, Self::Or, |condition| match condition {
            Self::Or(operands) => Ok(operands),
            other => Err(other),
        })
    }

    /// Joins conditions; `unfold` takes apart those of the chain's own kind.
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
    /// The test that a value passes when it fails this one. A null passes neither.
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

impl BoundOp {
    /// The operator as a filter writes it, and SQL and SOQL too.
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

    pub(super) const fn negate(self) -> Self {
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
