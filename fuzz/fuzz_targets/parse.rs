//! Any text is a well-formed filter, or its error has a place in it.

#![no_main]
#![allow(dead_code, reason = "each target uses one of the checks")]

#[path = "../checks/mod.rs"]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| checks::filter::parse(text));
