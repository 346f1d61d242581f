//! Any filter is the same after printing and parsing, and after writing and reading it as JSON.

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
    checks::check_print(text);
    Corpus::Keep
});
