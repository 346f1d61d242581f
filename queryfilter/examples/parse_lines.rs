//! Parses many filters in one go, for comparisons with other parsers.
//!
//! Reads one filter a line, each as a JSON string. Writes one JSON object a line, in the same order: `{"ok":true,"filter":…}` or
//! `{"ok":false,"error":{"kind","message","start","end"}}`, with offsets in characters.

use std::error::Error;
use std::io::{self, BufRead, BufWriter, Write};

use appflow_connector_queryfilter::{ParseError, ParseErrorKind, parse};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let mut output = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let text: String = serde_json::from_str(&line?)?;
        let answer = match parse(&text) {
            Ok(filter) => json!({"ok": true, "filter": filter}),
            Err(error) => json!({"ok": false, "error": describe(&error)}),
        };
        writeln!(output, "{answer}")?;
    }
    output.flush()?;
    Ok(())
}

fn describe(error: &ParseError) -> Value {
    let characters_before = |offset| error.text()[..offset].chars().count();
    json!({
        "kind": kind(error),
        "message": error.to_string(),
        "start": characters_before(error.span().start),
        "end": characters_before(error.span().end),
    })
}

fn kind(error: &ParseError) -> &'static str {
    match error.kind() {
        ParseErrorKind::Empty => "empty",
        ParseErrorKind::IllegalCharacter { .. } => "illegal_character",
        ParseErrorKind::UnclosedString { .. } => "unclosed_string",
        ParseErrorKind::Unexpected { .. } => "unexpected",
        ParseErrorKind::BadLimit { .. } => "bad_limit",
        ParseErrorKind::TooDeep { .. } => "too_deep",
        ParseErrorKind::TooLong { .. } => "too_long",
        _ => "other",
    }
}
