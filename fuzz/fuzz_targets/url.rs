//! A URL from a user is refused, or leads only to hosts that its policy allows. A reference of the
//! application never leaves its origin.

#![no_main]
#![allow(dead_code, reason = "each target uses one of the checks")]

#[path = "../checks/mod.rs"]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| checks::url::check(text));
