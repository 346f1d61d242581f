//! How many records fit the bytes of an answer, in which each stands as a JSON string.

use appflow_connector_model::Record;

/// A chunk whose sum of additions fits a byte.
const CHUNK: usize = 48;

/// The most bytes that a byte takes in a JSON string: `\u00XX`.
const LONGEST_ESCAPE: usize = 6;
/// Quotes around a record, and a comma or bracket beside it.
const AROUND: usize = 3;

/// The bytes of an answer's records. As long as even the longest escapes would fit, the records are not looked through.
#[derive(Debug)]
pub(crate) struct ByteBudget {
    pub(crate) limit: usize,
    /// The most that the records so far can take; no longer kept once they were counted.
    at_most: usize,
    counted: Option<usize>,
}

impl ByteBudget {
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            limit,
            at_most: 0,
            counted: None,
        }
    }

    /// Whether `record` fits beside those that were `taken` before. If so, it counts as taken.
    pub(crate) fn take(&mut self, record: &Record, taken: &[Record]) -> bool {
        let at_most = self.at_most + LONGEST_ESCAPE * record.as_str().len() + AROUND;
        if self.counted.is_none() && at_most <= self.limit {
            self.at_most = at_most;
            return true;
        }
        let before = self
            .counted
            .unwrap_or_else(|| taken.iter().map(bytes_in_answer).sum());
        let with_it = before + bytes_in_answer(record);
        let fits = with_it <= self.limit;
        self.counted = Some(if fits { with_it } else { before });
        fits
    }
}

/// The bytes that a record takes of an answer.
pub(crate) fn bytes_in_answer(record: &Record) -> usize {
    let text = record.as_str();
    let additions = |chunk: &[u8]| chunk.iter().map(|byte| added_to(*byte)).sum::<u8>();
    let chunks = text.as_bytes().chunks(CHUNK);
    let escapes: usize = chunks.map(|chunk| usize::from(additions(chunk))).sum();
    text.len() + escapes + AROUND
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

    fn counted(text: &str) -> usize {
        bytes_in_answer(&Record::from_json_unchecked(text.to_owned()))
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
