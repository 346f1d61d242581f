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
    max_nesting: u8,
    max_length: usize,
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
            max_nesting: 128,
            max_length: 1 << 20,
        }
    }

    /// Sets how deep parentheses and NOTs may be nested, 128 levels by default. The parentheses of
    /// an IN list count too.
    ///
    /// The default fits into a stack of 512 KiB, even in a debug build, and 255 levels into 1 MiB.
    #[must_use]
    pub const fn max_nesting(mut self, levels: u8) -> Self {
        self.max_nesting = levels;
        self
    }

    /// Sets the maximum length of a text in bytes, 1 MiB by default.
    #[must_use]
    pub const fn max_length(mut self, bytes: usize) -> Self {
        self.max_length = bytes;
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
        let (kind, start, end) = if text.len() > self.max_length {
            let kind = ParseErrorKind::TooLong {
                length: text.len(),
                limit: self.max_length,
            };
            let start = text.floor_char_boundary(self.max_length);
            (kind, start, text.len())
        } else if text.bytes().all(is_blank) {
            (ParseErrorKind::Empty, 0, text.len())
        } else if let Some(start) = first_too_deep(text, self.max_nesting.into()) {
            let limit = self.max_nesting;
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
