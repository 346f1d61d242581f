use appflow_connector_model::{ConnectorError, ConnectorOperator, FieldDataType};

use crate::ast::Span;
use crate::error::{ParseError, clipped, located};

/// A filter that does not fit its entity: why, and where.
///
/// `Display` gives the reason; after [`with_text`](Self::with_text) also the place, underlined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub struct BindError {
    /// In a box, because binding recurses: a large result would take stack at every level.
    kind: Box<BindErrorKind>,
    span: Span,
    text: Option<Box<str>>,
}

/// Why a filter does not fit its entity. `Display` gives the reason without the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindErrorKind {
    /// A name that is no field's.
    #[error("{entity} has no field `{}`{}", clipped(name), suggestion(nearest.as_deref()))]
    UnknownField {
        /// The name.
        name: String,
        /// The entity's identifier.
        entity: String,
        /// The most similar name of a field, if one is similar.
        nearest: Option<String>,
    },
    /// A field that is not for filters.
    #[error("the field `{field}` cannot be filtered by")]
    NotFilterable {
        /// The field's name.
        field: String,
    },
    /// An operator that is not among the field's.
    #[error("the field `{field}` knows no {}, only {}", operator_name(*operator), operator_names(supported))]
    OperatorNotSupported {
        /// The field's name.
        field: String,
        /// The operator that would allow what was written.
        operator: ConnectorOperator,
        /// The field's filter operators.
        supported: Vec<ConnectorOperator>,
    },
    /// A value that is not of its field's type.
    #[error("the field `{field}` is of type {} and cannot be compared so with `{}`", data_type.as_str(), clipped(found))]
    WrongType {
        /// The field's name.
        field: String,
        /// The field's type.
        data_type: FieldDataType,
        /// The value as it would be written without quotes.
        found: String,
    },
    /// A value that looks like a date or date-time, and that the calendar does not have. A second has nine digits behind its point at
    /// the most.
    #[error("the calendar has no `{}`", clipped(found))]
    NoSuchMoment {
        /// The value as it was written.
        found: String,
    },
    /// A number with more than a thousand digits.
    #[error("the number has more than {} digits", super::number::MAX_DIGITS)]
    TooManyDigits,
    /// `null` with an operator other than `=` and `!=`, or outside an IN list.
    #[error("null stands only after = and != and in IN lists, not here with `{field}`")]
    NullNotComparable {
        /// The field's name.
        field: String,
    },
    /// A field that is not Boolean, alone.
    #[error("the field `{field}` is of type {}: alone it is no condition, only a Boolean field is", data_type.as_str())]
    FieldAlone {
        /// The field's name.
        field: String,
        /// The field's type.
        data_type: FieldDataType,
    },
    /// A value alone.
    #[error("a value alone is no condition")]
    ValueAlone,
    /// An AND, OR or IN without anything in it. No parsed filter has one.
    #[error("an AND, OR or IN has nothing in it")]
    NoOperands,
    /// A tree of more levels than any parsed filter has.
    #[error("the filter's tree is more than {limit} levels deep")]
    TooDeep {
        /// The levels that are allowed.
        limit: usize,
    },
}

impl BindError {
    pub(super) fn new(kind: BindErrorKind, span: Span) -> Self {
        Self {
            kind: Box::new(kind),
            span,
            text: None,
        }
    }

    /// Adds the text that the filter was parsed from, so that the message shows the place.
    #[must_use]
    pub fn with_text(self, text: &str) -> Self {
        Self {
            text: Some(text.into()),
            ..self
        }
    }

    /// Why the filter does not fit.
    pub fn kind(&self) -> &BindErrorKind {
        &self.kind
    }

    /// The place, in the text that the filter was parsed from. It is empty for a tree that was built by hand.
    pub const fn span(&self) -> Span {
        self.span
    }

    fn message(&self) -> String {
        match &self.text {
            Some(text) if text.get(self.span.start..self.span.end).is_some() => {
                located(&self.kind, self.span, text)
            }
            _ => self.kind.to_string(),
        }
    }
}

/// InvalidArgument, with the place underlined.
impl From<ParseError> for ConnectorError {
    fn from(error: ParseError) -> Self {
        Self::invalid_argument(format!("filterExpression: {error}"))
    }
}

/// InvalidArgument, with the place underlined if the error has the text.
impl From<BindError> for ConnectorError {
    fn from(error: BindError) -> Self {
        Self::invalid_argument(format!("filterExpression: {error}"))
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
}

/// An operator as it is written in a filter.
fn operator_name(operator: ConnectorOperator) -> &'static str {
    match operator {
        ConnectorOperator::LessThan => "`<`",
        ConnectorOperator::LessThanOrEqualTo => "`<=`",
        ConnectorOperator::EqualTo => "`=`",
        ConnectorOperator::NotEqualTo => "`!=`",
        ConnectorOperator::GreaterThanOrEqualTo => "`>=`",
        ConnectorOperator::GreaterThan => "`>`",
        ConnectorOperator::Contains => "`contains`",
        ConnectorOperator::Between => "`between`",
        _ => "operator of a task",
    }
}

fn operator_names(operators: &[ConnectorOperator]) -> String {
    let names: Vec<&str> = operators
        .iter()
        .map(|operator| operator_name(*operator))
        .filter(|name| name.starts_with('`'))
        .collect();
    names.join(" ")
}
