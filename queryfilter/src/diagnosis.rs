//! Why the grammar refused a text, in words.

use pest::Parser as _;
use pest::error::{Error, ErrorVariant, InputLocation};

use crate::ast::Span;
use crate::error::{ParseError, ParseErrorKind};
use crate::grammar::{Grammar, Rule};

/// What a user calls the tokens, in the order in which a message names them.
const WORDS: [(Rule, &str); 18] = [
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
    (Rule::comma, "`,`"),
    (Rule::close, "`)`"),
    (Rule::limit, "LIMIT"),
    (Rule::EOI, "the end of the filter"),
];

/// Puts the grammar's refusal into the words of the filter language.
pub fn explain(refusal: &Error<Rule>, text: &str) -> ParseError {
    let (InputLocation::Pos(start) | InputLocation::Span((start, _))) = refusal.location;
    let (kind, end) = match &refusal.variant {
        ErrorVariant::ParsingError { positives, .. } => unexpected(&text[start..], positives),
        // The stack guard's way to report; the process-wide call limit of pest, which this crate never sets, uses it as well.
        ErrorVariant::CustomError { .. } => (ParseErrorKind::StackExhausted, 0),
    };
    let end = start + end;
    ParseError::new(kind, Span { start, end }, text)
}

/// The kind of error at the start of the rest, and how many bytes of the rest it takes in.
fn unexpected(rest: &str, expected: &[Rule]) -> (ParseErrorKind, usize) {
    let Some(first) = rest.chars().next() else {
        let kind = ParseErrorKind::Unexpected {
            found: None,
            expected: in_words(expected),
        };
        return (kind, 0);
    };
    if let Ok(token) = Grammar::parse(Rule::token, rest) {
        let found = token.as_str();
        let kind = ParseErrorKind::Unexpected {
            found: Some(found.to_owned()),
            expected: in_words(expected),
        };
        return (kind, found.len());
    }
    if let '\'' | '"' = first {
        (ParseErrorKind::UnclosedString { quote: first }, rest.len())
    } else {
        let kind = ParseErrorKind::IllegalCharacter { character: first };
        (kind, first.len_utf8())
    }
}

fn in_words(rules: &[Rule]) -> Vec<&'static str> {
    let mut words = Vec::new();
    for (rule, word) in WORDS {
        if rules.contains(&rule) && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}
