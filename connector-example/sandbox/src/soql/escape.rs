//! Backslash escapes in quoted strings.

use std::str::Chars;

/// An escape that SOQL doesn't have, as it was written (`\d`).
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

/// The right side of `LIKE`, given without its quotes. What stands for a literal `%`, `_` or backslash keeps (or gets)
/// a backslash before it; all other escapes are resolved.
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

/// Reads what follows a backslash.
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

/// Reads `XXXX` after `\u`. A character beyond U+FFFF is written as two such escapes, one after the other.
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

    #[test]
    fn resolves_every_escape() {
        assert_eq!(
            unescape(r#"\n\N\r\t\b\f\"\'\\\u00e9\uD83D\uDE00"#).unwrap(),
            "\n\n\r\t\u{7}\u{c}\"'\\é😀"
        );
    }

    #[test]
    fn refuses_every_other() {
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
