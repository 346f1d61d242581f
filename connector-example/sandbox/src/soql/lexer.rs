//! Splits the text of a query into tokens, and resolves the escapes in quoted strings.

use std::str::Chars;

use crate::soql::ast::Operator;
use crate::soql::error::SoqlError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A keyword or a name; the parser knows which.
    Word,
    /// With its quotes and escapes.
    String,
    Number,
    Date,
    DateTime,
    Time,
    OpenParenthesis,
    CloseParenthesis,
    Comma,
    Operator(Operator),
    End,
}

/// A token, its text, and its byte offset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'q> {
    pub kind: TokenKind,
    pub text: &'q str,
    pub position: usize,
}

/// Splits a query. The last token is `End`, with the text `<EOF>`.
pub(crate) fn tokenize(query: &str) -> Result<Vec<Token<'_>>, SoqlError> {
    let mut tokens = Vec::new();
    let mut position = 0;
    while let Some(character) = query[position..].chars().next() {
        if character.is_whitespace() {
            position += character.len_utf8();
            continue;
        }
        let (kind, length) = match character {
            '(' => (TokenKind::OpenParenthesis, 1),
            ')' => (TokenKind::CloseParenthesis, 1),
            ',' => (TokenKind::Comma, 1),
            '=' | '!' | '<' | '>' => operator(query, position)?,
            '\'' => (TokenKind::String, string_length(query, position)?),
            '0'..='9' | '+' | '-' => literal(query, position)?,
            _ if character.is_ascii_alphabetic() => {
                (TokenKind::Word, word_length(&query[position..]))
            }
            _ => return Err(SoqlError::bad_character(query, position, Some(character))),
        };
        tokens.push(Token {
            kind,
            text: &query[position..position + length],
            position,
        });
        position += length;
    }
    tokens.push(Token {
        kind: TokenKind::End,
        text: "<EOF>",
        position,
    });
    Ok(tokens)
}

fn word_length(rest: &str) -> usize {
    rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')))
        .unwrap_or(rest.len())
}

fn operator(query: &str, position: usize) -> Result<(TokenKind, usize), SoqlError> {
    let rest = &query[position..];
    let (operator, length) = if rest.starts_with("!=") || rest.starts_with("<>") {
        (Operator::NotEqual, 2)
    } else if rest.starts_with("<=") {
        (Operator::LessOrEqual, 2)
    } else if rest.starts_with(">=") {
        (Operator::GreaterOrEqual, 2)
    } else if rest.starts_with('<') {
        (Operator::Less, 1)
    } else if rest.starts_with('>') {
        (Operator::Greater, 1)
    } else if rest.starts_with('=') {
        (Operator::Equal, 1)
    } else {
        return Err(SoqlError::bad_character(query, position, Some('!')));
    };
    Ok((TokenKind::Operator(operator), length))
}

/// The length of a quoted string. Escapes are checked later, because they depend on the operator.
fn string_length(query: &str, start: usize) -> Result<usize, SoqlError> {
    let mut escaped = false;
    for (offset, character) in query[start..].char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' => return Ok(offset + 1),
            _ => {}
        }
    }
    Err(SoqlError::unfinished_string(query))
}

/// A number, date, dateTime or time: the longest run of the characters that they consist of.
fn literal(query: &str, position: usize) -> Result<(TokenKind, usize), SoqlError> {
    let rest = &query[position..];
    let length = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '+' | '-')))
        .unwrap_or(rest.len());
    let text = &rest[..length];
    let kind = if is_number(text) {
        TokenKind::Number
    } else if is_date(text) {
        TokenKind::Date
    } else if is_date_time(text) {
        TokenKind::DateTime
    } else if text.strip_suffix('Z').is_some_and(is_time_of_day) {
        TokenKind::Time
    } else {
        let end = position + length;
        return Err(SoqlError::bad_character(
            query,
            end,
            query[end..].chars().next(),
        ));
    };
    Ok((kind, length))
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    match digits.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(digits),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_date(text: &str) -> bool {
    has_shape(text, "dddd-dd-dd")
}

/// Salesforce documents offsets with a colon, and also accepts the form that it writes: `+0000`.
fn is_date_time(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else {
        return false;
    };
    let is_offset = |text: &str| has_shape(text, "dd:dd") || has_shape(text, "dddd");
    let time = match rest.strip_suffix('Z') {
        Some(time) => Some(time),
        None => rest
            .rfind(['+', '-'])
            .filter(|&sign| is_offset(&rest[sign + 1..]))
            .map(|sign| &rest[..sign]),
    };
    is_date(date) && time.is_some_and(is_time_of_day)
}

fn is_time_of_day(text: &str) -> bool {
    match text.split_once('.') {
        Some((time, fraction)) => has_shape(time, "dd:dd:dd") && is_digits(fraction),
        None => has_shape(text, "dd:dd:dd"),
    }
}

/// Whether `text` has the form `shape`, in which `d` is a digit and every other character itself.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(found, wanted)| match wanted {
                b'd' => found.is_ascii_digit(),
                _ => found == wanted,
            })
}

/// An escape that SOQL does not have, as it was written (`\d`).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct IllegalSequence(pub String);

/// The text of a string, given without its quotes. `\%` and `\_` are for `LIKE` alone.
pub(super) fn unescape(raw: &str) -> Result<String, IllegalSequence> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw.chars();
    while let Some(character) = rest.next() {
        text.push(match character {
            '\\' => escape(&mut rest)?,
            other => other,
        });
    }
    Ok(text)
}

