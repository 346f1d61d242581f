//! Any text is a well-formed filter, or its error has a place in it.

#![no_main]
#![allow(dead_code, reason = "each target uses one of the checks")]

#[path = "../../queryfilter/tests/checks/mod.rs"]
mod checks;

use std::str;

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(text) = str::from_utf8(bytes) else {
        return Corpus::Reject;
    };
    checks::check_parse(text);
    Corpus::Keep
});
