//! Whatever Salesforce responds, the connector returns a response that AppFlow can read, without a
//! panic.

#![no_main]
#![allow(dead_code, reason = "each target uses one of the checks")]

#[path = "../checks/mod.rs"]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| checks::salesforce::check(text));
