//! Any filter is the same after printing and parsing, and after writing and reading it as JSON.

#![no_main]
#![allow(dead_code, reason = "each target uses one of the checks")]

#[path = "../checks/mod.rs"]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| checks::filter::print(text));
