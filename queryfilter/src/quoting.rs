//! String tokens: where they end, and their escapes.

/// Returns the text between the quotes of a string token with its escapes resolved.
///
/// `\` before `"` `'` `\` `t` `n` `r` is an escape. Any other backslash is literal.
pub(crate) fn unquote(token: &str) -> String {
    let body = &token[1..token.len() - 1];
    let mut value = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        let (character, length) = match rest.as_bytes().get(at + 1) {
            Some(b'"') => ('"', 2),
            Some(b'\'') => ('\'', 2),
            Some(b'\\') => ('\\', 2),
            Some(b't') => ('\t', 2),
            Some(b'n') => ('\n', 2),
            Some(b'r') => ('\r', 2),
            _ => ('\\', 1),
        };
        value.push(character);
        rest = &rest[at + length..];
    }
    value.push_str(rest);
    value
}

/// Returns the string token for a value. The caller must choose a quote that no later text contains
/// if the value ends in a backslash.
pub(crate) fn quote(value: &str, quote: char) -> String {
    let mut token = String::with_capacity(value.len() + 2);
    token.push(quote);
    for character in value.chars() {
        match character {
            '\\' => token.push_str("\\\\"),
            '\t' => token.push_str("\\t"),
            '\n' => token.push_str("\\n"),
            '\r' => token.push_str("\\r"),
            _ if character == quote => token.extend(['\\', quote]),
            _ => token.push(character),
        }
    }
    token.push(quote);
    token
}

/// Returns the offset after the string that opens at `start`, or `None` if nothing closes it.
///
/// A quote right after a backslash ends the string only if no later quote of its kind can. Scanning
/// many strings in sequence stays linear: a scan passes a string's end only if there is no later
/// quote of that kind, so at most one scan per kind does.
pub(crate) fn end_of_string(text: &[u8], start: usize) -> Option<usize> {
    let quote = text[start];
    let mut last = None;
    for at in start + 1..text.len() {
        if text[at] == quote {
            last = Some(at + 1);
            if text[at - 1] != b'\\' {
                break;
            }
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved_from_left_to_right() {
        assert_eq!(unquote(r#""a\tb\nc\rd""#), "a\tb\nc\rd");
        assert_eq!(unquote(r#"'\"\'\\'"#), "\"'\\");
        assert_eq!(unquote(r"'\\n'"), "\\n");
        assert_eq!(unquote("''"), "");
    }

    #[test]
    fn any_other_backslash_is_literal() {
        assert_eq!(unquote(r"'\d\'"), "\\d\\");
        assert_eq!(unquote(r"'C:\x\é'"), "C:\\x\\é");
    }

    #[test]
    fn quoting_and_unquoting_agree() {
        for value in ["", "a b", "it's", "\"", "\\", "\\'", "\\n", "\t\r\n", "é\\"] {
            for mark in ['\'', '"'] {
                assert_eq!(unquote(&quote(value, mark)), value, "{value:?} in {mark}");
            }
        }
    }

    #[test]
    fn a_string_ends_at_the_longest_match() {
        for (text, token) in [
            (r"'' 'x'", "''"),
            (r"'a' 'x'", "'a'"),
            (r"'a\' and b = 'c'", r"'a\' and b = '"),
            (r"'a\' and b = c", r"'a\'"),
            (r"'a\\' b\'", r"'a\\' b\'"),
            (r#"'a\' "'""#, r#"'a\' "'"#),
        ] {
            assert_eq!(
                end_of_string(text.as_bytes(), 0),
                Some(token.len()),
                "{text}"
            );
        }
        assert_eq!(end_of_string(b"'a\"", 0), None);
    }
}
