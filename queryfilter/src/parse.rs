//! From text to tree: the limits, then the grammar, then the grouping of its tokens.

use pest::Parser as _;
use pest::iterators::Pair;

use crate::ast::{Filter, Span};
use crate::builder::{Builder, span};
use crate::diagnosis::explain;
use crate::error::{ParseError, ParseErrorKind};
use crate::grammar::{Grammar, Rule};
use crate::nesting::first_too_deep;

/// Parses a filter expression with the default limits of [`Parser`].
///
/// # Errors
///
/// If the text is not a filter or exceeds a limit. The error says where and why.
///
/// # Example
///
/// ```
/// let filter = appflow_connector_queryfilter::parse("accountId > 90 limit 50")?;
/// assert_eq!(filter.limit, Some(50));
///
/// let error = appflow_connector_queryfilter::parse("accountId > ) limit 50").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "column 13: expected a value after `>`, found `)`
///   accountId > ) limit 50
///               ^"
/// );
/// # Ok::<(), appflow_connector_queryfilter::ParseError>(())
/// ```
pub fn parse(text: &str) -> Result<Filter, ParseError> {
    Parser::new().parse(text)
}

/// A parser with limits on the length and nesting of a text.
///
/// Its time is proportional to the text's length.
#[derive(Clone, Debug)]
pub struct Parser {
    levels: u8,
    bytes: usize,
    conditions: usize,
}

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

impl Parser {
    /// Returns a parser for texts of up to 1 MiB that are nested up to 128 levels deep.
    pub const fn new() -> Self {
        Self {
            levels: 128,
            bytes: 1 << 20,
            conditions: usize::MAX,
        }
    }

    /// Sets how deep parentheses and NOTs may be nested, 128 levels by default. The parentheses of
    /// an IN list count too.
    ///
    /// The default fits into a stack of 512 KiB, even in a debug build, and 255 levels into 1 MiB.
    #[must_use]
    pub const fn max_nesting(mut self, levels: u8) -> Self {
        self.levels = levels;
        self
    }

    /// Sets the maximum length of a text in bytes, 1 MiB by default.
    #[must_use]
    pub const fn max_length(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Sets the maximum number of conditions that AND and OR join. Default: no limit. A condition
    /// of a few bytes takes hundreds in memory.
    #[must_use]
    pub const fn max_conditions(mut self, conditions: usize) -> Self {
        self.conditions = conditions;
        self
    }

    /// Parses a filter expression.
    ///
    /// # Errors
    ///
    /// If the text is not a filter or exceeds a limit. The error says where and why.
    pub fn parse(&self, text: &str) -> Result<Filter, ParseError> {
        self.check_limits(text)?;
        let pairs = Grammar::parse(Rule::filter, text).map_err(|error| explain(&error, text))?;
        let mut joins = pairs
            .clone()
            .filter(|token| matches!(token.as_rule(), Rule::and | Rule::or));
        if let Some(join) = joins.nth(self.conditions.saturating_sub(1)) {
            let limit = self.conditions;
            let kind = ParseErrorKind::TooManyConditions { limit };
            return Err(ParseError::new(kind, span(&join), text));
        }
        let mut tree = Builder::new(pairs);
        let predicate = match tree.peek() {
            Some(Rule::limit) => None,
            _ => Some(tree.expression()),
        };
        let limit = match tree.next().as_rule() {
            Rule::limit => Some(count(&tree.next(), text)?),
            _ => None,
        };
        Ok(Filter { predicate, limit })
    }

    fn check_limits(&self, text: &str) -> Result<(), ParseError> {
        let (kind, start, end) = if text.len() > self.bytes {
            let kind = ParseErrorKind::TooLong {
                length: text.len(),
                limit: self.bytes,
            };
            let start = text.floor_char_boundary(self.bytes);
            (kind, start, text.len())
        } else if text.bytes().all(is_blank) {
            (ParseErrorKind::Empty, 0, text.len())
        } else if let Some(start) = first_too_deep(text, self.levels.into()) {
            let limit = self.levels;
            (ParseErrorKind::TooDeep { limit }, start, start + 1)
        } else {
            return Ok(());
        };
        Err(ParseError::new(kind, Span { start, end }, text))
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | b'\x0C')
}

/// Reads the literal that follows LIMIT.
fn count(token: &Pair<Rule>, text: &str) -> Result<u64, ParseError> {
    let digits = token.as_str();
    if digits.starts_with(|first: char| first.is_ascii_digit() && first != '0')
        && let Ok(count) = digits.parse()
    {
        return Ok(count);
    }
    let kind = ParseErrorKind::BadLimit {
        found: digits.to_owned(),
    };
    Err(ParseError::new(kind, span(token), text))
}