/// The right side of `LIKE`, given without its quotes. A literal `%`, `_` or backslash keeps (or
/// gets) a backslash before it; all other escapes are resolved.
pub(super) fn unescape_pattern(raw: &str) -> Result<String, IllegalSequence> {
    let mut pattern = String::with_capacity(raw.len());
    let mut rest = raw.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            pattern.push(character);
            continue;
        }
        if let Some(wildcard @ ('%' | '_')) = rest.clone().next() {
            rest.next();
            pattern.extend(['\\', wildcard]);
            continue;
        }
        match escape(&mut rest)? {
            '\\' => pattern.push_str(r"\\"),
            other => pattern.push(other),
        }
    }
    Ok(pattern)
}

/// Reads the rest of an escape after its backslash.
fn escape(rest: &mut Chars<'_>) -> Result<char, IllegalSequence> {
    let Some(letter) = rest.next() else {
        return Err(IllegalSequence("\\".to_owned()));
    };
    match letter {
        'n' | 'N' => Ok('\n'),
        'r' | 'R' => Ok('\r'),
        't' | 'T' => Ok('\t'),
        'b' | 'B' => Ok('\u{7}'),
        'f' | 'F' => Ok('\u{c}'),
        '"' | '\'' | '\\' => Ok(letter),
        'u' | 'U' => unicode(rest, letter),
        _ => Err(IllegalSequence(format!("\\{letter}"))),
    }
}

/// Reads `XXXX` after `\u`. A character beyond U+FFFF is written as two such escapes in a row.
fn unicode(rest: &mut Chars<'_>, letter: char) -> Result<char, IllegalSequence> {
    let illegal = || IllegalSequence(format!("\\{letter}"));
    let first = hexadecimal(rest).ok_or_else(illegal)?;
    let mut units = vec![first];
    if char::from_u32(u32::from(first)).is_none() {
        let (backslash, second_letter) = (rest.next(), rest.next());
        if backslash != Some('\\') || !matches!(second_letter, Some('u' | 'U')) {
            return Err(illegal());
        }
        units.push(hexadecimal(rest).ok_or_else(illegal)?);
    }
    match char::decode_utf16(units).next() {
        Some(Ok(character)) => Ok(character),
        _ => Err(illegal()),
    }
}

fn hexadecimal(rest: &mut Chars<'_>) -> Option<u16> {
    (0..4).try_fold(0_u16, |value, _| {
        let digit = rest.next()?.to_digit(16)?;
        Some(value * 16 + u16::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(query: &str) -> Vec<TokenKind> {
        tokenize(query)
            .unwrap()
            .iter()
            .map(|token| token.kind)
            .collect()
    }

    #[test]
    fn distinguishes_literals() {
        use TokenKind::{Date, DateTime, End, Number, Time};
        assert_eq!(
            kinds(
                "5 -1.50 2021-01-01 2021-01-01T00:00:00Z 2021-01-01T00:00:00.123-08:00 2021-01-01T00:00:00+0100 12:00:00.000Z"
            ),
            [
                Number, Number, Date, DateTime, DateTime, DateTime, Time, End
            ]
        );
    }

    #[test]
    fn refuses_near_literals() {
        for query in [
            "5.",
            ".5",
            "1e3",
            "5-3",
            "2021-1-1",
            "2021-01-01T00:00:00",
            "2021-01-01T00:00Z",
            "2021-01-01T00:00:00+01",
            "2021-01-01T00:00:00 01:00",
            "12:00Z",
            "--5",
            "\"x\"",
            "a ! b",
            "`a`",
            "a;b",
            "😀",
        ] {
            assert_eq!(
                tokenize(query).map(|_| ()).unwrap_err().code,
                "MALFORMED_QUERY",
                "{query}"
            );
        }
    }

    #[test]
    fn a_string_ends_at_its_first_quote_without_a_backslash() {
        let tokens = tokenize(r"'it\'s \\' 'x'").unwrap();
        assert_eq!(tokens[0].text, r"'it\'s \\'");
        assert_eq!(tokens[1].text, "'x'");
        for unfinished in ["'", "'abc", r"'abc\'", "'\u{1F600}"] {
            let error = tokenize(unfinished).map(|_| ()).unwrap_err();
            assert!(
                error
                    .message
                    .ends_with("mismatched character '<EOF>' expecting '''"),
                "{error:?}"
            );
        }
    }

    #[test]
    fn resolves_every_escape() {
        assert_eq!(
            unescape(r#"\n\N\r\t\b\f\"\'\\\u00e9\uD83D\uDE00"#).unwrap(),
            "\n\n\r\t\u{7}\u{c}\"'\\é😀"
        );
    }

    #[test]
    fn refuses_unknown_escapes() {
        for raw in [
            r"\d",
            r"\-",
            r"\%",
            r"\_",
            r"\u12",
            r"\uXYZW",
            r"\uD83D",
            r"\uD83Dx",
            r"\uDE00",
            r"\uD83D\u0041",
            "\\",
        ] {
            assert!(unescape(raw).is_err(), "{raw}");
        }
        assert_eq!(unescape(r"a\d"), Err(IllegalSequence(r"\d".to_owned())));
    }

    #[test]
    fn a_pattern_keeps_escaped_wildcards() {
        assert_eq!(
            unescape_pattern(r"a%\%\_\\\'\u005c_").unwrap(),
            r"a%\%\_\\'\\_"
        );
        assert!(unescape_pattern(r"\x").is_err());
    }
}
