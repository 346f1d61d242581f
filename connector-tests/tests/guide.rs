//! The guide's table of checks is that of the code.

use std::path::Path;

use appflow_connector_tests::all_checks;

#[test]
fn the_guide_has_every_check_and_its_reason() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/verify.md");
    let guide = std::fs::read_to_string(path).unwrap();
    let (_, table) = guide.split_once("| check | why |\n|---|---|\n").unwrap();
    let in_guide: Vec<&str> = table
        .lines()
        .take_while(|line| line.starts_with('|'))
        .collect();
    let in_code: Vec<String> = all_checks()
        .map(|check| format!("| `{}` | {} |", check.id, check.why))
        .collect();
    assert_eq!(
        in_guide, in_code,
        "`cargo appflow test --list` has the new rows"
    );
}
