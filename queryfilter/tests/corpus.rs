//! Replays the kept corpus of each fuzz target through the same check. See `docs/fuzzing.md`.

mod checks;

use std::fs;
use std::path::Path;

/// Runs the check on every file of the target's corpus.
fn replay(target: &str, check: fn(&str)) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target);
    let mut replayed = 0;
    for entry in fs::read_dir(&corpus).expect("the corpus") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("text in UTF-8");
        // Captured, and so shown only if the check fails.
        println!("{text:?}");
        check(&text);
        replayed += 1;
    }
    assert!(replayed > 0, "{} is empty", corpus.display());
}

#[test]
fn parse() {
    replay("parse", checks::check_parse);
}

#[test]
fn print() {
    replay("print", checks::check_print);
}

#[test]
fn bind() {
    replay("bind", checks::check_bind);
}
