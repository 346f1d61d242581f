//! ARCHITECTURE.md draws exactly the dependencies between the workspace's crates.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// `(crate, crate that it depends on)`.
type Arrows = BTreeSet<(String, String)>;

#[test]
fn the_drawn_arrows_are_the_dependencies_of_the_code() {
    let drawn = drawn();
    let coded = coded();
    let undrawn: Vec<_> = coded.difference(&drawn).collect();
    let uncoded: Vec<_> = drawn.difference(&coded).collect();
    assert!(
        undrawn.is_empty(),
        "missing from ARCHITECTURE.md: {undrawn:?}"
    );
    assert!(
        uncoded.is_empty(),
        "drawn, but not in any Cargo.toml: {uncoded:?}"
    );
}

/// The lines `a --> b & c` of the diagram. Nodes are named by their packages.
fn drawn() -> Arrows {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, diagram) = text
        .split_once("```mermaid\n")
        .expect("ARCHITECTURE.md has a diagram");
    let (diagram, _) = diagram.split_once("```").unwrap();
    let arrows: Arrows = diagram
        .lines()
        .filter_map(|line| line.trim().split_once(" --> "))
        .flat_map(|(from, to)| {
            to.split(" & ")
                .map(move |to| (from.to_owned(), to.to_owned()))
        })
        .collect();
    assert!(!arrows.is_empty(), "the diagram has no line `a --> b`");
    arrows
}

/// The normal dependencies, optional ones included, of published packages on packages of the
/// workspace.
fn coded() -> Arrows {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let names: BTreeSet<&str> = packages
        .iter()
        .map(|package| package["name"].as_str().unwrap())
        .collect();
    let is_published = |package: &&Value| package["publish"] != serde_json::json!([]);
    packages
        .iter()
        .filter(is_published)
        .flat_map(|package| {
            let from = package["name"].as_str().unwrap();
            let dependencies = package["dependencies"].as_array().unwrap();
            dependencies
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .filter_map(|dependency| dependency["name"].as_str())
                .filter(|to| names.contains(to))
                .map(move |to| (from.to_owned(), to.to_owned()))
        })
        .collect()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
