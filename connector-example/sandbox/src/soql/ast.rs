//! The tree of a query, as it was written: names are not resolved and literals are not checked.

/// A whole query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Query {
    pub select: Select,
    pub from: Name,
    pub condition: Option<Condition>,
    pub order_by: Vec<SortKey>,
    pub limit: Option<u32>,
    pub offset: Option<u32>,
}

/// What a query selects.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Select {
    Fields(Vec<Name>),
    AllFields,
    Count,
}

/// A name and its byte offset in the query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Name {
    pub text: String,
    pub position: usize,
}

/// A condition. `And` and `Or` hold two or more operands, so that a long chain is wide and not
/// deep.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Comparison(Comparison),
}

/// One test of a field. Only `In`, `NotIn`, `Includes` and `Excludes` have more than one value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comparison {
    pub field: Name,
    pub operator: Operator,
    pub values: Vec<Literal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    In,
    NotIn,
    Includes,
    Excludes,
}

/// A literal as it was written. Numbers and times are still text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Null,
    Boolean(bool),
    /// An optional sign, digits, and optionally a point and digits.
    Number(String),
    /// Without its quotes, escapes resolved.
    String(String),
    /// The right side of `LIKE`: `%` and `_` are wildcards, a backslash takes the next character
    /// literally.
    Pattern(String),
    /// `YYYY-MM-DD`.
    Date(String),
    /// `YYYY-MM-DDThh:mm:ss`, an optional fraction, `Z` or an offset.
    DateTime(String),
    /// `hh:mm:ss`, an optional fraction, `Z`.
    Time(String),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SortKey {
    pub field: Name,
    pub descending: bool,
    pub nulls_last: bool,
}
