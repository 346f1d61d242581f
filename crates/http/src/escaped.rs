//! How long a text is once it stands in JSON.

/// A chunk whose sum of additions fits a byte.
const CHUNK: usize = 48;

/// The bytes of `text` as a JSON string: with quotes around it, and escaped as `serde_json` does.
pub(crate) fn json_string_bytes(text: &str) -> usize {
    let additions = |chunk: &[u8]| chunk.iter().map(|byte| added_to(*byte)).sum::<u8>();
    let chunks = text.as_bytes().chunks(CHUNK);
    let escapes: usize = chunks.map(|chunk| usize::from(additions(chunk))).sum();
    text.len() + escapes + 2
}

/// The bytes that escaping adds to a byte, at most 5. Without a branch, so that the compiler counts many bytes at once.
fn added_to(byte: u8) -> u8 {
    let is_escaped = u8::from(byte == b'"') | u8::from(byte == b'\\');
    let is_control = u8::from(byte < 0x20);
    // \b, \t, \n, \f and \r have short forms; the others are written as \u00XX.
    let is_short = u8::from(byte >= 0x08) & u8::from(byte <= 0x0d) & u8::from(byte != 0x0b);
    is_escaped + is_control * 5 - is_short * 4
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_character_counts_as_it_is_written() {
        for character in (0..0x250)
            .filter_map(char::from_u32)
            .chain(['日', '😀', '\u{2028}'])
        {
            let text = format!("{character}a{character}");
            let written = serde_json::to_string(&text).unwrap();
            assert_eq!(json_string_bytes(&text), written.len(), "{character:?}");
        }
    }

    proptest! {
        #[test]
        fn texts_count_as_they_are_written(text in r#"([\x00-\x1f"\\a-c]|.){0,300}"#) {
            let written = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(json_string_bytes(&text), written.len());
        }
    }
}
