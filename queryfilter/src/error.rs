//! What [`parse`](crate::parse()) answers when a text is not a filter.

use std::fmt::{Display, Write as _};

use crate::ast::Span;

/// A text that is not a filter: why, and where.
///
/// `Display` gives the place, the reason, and the line in question with the place underlined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", message(kind, *span, text))]
pub struct ParseError {
    kind: ParseErrorKind,
    span: Span,
    text: Box<str>,
}

/// Why a text is not a filter. `Display` gives the reason without the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// Nothing but white space.
    #[error("the filter is empty")]
    Empty,
    /// A character that starts no token. The official parsers drop it without a word.
    #[error("the filter language has no use for {}", shown(*character))]
    IllegalCharacter {
        /// The character.
        character: char,
    },
    /// A string without an end.
    #[error("the string has no closing `{quote}`")]
    UnclosedString {
        /// The quote that opens it, and that should close it.
        quote: char,
    },
    /// A token, or the end, where something else belongs.
    #[error(
        "expected {}{}, {}",
        alternatives(expected),
        what_came_before(after.as_deref()),
        what_came(found.as_deref())
    )]
    Unexpected {
        /// What may stand there, in words: `a value`, `AND`, `` `)` ``.
        expected: Vec<&'static str>,
        /// The token before it, as it was written. `None` is the start of the text.
        after: Option<String>,
        /// The token that stands there, as it was written. `None` is the end of the text.
        found: Option<String>,
    },
    /// A LIMIT that is not a whole number of 1 or more, or is greater than [`u64::MAX`].
    #[error(
        "LIMIT takes a whole number from 1 to {} without leading zeros, found `{}`",
        u64::MAX,
        clipped(found)
    )]
    BadLimit {
        /// The literal as it was written.
        found: String,
    },
    /// Parentheses and NOTs within one another beyond [`Parser::max_nesting`](crate::Parser::max_nesting).
    #[error("parentheses and NOTs nest more than {limit} levels deep")]
    TooDeep {
        /// The levels that are allowed.
        limit: u8,
    },
    /// A text beyond [`Parser::max_length`](crate::Parser::max_length).
    #[error("the filter is {length} bytes long, {limit} are allowed")]
    TooLong {
        /// The text's length in bytes.
        length: usize,
        /// The bytes that are allowed.
        limit: usize,
    },
    /// The thread that parses has too little stack left for the text's nesting.
    #[error("too little stack is left to parse the filter")]
    StackExhausted,
}

impl ParseErrorKind {
    /// The kind in one word, for programs: `unexpected`, `illegal_character` and so on.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::IllegalCharacter { .. } => "illegal_character",
            Self::UnclosedString { .. } => "unclosed_string",
            Self::Unexpected { .. } => "unexpected",
            Self::BadLimit { .. } => "bad_limit",
            Self::TooDeep { .. } => "too_deep",
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

    /// Why the text is not a filter.
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

/// The reason with its place before it, and the line in question with the place underlined behind it.
pub fn located(reason: &impl Display, span: Span, text: &str) -> String {
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

/// How many characters of the line are shown before the place, and from its start on.
const SHOWN_BEFORE: usize = 40;
const SHOWN_AFTER: usize = 60;

/// Adds the line that the text starts with and marks below it what stands from `start` to `end`.
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

/// A control character would spoil the line, or the terminal.
fn printable(character: char) -> char {
    if character.is_control() {
        ' '
    } else {
        character
    }
}

fn shown(character: char) -> String {
    if character.is_control() || character.is_whitespace() {
        format!("the character {}", character.escape_unicode())
    } else {
        format!("`{character}`")
    }
}

/// A token, cut to a length that fits a message.
pub fn clipped(token: &str) -> String {
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

fn what_came_before(after: Option<&str>) -> String {
    after.map_or_else(String::new, |token| format!(" after `{}`", clipped(token)))
}

fn what_came(found: Option<&str>) -> String {
    match found {
        Some(token) => format!("found `{}`", clipped(token)),
        None => "but the filter ends here".to_owned(),
    }
}
