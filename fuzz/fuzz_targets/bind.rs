//! Any filter binds to an entity, or its error has a place in the text.

#![no_main]
#![allow(dead_code, reason = "each target uses one of the checks")]

#[path = "../checks/mod.rs"]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| checks::filter::bind(text));
