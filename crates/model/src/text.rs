use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::limits::MAX_SENT_MESSAGE_CHARS;

/// How far back from the cut a word boundary is looked for.
const MAX_WORD_CHARS: usize = 20;

/// Returns the text in at most `max_chars` characters, with `…` as the last one if something was
/// cut off.
///
/// The cut is at a word boundary if there is one in the last 20 characters, and within the word
/// otherwise.
///
/// ```
/// use appflow_connector_model::truncate;
///
/// assert_eq!(truncate("row 7 is locked", 15), "row 7 is locked");
/// assert_eq!(truncate("row 7 is locked", 14), "row 7 is…");
/// assert_eq!(truncate("ééééé", 3), "éé…");
/// ```
pub fn truncate(text: &str, max_chars: usize) -> Cow<'_, str> {
    if text.len() <= max_chars || text.chars().nth(max_chars).is_none() {
        return Cow::Borrowed(text);
    }
    let Some(kept_chars) = max_chars.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let end = text
        .char_indices()
        .nth(kept_chars)
        .map_or(text.len(), |(end, _)| end);
    let kept = &text[..end];
    // At most half of what may be kept is given up for a word boundary.
    let mut last_chars = kept
        .char_indices()
        .rev()
        .take(MAX_WORD_CHARS.min(kept_chars / 2));
    let is_boundary = text[end..].starts_with(char::is_whitespace);
    let boundary = if is_boundary {
        None
    } else {
        last_chars.find(|(_, c)| c.is_whitespace())
    };
    let kept = boundary.map_or(kept, |(at, _)| &kept[..at]);
    Cow::Owned(format!("{}…", kept.trim_end()))
}

/// A text of an application's that is [truncated](truncate) to 800 characters where it is read, as
/// an error message is where it is sent. So 200 refused records with long messages take little
/// memory.
///
/// ```
/// use appflow_connector_model::Message;
///
/// let json = format!(r#""no, {}""#, "x".repeat(100_000));
/// let message: Message = serde_json::from_str(&json).unwrap();
/// assert_eq!(message.chars().count(), 800);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message(String);

impl Deref for Message {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<Message> for String {
    fn from(message: Message) -> Self {
        message.0
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(MessageVisitor)
    }
}

struct MessageVisitor;

impl Visitor<'_> for MessageVisitor {
    type Value = Message;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Message, E> {
        Ok(Message(truncate(text, MAX_SENT_MESSAGE_CHARS).into_owned()))
    }
}

/// Returns the text of a JSON string, without its quotes and escapes; `None` for any other text. An
/// unpaired surrogate, which JSON allows but Rust's strings do not, is replaced by U+FFFD, once
/// for each of its three bytes.
///
/// ```
/// use appflow_connector_model::json_text;
///
/// assert_eq!(json_text(r#""caf\u00e9""#).as_deref(), Some("café"));
/// assert_eq!(json_text(r#""\ud800""#).as_deref(), Some("\u{fffd}\u{fffd}\u{fffd}"));
/// assert_eq!(json_text("7"), None);
/// ```
pub fn json_text(json: &str) -> Option<Cow<'_, str>> {
    let within = json
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let needs_no_reading = |byte| byte >= b' ' && byte != b'"' && byte != b'\\';
    match within {
        Some(within) if within.bytes().all(needs_no_reading) => Some(Cow::Borrowed(within)),
        _ => {
            let text: JsonString = serde_json::from_str(json).ok()?;
            Some(Cow::Owned(text.0))
        }
    }
}

struct JsonString(String);

impl<'de> Deserialize<'de> for JsonString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // serde_json does not check surrogates if it reads a string as bytes.
        deserializer.deserialize_bytes(JsonStringVisitor)
    }
}

struct JsonStringVisitor;

impl Visitor<'_> for JsonStringVisitor {
    type Value = JsonString;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<JsonString, E> {
        Ok(JsonString(String::from_utf8_lossy(bytes).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ellipsis_is_counted() {
        for max_chars in 0..12 {
            assert_eq!(
                truncate("éééééééééé", max_chars).chars().count(),
                max_chars.min(10)
            );
        }
    }

    #[test]
    fn a_text_of_exactly_the_limit_is_kept() {
        assert!(matches!(truncate("ééé", 3), Cow::Borrowed("ééé")));
        assert!(matches!(truncate("", 0), Cow::Borrowed("")));
        assert_eq!(truncate("a", 0), "");
        assert_eq!(truncate("ab", 1), "…");
    }

    #[test]
    fn the_cut_is_between_words() {
        assert_eq!(truncate("the account is locked", 16), "the account is…");
        assert_eq!(truncate("the account is locked", 15), "the account is…");
        assert_eq!(truncate("the account is locked", 14), "the account…");
    }

    #[test]
    fn a_long_word_is_cut_within() {
        let text = format!("key {}", "x".repeat(100));
        assert_eq!(truncate(&text, 50), format!("key {}…", "x".repeat(45)));
    }
}
