//! The command `cargo appflow`.

fn main() {}
