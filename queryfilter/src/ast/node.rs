//! The nodes of the tree, and their JSON form.

use appflow_connector_model::ConnectorOperator;
use serde::{Deserialize, Serialize};

/// A parsed filter expression: which records to return, and how many.
///
/// Its JSON form is `{"predicate": …, "limit": …}`, where an absent part is `null`.
///
/// A tree that [`parse`](crate::parse()) returns is well formed: `and` and `or` have two or more
/// operands, none of them of the same kind, and names and numbers follow the grammar. A tree that
/// is read from JSON or built by hand is not checked.
///
/// # Depth
///
/// A tree that `parse` returns is at most about twice as deep as its text is nested (an AND within
/// an OR at each level), however long the text is. [`visit`](crate::ast::visit()) walks a tree of
/// any depth. Everything else recurses: cloning, comparing, printing, serializing, deserializing
/// and dropping. A tree built by hand that is thousands of levels deep can overflow the stack
/// there.
///
/// `serde_json` refuses text of more than 128 levels. A NOT takes one of them, an AND or OR two, so
/// a filter that is nested more than about 30 levels deep can be written as JSON but not read back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// The condition that a record must meet. `None` means that every record does.
    pub predicate: Option<Expr>,
    /// The maximum number of records to return, 1 or more. `None` means no limit.
    pub limit: Option<u64>,
}

impl Filter {
    /// Returns the filter `field in (values)`, or one without a condition if there are no values.
    ///
    /// ```
    /// use appflow_connector_queryfilter::Filter;
    ///
    /// let filter = Filter::one_of("code", ["AUS", "BOS"]);
    /// assert_eq!(filter.to_string(), r#"code in ("AUS", "BOS")"#);
    /// ```
    pub fn one_of(field: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let literal = |value: String| Value::from(Literal::String(value));
        let membership = Membership {
            field: field.into(),
            values: values.into_iter().map(Into::into).map(literal).collect(),
        };
        let has_values = !membership.values.is_empty();
        Self {
            predicate: has_values.then(|| ExprKind::In(membership).into()),
            limit: None,
        }
    }
}

/// A condition, and its place in the text.
///
/// Two expressions are equal if their kinds are equal: spans are not compared, here and in
/// [`Field`] and [`Value`].
#[derive(Clone, Debug, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Expr {
    /// What the condition is.
    pub kind: ExprKind,
    /// From its first token to its last, without parentheses around the whole condition. Not part
    /// of the JSON form.
    #[serde(skip)]
    pub span: Span,
}

/// The kinds of condition. Parentheses are not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExprKind {
    /// True if all of two or more operands are. A chain is one wide node: `a and (b and c)` has
    /// three operands.
    And(Vec<Expr>),
    /// True if any of two or more operands is. A chain is one wide node here too.
    Or(Vec<Expr>),
    /// True if the operand is false.
    Not(Box<Expr>),
    /// `field op value`
    Compare(Comparison),
    /// `field between low and high`
    Between(Between),
    /// `field in (value, …)`
    In(Membership),
    /// A field's name by itself.
    Field(Field),
    /// A value by itself.
    Value(Value),
}

/// `field op value`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The field to compare.
    pub field: Field,
    /// How to compare it.
    pub op: CompareOp,
    /// What to compare it with. The grammar allows a boolean only with [`CompareOp::Equal`] and
    /// [`CompareOp::NotEqual`].
    pub value: Value,
}

/// `field between low and high`, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Between {
    /// The field to compare.
    pub field: Field,
    /// The lower bound.
    pub low: Value,
    /// The upper bound.
    pub high: Value,
}

/// `field in (value, …)`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The field to compare.
    pub field: Field,
    /// One or more values.
    pub values: Vec<Value>,
}

/// How a [`Comparison`] compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CompareOp {
    /// `>`
    #[serde(rename = ">")]
    Greater,
    /// `>=`
    #[serde(rename = ">=")]
    GreaterOrEqual,
    /// `<`
    #[serde(rename = "<")]
    Less,
    /// `<=`
    #[serde(rename = "<=")]
    LessOrEqual,
    /// `=`
    #[serde(rename = "=")]
    Equal,
    /// `!=`
    #[serde(rename = "!=")]
    NotEqual,
    /// `contains`: a part of a string, an element of a list or a key of a map.
    #[serde(rename = "contains")]
    Contains,
}

impl CompareOp {
    /// Returns the operator as it is written in a filter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Contains => "contains",
        }
    }

    /// Returns the operator that a field must support to be compared so.
    pub(crate) const fn required_of_field(self) -> ConnectorOperator {
        match self {
            Self::Greater => ConnectorOperator::GreaterThan,
            Self::GreaterOrEqual => ConnectorOperator::GreaterThanOrEqualTo,
            Self::Less => ConnectorOperator::LessThan,
            Self::LessOrEqual => ConnectorOperator::LessThanOrEqualTo,
            Self::Equal => ConnectorOperator::EqualTo,
            Self::NotEqual => ConnectorOperator::NotEqualTo,
            Self::Contains => ConnectorOperator::Contains,
        }
    }
}

/// A field's name, and its place in the text. Its JSON form is the name.
#[derive(Clone, Debug, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Field {
    /// The name as it is written.
    pub name: String,
    /// The place of the name.
    #[serde(skip)]
    pub span: Span,
}

/// A literal, and its place in the text.
#[derive(Clone, Debug, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Value {
    /// The literal.
    pub literal: Literal,
    /// The place of the literal, quotes included.
    #[serde(skip)]
    pub span: Span,
}

/// The kinds of literal. Numbers and dates are kept as they are written, so that no digit is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Literal {
    /// A string without its quotes and with its escapes resolved.
    String(String),
    /// A number: `-5.0`
    Number(String),
    /// `true` or `false`
    Boolean(bool),
    /// A date: `2021-04-20`. The parser does not check that the month has this day.
    Date(String),
    /// A date and time: `2021-04-20T12:30:45Z`, `2021-04-20T12:30:45.5+01:00`. Hours go up to 24.
    DateTime(String),
    /// `null`
    Null,
}

/// A range of a filter's text in bytes: from `start` up to but not including `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// The offset of the first byte.
    pub start: usize,
    /// The offset after the last byte.
    pub end: usize,
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.literal == other.literal
    }
}

/// An expression that has no text: its span is empty.
impl From<ExprKind> for Expr {
    fn from(kind: ExprKind) -> Self {
        Self {
            kind,
            span: Span::default(),
        }
    }
}

/// A field that has no text: its span is empty.
impl From<&str> for Field {
    fn from(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            span: Span::default(),
        }
    }
}

/// A value that has no text: its span is empty.
impl From<Literal> for Value {
    fn from(literal: Literal) -> Self {
        Self {
            literal,
            span: Span::default(),
        }
    }
}
