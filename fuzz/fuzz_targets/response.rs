//! Whatever an application sends, headers (`Link`, `Retry-After`, `Location`, `Content-Encoding`)
//! and body: there is a response within its bound, or an error without the credentials.

#![no_main]
#![allow(dead_code, reason = "each target uses one of the checks")]

#[path = "../checks/mod.rs"]
mod checks;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| checks::response::check(text));
