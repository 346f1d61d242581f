//! Small functions on texts.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

/// The items that occur again after their first occurrence.
pub(crate) fn repeated<'i>(items: impl Iterator<Item = &'i str>) -> Vec<&'i str> {
    let mut seen = HashSet::new();
    items.filter(|item| !seen.insert(*item)).collect()
}

/// Returns text from outside as people and XML may read it: line breaks and tabs are kept, other
/// characters that a terminal acts on, that change the order of the text or that XML does not allow
/// are written as JSON writes them, such as `\u001b`. In a JSON string they keep their meaning.
///
/// ```
/// use appflow_connector_tests::printable;
///
/// assert_eq!(printable("\u{1b}[2J\u{202e}"), r"\u001b[2J\u202e");
/// assert_eq!(printable("Zürich\n"), "Zürich\n");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_escaped(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

fn is_escaped(character: char) -> bool {
    let is_direction = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    // Line breaks that are not shown as such, characters without a width, tags.
    let is_invisible = matches!(
        character,
        '\u{2028}' | '\u{2029}' | '\u{200b}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
    );
    let is_noncharacter =
        matches!(character, '\u{fdd0}'..='\u{fdef}') || u32::from(character) & 0xfffe == 0xfffe;
    let is_control = character.is_control() && !matches!(character, '\n' | '\t');
    is_control || is_direction || is_invisible || is_noncharacter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_acts_on_a_terminal_or_is_not_xml_is_shown_as_an_escape() {
        for (text, shown) in [
            ("a\tb\nc", "a\tb\nc"),
            ("é 漢字 👩‍👩‍👧 ي", "é 漢字 👩‍👩‍👧 ي"),
            ("\u{1b}]0;title\u{7}", r"\u001b]0;title\u0007"),
            ("a\rb", r"a\u000db"),
            ("\0\u{7f}\u{80}\u{9b}", r"\u0000\u007f\u0080\u009b"),
            ("\u{202e}txt\u{2066}", r"\u202etxt\u2066"),
            ("\u{fffe}\u{ffff}\u{1fffe}", r"\ufffe\uffff\ud83f\udffe"),
            ("\u{e0041}", r"\udb40\udc41"),
        ] {
            assert_eq!(printable(text), shown, "{text:?}");
            let quoted = |text: &str| format!("\"{}\"", text.replace(['\n', '\t'], " "));
            if text.chars().all(|character| !character.is_ascii_control()) {
                let read: String = serde_json::from_str(&quoted(shown)).unwrap();
                assert_eq!(read, text, "as JSON");
            }
        }
    }
}
