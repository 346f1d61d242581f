//! Why a text is not a filter, and how messages show the place.

use std::fmt::{Display, Write as _};

use crate::ast::Span;

/// The error for a text that is not a filter: why, and where.
///
/// `Display` writes the place, the reason, and the line with the place underlined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", message(kind, *span, text))]
pub struct ParseError {
    kind: ParseErrorKind,
    span: Span,
    text: Box<str>,
}

/// Why a text is not a filter. `Display` writes the reason without the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The text is empty or white space.
    #[error("the filter is empty")]
    Empty,
    /// A character that cannot start a token. The official parsers silently drop it.
    #[error("unexpected character {}", shown(*character))]
    IllegalCharacter {
        /// The character.
        character: char,
    },
    /// A string without a closing quote.
    #[error("the string has no closing `{quote}`")]
    UnclosedString {
        /// The quote that opens the string, and must close it.
        quote: char,
    },
    /// A token, or the end of the text, in place of another token.
    #[error(
        "expected {}{}, {}",
        alternatives(expected),
        preceding(after.as_deref()),
        instead(found.as_deref())
    )]
    Unexpected {
        /// What is allowed there, in words: `a value`, `AND`, `` `)` ``.
        expected: Vec<&'static str>,
        /// The token before, as it is written. `None` is the start of the text.
        after: Option<String>,
        /// The token found there, as it is written. `None` is the end of the text.
        found: Option<String>,
    },
    /// A LIMIT that is not a whole number from 1 to [`u64::MAX`].
    #[error(
        "LIMIT takes a whole number from 1 to {} without leading zeros, found `{}`",
        u64::MAX,
        clipped(found)
    )]
    BadLimit {
        /// The literal as it is written.
        found: String,
    },
    /// Parentheses and NOTs are nested beyond [`Parser::max_nesting`](crate::Parser::max_nesting).
    #[error("parentheses and NOTs are nested more than {limit} levels deep")]
    TooDeep {
        /// The maximum number of levels.
        limit: u8,
    },
    /// AND and OR join more conditions than
    /// [`Parser::max_conditions`](crate::Parser::max_conditions).
    #[error("the filter has more than {limit} conditions")]
    TooManyConditions {
        /// The maximum number of conditions.
        limit: usize,
    },
    /// The text is longer than [`Parser::max_length`](crate::Parser::max_length).
    #[error("the filter is {length} bytes long; the maximum is {limit} bytes")]
    TooLong {
        /// The text's length in bytes.
        length: usize,
        /// The maximum length in bytes.
        limit: usize,
    },
    /// The thread has not enough stack left for the text's nesting.
    #[error("not enough stack is left to parse the filter")]
    StackExhausted,
}

impl ParseErrorKind {
    /// Returns the kind as a word for programs: `unexpected`, `illegal_character` and so on.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::IllegalCharacter { .. } => "illegal_character",
            Self::UnclosedString { .. } => "unclosed_string",
            Self::Unexpected { .. } => "unexpected",
            Self::BadLimit { .. } => "bad_limit",
            Self::TooDeep { .. } => "too_deep",
            Self::TooManyConditions { .. } => "too_many_conditions",
            Self::TooLong { .. } => "too_long",
            Self::StackExhausted => "stack_exhausted",
        }
    }
}

impl ParseError {
    pub(crate) fn new(kind: ParseErrorKind, span: Span, text: &str) -> Self {
        Self {
            kind,
            span,
            text: text.into(),
        }
    }

    /// Returns why the text is not a filter.
    pub const fn kind(&self) -> &ParseErrorKind {
        &self.kind
    }

    /// The place of the error. It is empty where the text ends too early.
    pub const fn span(&self) -> Span {
        self.span
    }

    /// The whole text that was to be parsed.
    pub const fn text(&self) -> &str {
        &self.text
    }
}

fn message(kind: &ParseErrorKind, span: Span, text: &str) -> String {
    if let ParseErrorKind::Empty | ParseErrorKind::TooLong { .. } = kind {
        return kind.to_string();
    }
    located(kind, span, text)
}

/// Writes the place, the reason, and the line with the place underlined.
pub(crate) fn located(reason: &impl Display, span: Span, text: &str) -> String {
    let before = &text[..span.start];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before[line_start..].chars().count() + 1;
    let mut message = if text.contains('\n') {
        let line = before.matches('\n').count() + 1;
        format!("line {line}, column {column}: {reason}\n")
    } else {
        format!("column {column}: {reason}\n")
    };
    underline(
        &mut message,
        &text[line_start..],
        span.start - line_start,
        span.end - line_start,
    );
    message
}

/// How many characters of the line are shown before the place, and from its start.
const SHOWN_BEFORE: usize = 40;
const SHOWN_AFTER: usize = 60;

/// Adds the text's first line, and below it carets from `start` to `end`.
fn underline(message: &mut String, text: &str, start: usize, end: usize) {
    let line = text.split('\n').next().unwrap_or_default();
    let before: Vec<char> = line[..start].chars().collect();
    let from = before.len().saturating_sub(SHOWN_BEFORE);
    let cut_before = if from > 0 { "…" } else { "" };
    let cut_after = if line[start..].chars().nth(SHOWN_AFTER).is_some() {
        "…"
    } else {
        ""
    };

    let indent = cut_before.chars().count() + before.len() - from;
    let marked = line[start..end.min(line.len())]
        .chars()
        .take(SHOWN_AFTER)
        .count();

    let shown = before[from..]
        .iter()
        .copied()
        .chain(line[start..].chars().take(SHOWN_AFTER));
    let shown: String = shown.map(printable).collect();
    // Writing to a string cannot fail.
    let _ = write!(
        message,
        "  {cut_before}{shown}{cut_after}\n  {:indent$}{}",
        "",
        "^".repeat(marked.max(1)),
    );
}

/// Replaces control characters, which could break the line or the terminal.
fn printable(character: char) -> char {
    if character.is_control() {
        ' '
    } else {
        character
    }
}

fn shown(character: char) -> String {
    if character.is_control() || character.is_whitespace() {
        character.escape_unicode().to_string()
    } else {
        format!("`{character}`")
    }
}

/// Cuts a token to a length that fits a message.
pub(crate) fn clipped(token: &str) -> String {
    let mut characters = token.chars().map(printable);
    let mut clipped: String = characters.by_ref().take(SHOWN_BEFORE).collect();
    if characters.next().is_some() {
        clipped.push('…');
    }
    clipped
}

fn alternatives(expected: &[&str]) -> String {
    match expected {
        [] => "something else".to_owned(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

fn preceding(after: Option<&str>) -> String {
    after.map_or_else(String::new, |token| format!(" after `{}`", clipped(token)))
}

fn instead(found: Option<&str>) -> String {
    match found {
        Some(token) => format!("found `{}`", clipped(token)),
        None => "but the filter ends here".to_owned(),
    }
}
