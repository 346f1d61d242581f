//! How many records fit into the bytes of a response, which contains each as a JSON string.

use appflow_connector_model::Record;

/// A chunk whose sum of additions fits into a byte.
const CHUNK: usize = 48;

/// The maximum length of an escaped byte in a JSON string: `\u00XX`.
const MAX_ESCAPE_BYTES: usize = 6;
/// The quotes around a record, and a comma or bracket.
const DELIMITER_BYTES: usize = 3;

/// The bytes of a response's records. The bytes of a record are counted only once the records could
/// exceed the limit if each byte needed the longest escape.
#[derive(Debug)]
pub(crate) struct ByteBudget {
    pub(crate) limit: usize,
    /// The maximum size of the records so far. Not updated once the records are counted.
    upper_bound: usize,
    counted: Option<usize>,
}

impl ByteBudget {
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            limit,
            upper_bound: 0,
            counted: None,
        }
    }

    /// Returns whether `record` fits in addition to those `taken` before. If so, it counts as
    /// taken.
    pub(crate) fn take(&mut self, record: &Record, taken: &[Record]) -> bool {
        let upper_bound =
            self.upper_bound + MAX_ESCAPE_BYTES * record.as_str().len() + DELIMITER_BYTES;
        if self.counted.is_none() && upper_bound <= self.limit {
            self.upper_bound = upper_bound;
            return true;
        }
        let before = self
            .counted
            .unwrap_or_else(|| taken.iter().map(bytes_in_response).sum());
        let with_it = before + bytes_in_response(record);
        let fits = with_it <= self.limit;
        self.counted = Some(if fits { with_it } else { before });
        fits
    }
}

/// Returns the number of bytes of a record in a response.
pub(crate) fn bytes_in_response(record: &Record) -> usize {
    let text = record.as_str();
    let additions = |chunk: &[u8]| chunk.iter().map(|byte| added_to(*byte)).sum::<u8>();
    let chunks = text.as_bytes().chunks(CHUNK);
    let escapes: usize = chunks.map(|chunk| usize::from(additions(chunk))).sum();
    text.len() + escapes + DELIMITER_BYTES
}

/// Returns how many bytes escaping adds to a byte, at most 5. It has no branch, so that the
/// compiler vectorizes the count.
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

    fn counted(text: &str) -> usize {
        bytes_in_response(&Record::from_json_unchecked(text.to_owned()))
    }

    #[test]
    fn every_character_counts_as_it_is_written() {
        for character in (0..0x250)
            .filter_map(char::from_u32)
            .chain(['日', '😀', '\u{2028}'])
        {
            let text = format!("{character}a{character}");
            let written = serde_json::to_string(&text).unwrap();
            assert_eq!(counted(&text), written.len() + 1, "{character:?}");
        }
    }

    proptest! {
        #[test]
        fn texts_count_as_they_are_written(text in r#"([\x00-\x1f"\\a-c]|.){0,300}"#) {
            let written = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(counted(&text), written.len() + 1);
        }
    }
}
