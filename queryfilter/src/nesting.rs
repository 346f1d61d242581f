//! Measures how deep a filter is nested, without recursion and before anything recurses over it.

use crate::quoting::end_of_string;

/// Returns the offset of the first parenthesis or NOT that is nested deeper than `limit`.
///
/// Every open parenthesis counts as one level, and so does every NOT whose operand has not ended.
pub(crate) fn first_too_deep(text: &str, limit: usize) -> Option<usize> {
    if max_levels(text) <= limit {
        return None;
    }
    let text = text.as_bytes();
    let mut nots_before_open_groups = Vec::new();
    let mut nots = 0;
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let start = at;
        at += 1;
        match text[start] {
            b' ' | b'\n' | b'\t' | b'\r' | b'\x0C' => continue,
            b'(' => {
                nots_before_open_groups.push(nots);
                nots = 0;
                depth += 1;
            }
            b')' => {
                let closed = nots_before_open_groups.pop().map_or(0, |nots| nots + 1);
                depth -= nots + closed;
                nots = 0;
            }
            first if starts_word(first) => {
                at = end_of_word(text, at);
                if matches!(&text[start..at], b"not" | b"NOT") {
                    nots += 1;
                    depth += 1;
                } else {
                    depth -= nots;
                    nots = 0;
                }
            }
            first => {
                if let b'\'' | b'"' = first {
                    at = end_of_string(text, start).unwrap_or(text.len());
                }
                depth -= nots;
                nots = 0;
            }
        }
        if depth > limit {
            return Some(start);
        }
    }
    None
}

/// Returns an upper bound that is cheap to find and that ordinary filters never reach.
fn max_levels(text: &str) -> usize {
    text.bytes()
        .filter(|byte| matches!(byte, b'(' | b'n' | b'N'))
        .count()
}

fn end_of_word(text: &[u8], from: usize) -> usize {
    text[from..]
        .iter()
        .position(|byte| !continues_word(*byte))
        .map_or(text.len(), |length| from + length)
}

// Bytes beyond ASCII count as letters: if one is not, the grammar refuses the filter anyway.

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || b"_@$".contains(&byte) || !byte.is_ascii()
}

fn continues_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-".contains(&byte) || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_depth(text: &str, depth: usize) {
        assert_eq!(first_too_deep(text, depth), None, "{text}");
        assert!(first_too_deep(text, depth - 1).is_some(), "{text}");
    }

    #[test]
    fn parentheses_and_nots_count_alike() {
        assert_depth("((a))", 2);
        assert_depth("not not a", 2);
        assert_depth("not (NOT(a = 1))", 4);
        assert_depth("a in (1, 2)", 1);
    }

    #[test]
    fn a_level_ends_with_its_operand() {
        assert_depth("not a and not b or not c", 1);
        assert_depth("(a) and (b) and (c)", 1);
        assert_depth("not (a) and not (b)", 2);
        assert_depth("not 'x' or not 5 or not not y", 2);
    }

    #[test]
    fn strings_and_names_do_not_count() {
        assert_depth(
            r#"(a = "(((" or b = '(((' or notes = 1 or not-5 = 2 or nothing)"#,
            1,
        );
        assert_depth(r"(a = 'x\' ((( y')", 1);
        assert_depth("(été_not = 1)", 1);
        assert_depth("5not a", 1);
        assert_depth("not@a or not$b", 1);
    }

    #[test]
    fn the_offset_is_that_of_the_first_level_beyond_the_limit() {
        assert_eq!(first_too_deep("(a) and ((b))", 1), Some(9));
        assert_eq!(first_too_deep("not not a", 1), Some(4));
    }

    #[test]
    fn text_that_is_not_a_filter_is_scanned_to_its_end() {
        for text in [")))(", "not )", "(not) not)", "'(((", "not", "((('"] {
            first_too_deep(text, 0);
        }
    }
}
