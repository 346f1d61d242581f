//! Replays the kept corpus of each fuzz target through the same check. See `docs/fuzzing.md`.

#[path = "../../../fuzz/checks/mod.rs"]
mod checks;

use std::fs;
use std::path::Path;

#[test]
fn every_text_of_the_corpora_passes_its_check() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (target, check) in checks::TARGETS {
        let corpus = corpora.join(target);
        let mut replayed = 0;
        for entry in fs::read_dir(&corpus).expect("the corpus") {
            let path = entry.expect("an entry").path();
            // Captured, and so shown only if the check fails.
            println!("{}", path.display());
            check(&fs::read(&path).expect("a file"));
            replayed += 1;
        }
        assert!(replayed > 0, "{} is empty", corpus.display());
    }
}
