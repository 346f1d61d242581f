//! Filters. Property tests make the same checks on generated texts.

use std::str;

#[path = "../../queryfilter/tests/checks/mod.rs"]
mod checks;

/// The text is a well-formed filter, or its error has a place in it.
pub fn parse(text: &[u8]) {
    check(text, checks::check_parse);
}

/// The filter is the same after printing and parsing, and after writing and reading it as JSON.
pub fn print(text: &[u8]) {
    check(text, checks::check_print);
}

/// The filter binds to an entity, or its error has a place in the text.
pub fn bind(text: &[u8]) {
    check(text, checks::check_bind);
}

fn check(text: &[u8], check: fn(&str)) {
    if let Ok(text) = str::from_utf8(text) {
        check(text);
    }
}
