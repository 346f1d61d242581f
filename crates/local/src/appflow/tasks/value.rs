//! A value of a record on its way from source to destination.

use std::borrow::Cow;

use appflow_connector_model::json_text;

/// A value that is not null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'r> {
    /// JSON text as the source wrote it, so that no digit is lost. Never `null`.
    Json(Cow<'r, str>),
    /// Text that is not in JSON: a field of a CSV file, or what a task made.
    Text(Cow<'r, str>),
}

impl<'r> Value<'r> {
    /// Returns a JSON text as a value; `None` for `null`.
    pub(crate) fn from_json(json: &'r str) -> Option<Self> {
        (json != "null").then_some(Self::Json(Cow::Borrowed(json)))
    }

    /// Returns the text of a string without its quotes and escapes, and the JSON text of any other
    /// value.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Json(json) if json.starts_with('"') => {
                json_text(json).expect("the JSON of a value is valid")
            }
            Self::Json(json) => Cow::Borrowed(json),
        }
    }

    /// Returns whether it is a string in JSON.
    pub(crate) fn is_string(&self) -> bool {
        match self {
            Self::Text(_) => true,
            Self::Json(json) => json.starts_with('"'),
        }
    }

    /// Appends the value in JSON, on one line.
    pub(crate) fn write_json(&self, out: &mut Vec<u8>) {
        match self {
            Self::Json(json) => write_on_one_line(json, out),
            Self::Text(text) => write_json_string(text, out),
        }
    }
}

/// Appends text as a JSON string.
pub(crate) fn write_json_string(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("a string can be written to memory");
}

/// JSON has line ends only between its tokens: in a string they are escaped.
fn write_on_one_line(json: &str, out: &mut Vec<u8>) {
    let bytes = json.as_bytes();
    let is_nested = matches!(bytes.first(), Some(b'{' | b'['));
    if is_nested && memchr::memchr2(b'\n', b'\r', bytes).is_some() {
        out.extend(
            bytes
                .iter()
                .copied()
                .filter(|byte| !matches!(byte, b'\n' | b'\r')),
        );
    } else {
        out.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: &Value<'_>) -> String {
        let mut out = Vec::new();
        value.write_json(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_is_passed_on_as_it_is() {
        for text in [
            "0.10000000000000000001",
            "1E400",
            "-0",
            r#""\u0041\/""#,
            r#"{"a" : [1,  2]}"#,
            r#""\ud800""#,
        ] {
            assert_eq!(json(&Value::from_json(text).unwrap()), text);
        }
        assert_eq!(Value::from_json("null"), None);
    }

    #[test]
    fn a_value_is_written_on_one_line() {
        let nested = Value::from_json("{\n  \"a\": [1,\r\n 2]\n}").unwrap();
        assert_eq!(json(&nested), r#"{  "a": [1, 2]}"#);
        let text = Value::Text("two\n\"lines\"".into());
        assert_eq!(json(&text), r#""two\n\"lines\"""#);
    }

    #[test]
    fn text_has_no_quotes_and_escapes() {
        let text = |json| Value::from_json(json).unwrap().text().into_owned();
        assert_eq!(text(r#""plain""#), "plain");
        assert_eq!(text(r#""a\"b\u00e9\n""#), "a\"bé\n");
        assert_eq!(text(r#""\ud800x""#), "\u{fffd}\u{fffd}\u{fffd}x");
        assert_eq!(text("1.50"), "1.50");
        assert_eq!(text(r#"["a"]"#), r#"["a"]"#);
    }
}
