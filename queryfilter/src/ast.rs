//! The tree of a parsed filter, and its JSON form.

use serde::{Deserialize, Serialize};

/// A parsed filter expression: what to keep, and how much of it.
///
/// Its JSON form is `{"predicate": …, "limit": …}`, where an absent part is `null`.
///
/// A tree that [`parse`](crate::parse) made is well formed: `and` and `or` have two or more operands, none of them of the same kind,
/// names are names and numbers are numbers. A tree that was read from JSON or built by hand holds whatever was put into it.
///
/// # Depth
///
/// A tree that `parse` made is about twice as deep as its text nests at most (an AND within an OR at each level), however long it is.
/// [`visit`](crate::visit()) walks a tree of any depth. Everything else recurses: cloning, comparing, printing, writing, reading, and
/// dropping. A tree built by hand that is thousands of levels deep can overflow the stack in these.
///
/// `serde_json` refuses text of more than 128 levels. A NOT takes one of them, an AND or OR two, and so a filter that nests more than
/// about 30 levels deep may be written as JSON but not read back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// The condition that a record must meet. `None` means that every record does.
    pub predicate: Option<Expr>,
    /// The most records to return, 1 or more. `None` means no limit.
    pub limit: Option<u64>,
}

/// A condition, and where it stands in the text.
///
/// Two expressions are equal when their kinds are: spans do not count, here and in [`Field`] and [`Value`].
#[derive(Clone, Debug, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Expr {
    /// What the condition is.
    pub kind: ExprKind,
    /// From its first token to its last. Parentheses around the whole of it lie outside. Not part of the JSON form.
    #[serde(skip)]
    pub span: Span,
}

/// The kinds of condition. Parentheses leave no trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExprKind {
    /// All of two or more operands. A chain is one wide node: `a and (b and c)` has three operands.
    And(Vec<Expr>),
    /// Any of two or more operands. A chain is one wide node here, too.
    Or(Vec<Expr>),
    /// Not the operand.
    Not(Box<Expr>),
    /// `field op value`
    Compare(Comparison),
    /// `field between low and high`
    Between(Between),
    /// `field in (value, …)`
    In(Membership),
    /// A field's name alone.
    Field(Field),
    /// A value alone.
    Value(Value),
}

/// `field op value`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The field to compare.
    pub field: Field,
    /// How to compare it.
    pub op: CompareOp,
    /// What to compare it with. A boolean stands only with [`CompareOp::Equal`] and [`CompareOp::NotEqual`].
    pub value: Value,
}

/// `field between low and high`, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Between {
    /// The field to compare.
    pub field: Field,
    /// The least value that fits.
    pub low: Value,
    /// The greatest value that fits.
    pub high: Value,
}

/// `field in (value, …)`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The field to compare.
    pub field: Field,
    /// One value or more.
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
    /// `contains`: part of a string, or member of a list or map.
    #[serde(rename = "contains")]
    Contains,
}

impl CompareOp {
    /// The operator as it is written in a filter.
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
}

/// A field's name, and where it stands in the text. Its JSON form is the name alone.
#[derive(Clone, Debug, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Field {
    /// The name, as it was written.
    pub name: String,
    /// Where the name stands.
    #[serde(skip)]
    pub span: Span,
}

/// A literal, and where it stands in the text.
#[derive(Clone, Debug, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Value {
    /// What the literal says.
    pub literal: Literal,
    /// Where the literal stands, quotes included.
    #[serde(skip)]
    pub span: Span,
}

/// The kinds of literal. Numbers and dates are kept as they were written, so that nothing is lost by reading them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Literal {
    /// A string without its quotes, its escapes resolved.
    String(String),
    /// A number: `-5.0`
    Number(String),
    /// `true` or `false`
    Boolean(bool),
    /// A date: `2021-04-20`. The day may be one that its month does not have.
    Date(String),
    /// A date and time: `2021-04-20T12:30:45Z`, `2021-04-20T12:30:45.5+01:00`. The hour goes to 24.
    DateTime(String),
    /// `null`
    Null,
}

/// A stretch of a filter's text, in bytes: from `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
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

/// An expression that stands in no text: its span is empty.
impl From<ExprKind> for Expr {
    fn from(kind: ExprKind) -> Self {
        Self {
            kind,
            span: Span::default(),
        }
    }
}

/// A field that stands in no text: its span is empty.
impl From<&str> for Field {
    fn from(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            span: Span::default(),
        }
    }
}

/// A value that stands in no text: its span is empty.
impl From<Literal> for Value {
    fn from(literal: Literal) -> Self {
        Self {
            literal,
            span: Span::default(),
        }
    }
}
