//! Comparisons in which SOQL differs from SQLite.

use std::cmp::Ordering;
use std::convert::Infallible;

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};

/// Adds to a connection the collation `ignore_case`, and the functions `like_pattern(text,
/// pattern)`, `same_items(items, wanted)` and `has_items(items, wanted)`. The functions return 0
/// for a null text.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_collation("ignore_case", ignore_case)?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("like_pattern", 2, flags, like_pattern)?;
    connection.create_scalar_function("same_items", 2, flags, |context| {
        items(context, |found, wanted| {
            found.len() == wanted.len() && contains_all(found, wanted)
        })
    })?;
    connection.create_scalar_function("has_items", 2, flags, |context| {
        items(context, contains_all)
    })
}

fn ignore_case(left: &str, right: &str) -> Ordering {
    lower_case(left).cmp(lower_case(right))
}

fn lower_case(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

fn like_pattern(context: &mut Context<'_>) -> rusqlite::Result<bool> {
    let pattern = context.get_or_create_aux(1, |value| {
        Ok::<_, Infallible>(compile_pattern(value.as_str().unwrap_or_default()))
    })?;
    let text: Option<String> = context.get(0)?;
    Ok(text.is_some_and(|text| {
        let text: Vec<char> = lower_case(&text).collect();
        matches(&text, &pattern)
    }))
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum PatternPart {
    /// `%`: any characters, or none.
    Any,
    /// `_`: one character.
    One,
    /// This character, in lower case.
    Just(char),
}

fn compile_pattern(pattern: &str) -> Vec<PatternPart> {
    let mut parts = Vec::with_capacity(pattern.len());
    let mut escaped = false;
    for character in pattern.chars() {
        match character {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '%' if !escaped => parts.push(PatternPart::Any),
            '_' if !escaped => parts.push(PatternPart::One),
            other => parts.extend(other.to_lowercase().map(PatternPart::Just)),
        }
        escaped = false;
    }
    parts
}

/// Walks through text and pattern together; at a mismatch, returns to the last `%` and lets it take
/// one character more. So the time is bounded by the product of both lengths, whatever the pattern.
fn matches(text: &[char], pattern: &[PatternPart]) -> bool {
    let (mut at, mut part) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(part) {
            Some(PatternPart::Any) => {
                retry = Some((at, part + 1));
                part += 1;
            }
            Some(PatternPart::One) => {
                at += 1;
                part += 1;
            }
            Some(PatternPart::Just(character)) if *character == text[at] => {
                at += 1;
                part += 1;
            }
            _ => match retry {
                Some((taken, after)) => {
                    retry = Some((taken + 1, after));
                    (at, part) = (taken + 1, after);
                }
                None => return false,
            },
        }
    }
    pattern[part..].iter().all(|rest| *rest == PatternPart::Any)
}

/// Applies `test` to the items of two multi-select values (`A;B`), in lower case.
fn items(
    context: &Context<'_>,
    test: impl Fn(&[String], &[String]) -> bool,
) -> rusqlite::Result<bool> {
    let found: Option<String> = context.get(0)?;
    let wanted: String = context.get(1)?;
    Ok(found.is_some_and(|found| test(&split(&found), &split(&wanted))))
}

fn split(items: &str) -> Vec<String> {
    items
        .split(';')
        .map(|item| lower_case(item.trim()).collect())
        .collect()
}

fn contains_all(found: &[String], wanted: &[String]) -> bool {
    wanted.iter().all(|item| found.contains(item))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn like(text: &str, pattern: &str) -> bool {
        let text: Vec<char> = lower_case(text).collect();
        matches(&text, &compile_pattern(pattern))
    }

    #[test]
    fn wildcards() {
        for (text, pattern, expected) in [
            ("Apple", "appl_%", true),
            ("Appleton", "appl_%", true),
            ("Appl", "appl_%", false),
            ("Bappl", "appl_%", false),
            ("50% off", r"50\%%", true),
            ("501 off", r"50\%%", false),
            ("a_b", r"a\_b", true),
            ("axb", r"a\_b", false),
            (r"a\b", r"a\\b", true),
            ("aXbXc", "%x%x%", true),
            ("ab", "a%b%c", false),
            ("", "%", true),
            ("", "_", false),
            ("ÉCOLE", "éc%", true),
            ("😀", "_", true),
        ] {
            assert_eq!(like(text, pattern), expected, "{text} LIKE {pattern}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_exponential_time() {
        let pattern = "%a".repeat(200) + "b";
        assert!(!like(&"a".repeat(2_000), &pattern));
    }

    #[test]
    fn the_collation_ignores_case() {
        assert_eq!(ignore_case("Éa", "éA"), Ordering::Equal);
        assert_eq!(ignore_case("a", "B"), Ordering::Less);
        assert_eq!(ignore_case("ab", "A"), Ordering::Greater);
    }

    /// A slow matcher that is plainly right, for comparison.
    fn slow_like(text: &[char], pattern: &[PatternPart]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((PatternPart::Any, rest)) => {
                (0..=text.len()).any(|taken| slow_like(&text[taken..], rest))
            }
            Some((PatternPart::One, rest)) => !text.is_empty() && slow_like(&text[1..], rest),
            Some((PatternPart::Just(character), rest)) => {
                text.first() == Some(character) && slow_like(&text[1..], rest)
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_matcher(text in "[ab]{0,8}", pattern in "[ab%_]{0,8}") {
            let characters: Vec<char> = text.chars().collect();
            prop_assert_eq!(like(&text, &pattern), slow_like(&characters, &compile_pattern(&pattern)));
        }
    }
}
