//! The built command and the built connector.

#![allow(dead_code, reason = "each test file uses what it needs")]

use std::path::{Path, PathBuf};
use std::process::Command;

pub fn cargo_appflow() -> assert_cmd::Command {
    assert_cmd::Command::new(env!("CARGO_BIN_EXE_cargo-appflow"))
}

/// Returns the Salesforce connector's executable. `cargo test --workspace` builds it; if this
/// package is tested alone, it is built here.
pub fn connector() -> PathBuf {
    let path =
        Path::new(env!("CARGO_BIN_EXE_cargo-appflow")).with_file_name("salesforce-connector");
    if !path.exists() {
        let built = Command::new(env!("CARGO"))
            .args([
                "build",
                "--package",
                "appflow-connector-example",
                "--bin",
                "salesforce-connector",
            ])
            .status()
            .unwrap();
        assert!(built.success());
    }
    path
}
