//! A service's public model, and the walker that compares a value with it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;

/// The operations and shapes of a service, as `scripts/strip_model.py` writes them.
#[derive(Debug, Deserialize)]
pub(crate) struct Model {
    pub(crate) operations: BTreeMap<String, OperationModel>,
    pub(crate) shapes: BTreeMap<String, Shape>,
}

/// How an operation is called.
#[derive(Debug, Deserialize)]
pub(crate) struct OperationModel {
    pub(crate) method: String,
    pub(crate) path: String,
    /// The shape of the request.
    pub(crate) input: String,
    /// The shape of the response.
    pub(crate) output: String,
}

/// One shape. The keys are short because the model is part of the program.
#[derive(Debug, Deserialize)]
pub(crate) struct Shape {
    #[serde(rename = "t")]
    pub(crate) kind: Kind,
    /// The shape of each member of a structure.
    #[serde(rename = "m", default)]
    pub(crate) members: BTreeMap<String, String>,
    #[serde(rename = "r", default)]
    pub(crate) required: Vec<String>,
    /// The shape of a list's elements or of a map's values.
    #[serde(rename = "e", default)]
    pub(crate) element: String,
    /// The shape of a map's keys.
    #[serde(rename = "k", default)]
    pub(crate) key: String,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    #[serde(rename = "p")]
    pub(crate) pattern: Option<String>,
    #[serde(rename = "n", default)]
    pub(crate) one_of: Vec<String>,
    #[serde(rename = "s", default)]
    pub(crate) is_sensitive: bool,
    #[serde(skip)]
    compiled: OnceLock<Regex>,
}

/// What JSON type a shape has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Structure,
    List,
    Map,
    String,
    Boolean,
    Integer,
    Long,
    Double,
    Timestamp,
}

/// Refuses what a pattern's look-ahead refuses: `regex` has none.
const NO_AWS_PREFIX: &str = "(?!aws:)";

impl Shape {
    /// Whether the shape's pattern matches the whole value, as AWS's services compare it.
    pub(crate) fn matches(&self, value: &str) -> bool {
        let Some(pattern) = &self.pattern else {
            return true;
        };
        if pattern.contains(NO_AWS_PREFIX) && value.starts_with("aws:") {
            return false;
        }
        let compiled = self.compiled.get_or_init(|| compile(pattern));
        compiled.is_match(value)
    }
}

fn compile(pattern: &str) -> Regex {
    let translated = translate(&pattern.replace(NO_AWS_PREFIX, ""));
    // A test compiles every pattern of the model.
    Regex::new(&format!(r"\A(?:{translated})\z"))
        .unwrap_or_else(|error| panic!("the model has a pattern that cannot be read: {error}"))
}

/// Writes Java's classes for `regex`: they are ASCII, and `.` does not match a line's end.
fn translate(pattern: &str) -> String {
    let mut translated = String::new();
    let mut is_in_class = false;
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match (character, is_in_class) {
            ('\\', _) => match (characters.next(), is_in_class) {
                (Some('w'), true) => translated.push_str("0-9A-Za-z_"),
                (Some('w'), false) => translated.push_str("[0-9A-Za-z_]"),
                (Some('s'), true) => translated.push_str(r"\t\n\x0B\f\r "),
                (Some('s'), false) => translated.push_str(r"[\t\n\x0B\f\r ]"),
                (Some('S'), false) => translated.push_str(r"[^\t\n\x0B\f\r ]"),
                (escaped, _) => {
                    translated.push('\\');
                    translated.extend(escaped);
                }
            },
            ('.', false) => translated.push_str(r"[^\n\r\x{85}\x{2028}\x{2029}]"),
            _ => {
                is_in_class = match character {
                    '[' => true,
                    ']' => false,
                    _ => is_in_class,
                };
                translated.push(character);
            }
        }
    }
    translated
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(pattern: &str) -> Shape {
        let text = serde_json::json!({"t": "string", "p": pattern}).to_string();
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_pattern_matches_the_whole_value_in_ascii() {
        let label = shape(r"[a-zA-Z0-9][\w!@#.-]+");
        assert!(label.matches("a.b-c"));
        for refused in ["a", "Google BigQuery", "ab\n", "aé", "-ab"] {
            assert!(!label.matches(refused), "{refused:?}");
        }
        assert!(shape(r"\S+").matches("naïve"));
        assert!(!shape(r"\S+").matches("a\u{b}b"));
        assert!(shape(".*").matches("any text"));
        assert!(!shape(".*").matches("two\nlines"));
        assert!(!shape(".*").matches("two\u{2028}lines"));
        assert!(shape("[ -~]+").matches(" ~"));
    }

    #[test]
    fn a_tags_key_has_a_range_and_no_aws_prefix() {
        let key = shape("^(?!aws:)[a-zA-Z+-=._:/]+$");
        assert!(key.matches("team:1,2;<x"));
        for refused in ["aws:team", "two words", "a@b", ""] {
            assert!(!key.matches(refused), "{refused:?}");
        }
        assert!(key.matches("awsteam"));
    }
}
