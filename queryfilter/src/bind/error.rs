//! Why a filter does not fit its entity.

use appflow_connector_model::{ConnectorError, ConnectorOperator, FieldDataType};

use crate::ast::Span;
use crate::bound::MAX_DIGITS;
use crate::error::{ParseError, clipped, located};

/// The error for a filter that does not fit its entity: why, and where.
///
/// `Display` writes the reason; after [`with_text`](Self::with_text) also the place, underlined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub struct BindError {
    /// Boxed because binding recurses: a large result would take stack at every level.
    kind: Box<BindErrorKind>,
    span: Span,
    text: Option<Box<str>>,
}

/// Why a filter does not fit its entity. `Display` writes the reason without the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindErrorKind {
    /// The entity has no field of this name.
    #[error("{entity} has no field `{}`{}", clipped(name), suggestion(nearest.as_deref()))]
    UnknownField {
        /// The name.
        name: String,
        /// The entity's identifier.
        entity: String,
        /// The most similar field name, if one is similar.
        nearest: Option<String>,
    },
    /// The field is not queryable or has no filter operators.
    #[error("field `{field}` cannot be used in filters")]
    NotFilterable {
        /// The field's name.
        field: String,
    },
    /// The operator is not among the field's.
    #[error(
        "field `{field}` does not support {}; supported operators: {}",
        shown(*operator),
        shown_list(supported)
    )]
    OperatorNotSupported {
        /// The field's name.
        field: String,
        /// The operator that the field would have to support.
        operator: ConnectorOperator,
        /// The field's filter operators.
        supported: Vec<ConnectorOperator>,
    },
    /// The value is not of its field's type, or the field's type does not allow the comparison.
    #[error(
        "field `{field}` is of type {} and does not support this comparison with `{}`",
        data_type.as_str(),
        clipped(found)
    )]
    WrongType {
        /// The field's name.
        field: String,
        /// The field's type.
        data_type: FieldDataType,
        /// The value, without quotes.
        found: String,
    },
    /// The value has the form of a date or date-time but is not valid, such as the 30th of February
    /// or a second with more than nine fractional digits.
    #[error("`{}` is not a valid {}", clipped(found), form(found))]
    InvalidDate {
        /// The value as it is written.
        found: String,
    },
    /// The number has more than a thousand digits.
    #[error("the number has more than {MAX_DIGITS} digits")]
    TooManyDigits,
    /// `null` with an operator other than `=`, `!=` and IN.
    #[error(
        "field `{field}` cannot be compared with null here; \
         null is allowed after `=` and `!=` and in IN lists"
    )]
    NullNotComparable {
        /// The field's name.
        field: String,
    },
    /// A field that is not Boolean, without a comparison.
    #[error(
        "field `{field}` is of type {}; only a Boolean field is a condition without a comparison",
        data_type.as_str()
    )]
    NotBoolean {
        /// The field's name.
        field: String,
        /// The field's type.
        data_type: FieldDataType,
    },
    /// A value without a field.
    #[error("a value is not a condition; compare a field with it")]
    NotACondition,
    /// An AND, OR or IN without operands. Parsed filters never have one.
    #[error("an AND, OR or IN has no operands")]
    NoOperands,
    /// The tree is deeper than that of any parsed filter.
    #[error("the filter's tree is more than {limit} levels deep")]
    TooDeep {
        /// The maximum depth in levels.
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

    /// Returns why the filter does not fit.
    pub fn kind(&self) -> &BindErrorKind {
        &self.kind
    }

    /// Returns the place in the text that the filter was parsed from. It is empty for a tree that
    /// was built by hand.
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

/// Returns InvalidArgument with the place underlined.
impl From<ParseError> for ConnectorError {
    fn from(error: ParseError) -> Self {
        Self::invalid_argument(format!("filterExpression: {error}"))
    }
}

/// Returns InvalidArgument, with the place underlined if the error has the text.
impl From<BindError> for ConnectorError {
    fn from(error: BindError) -> Self {
        Self::invalid_argument(format!("filterExpression: {error}"))
    }
}

fn form(found: &str) -> &'static str {
    if found.contains('T') {
        "date-time"
    } else {
        "date"
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Returns the operator as it is written in a filter. The operators that only a flow's tasks have
/// are `None`.
fn symbol(operator: ConnectorOperator) -> Option<&'static str> {
    match operator {
        ConnectorOperator::LessThan => Some("<"),
        ConnectorOperator::LessThanOrEqualTo => Some("<="),
        ConnectorOperator::EqualTo => Some("="),
        ConnectorOperator::NotEqualTo => Some("!="),
        ConnectorOperator::GreaterThanOrEqualTo => Some(">="),
        ConnectorOperator::GreaterThan => Some(">"),
        ConnectorOperator::Contains => Some("contains"),
        ConnectorOperator::Between => Some("between"),
        _ => None,
    }
}

fn shown(operator: ConnectorOperator) -> String {
    symbol(operator).map_or_else(
        || "this operator".to_owned(),
        |symbol| format!("`{symbol}`"),
    )
}

fn shown_list(operators: &[ConnectorOperator]) -> String {
    let symbols = operators.iter().filter_map(|operator| symbol(*operator));
    let quoted: Vec<String> = symbols.map(|symbol| format!("`{symbol}`")).collect();
    if quoted.is_empty() {
        "none".to_owned()
    } else {
        quoted.join(", ")
    }
}
