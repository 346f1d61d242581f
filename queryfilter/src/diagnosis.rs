//! Turns the grammar's errors into those of the filter language.

use pest::Parser as _;
use pest::error::{Error, ErrorVariant, InputLocation};

use crate::ast::Span;
use crate::error::{ParseError, ParseErrorKind};
use crate::grammar::{Grammar, Rule};

/// The tokens' names in messages, in the order in which a message lists them.
const WORDS: [(Rule, &str); 17] = [
    (Rule::name, "a field name"),
    (Rule::literal, "a value"),
    (Rule::value, "a value"),
    (Rule::boolean, "TRUE"),
    (Rule::boolean, "FALSE"),
    (Rule::count, "a whole number"),
    (Rule::not, "NOT"),
    (Rule::open, "`(`"),
    (Rule::equality, "a comparison operator"),
    (Rule::ordering, "a comparison operator"),
    (Rule::between, "BETWEEN"),
    (Rule::r#in, "IN"),
    (Rule::and, "AND"),
    (Rule::or, "OR"),
    (Rule::close, "`)`"),
    (Rule::limit, "LIMIT"),
    (Rule::EOI, "the end of the filter"),
];

/// Converts the grammar's error.
pub(crate) fn explain(error: &Error<Rule>, text: &str) -> ParseError {
    let (InputLocation::Pos(start) | InputLocation::Span((start, _))) = error.location;
    let (kind, length) = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => unexpected(text, start, positives),
        // pest reports its stack guard so, and its process-wide call limit, which this crate never
        // sets.
        ErrorVariant::CustomError { .. } => (ParseErrorKind::StackExhausted, 0),
    };
    let end = start + length;
    ParseError::new(kind, Span { start, end }, text)
}

/// Returns the kind of error at the offset, and the number of bytes that it spans.
fn unexpected(text: &str, at: usize, expected: &[Rule]) -> (ParseErrorKind, usize) {
    let (before, rest) = text.split_at(at);
    let found = first_token(rest);
    match (found, rest.chars().next()) {
        (None, Some(quote @ ('\'' | '"'))) => {
            (ParseErrorKind::UnclosedString { quote }, rest.len())
        }
        (None, Some(character)) => {
            let kind = ParseErrorKind::IllegalCharacter { character };
            (kind, character.len_utf8())
        }
        _ => {
            let kind = ParseErrorKind::Unexpected {
                expected: in_words(expected),
                after: last_token(before).map(str::to_owned),
                found: found.map(str::to_owned),
            };
            (kind, found.map_or(0, str::len))
        }
    }
}

fn first_token(text: &str) -> Option<&str> {
    let mut tokens = Grammar::parse(Rule::token, text).ok()?;
    tokens.next().map(|token| token.as_str())
}

fn last_token(text: &str) -> Option<&str> {
    let mut tokens = Grammar::parse(Rule::tokens, text).ok()?;
    tokens.next_back().map(|token| token.as_str())
}

fn in_words(rules: &[Rule]) -> Vec<&'static str> {
    let mut words = Vec::new();
    for (rule, word) in WORDS {
        if !rules.contains(&rule) || words.contains(&word) {
            continue;
        }
        // In a list, where no AND may follow, a comma may, which is not a token.
        if rule == Rule::close && !rules.contains(&Rule::and) {
            words.push("`,`");
        }
        words.push(word);
    }
    words
}
