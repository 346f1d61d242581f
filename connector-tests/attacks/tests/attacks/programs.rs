//! Where the built programs are.

use std::path::{Path, PathBuf};

/// Returns the path of a built program of the workspace, such as `salesforce-connector`.
///
/// # Panics
/// If it is not built.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let path = profile
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        path.exists(),
        "{} is not built: run `cargo build --workspace --bins` first",
        path.display()
    );
    path
}

/// Returns the path of an example of this package.
pub fn example(name: &str) -> PathBuf {
    program(&format!("examples/{name}"))
}

#[test]
fn the_attacked_programs_are_built() {
    for name in [
        "cargo-appflow",
        "salesforce-connector",
        "salesforce-sandbox",
    ] {
        program(name);
    }
}
