//! The Rust snippets of the README and the guide, as doctests: `cargo test -p appflow-guide`.

#![cfg(doctest)]

#[doc = include_str!("../README.md")]
mod readme {}

#[doc = include_str!("src/errors.md")]
mod errors {}

#[doc = include_str!("src/filters.md")]
mod filters {}

#[doc = include_str!("src/http.md")]
mod http {}

#[doc = include_str!("src/introduction.md")]
mod introduction {}

#[doc = include_str!("src/run.md")]
mod run {}

#[doc = include_str!("src/verify.md")]
mod verify {}

#[doc = include_str!("src/write.md")]
mod write {}
