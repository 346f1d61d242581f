//! The guide's table of checks is the same as in the code, which `cargo appflow test --list`
//! prints.
//!
//! `UPDATE=1 cargo test -p appflow-connector-tests --test guide` rewrites the table.

use std::path::Path;

use appflow_connector_tests::{Check, all_checks};

const HEADER: &str = "| check | why |\n|---|---|\n";

#[test]
fn the_guide_has_every_check_and_its_reason() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/verify.md");
    let guide = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = guide.split_once(HEADER).unwrap();
    let is_row = |line: &&str| line.starts_with('|');
    let rows: String = rest.split_inclusive('\n').take_while(is_row).collect();
    let row = |check: &Check| format!("| `{}` | {} |\n", check.id, check.why);
    let expected = all_checks().map(row).collect::<Vec<_>>().concat();
    if std::env::var_os("UPDATE").is_some() {
        let after = &rest[rows.len()..];
        std::fs::write(&path, format!("{before}{HEADER}{expected}{after}")).unwrap();
        return;
    }
    assert_eq!(rows, expected, "run this test with UPDATE=1");
}
