//! There is no import circle between the files of a crate: a lower module never names a higher one.
//!
//! An edge goes from a file to each file that one of its paths names (`use crate::…`,
//! `use super::…`, a path in an expression, a path that begins with a child module). `mod name;`
//! alone is not an edge. Code under `#[cfg(test)] mod tests` and comments do not count.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

#[test]
fn no_file_of_the_harness_imports_in_a_circle() {
    assert_no_circle("src");
}

#[test]
fn no_file_of_the_sandbox_imports_in_a_circle() {
    assert_no_circle("../connector-example/sandbox/src");
}

#[test]
fn no_file_of_local_imports_in_a_circle() {
    assert_no_circle("../crates/local/src");
}

#[test]
fn no_file_of_client_imports_in_a_circle() {
    assert_no_circle("../crates/client/src");
}

#[test]
fn no_file_of_the_process_host_imports_in_a_circle() {
    assert_no_circle("../crates/lambda-process-host/src");
}

#[test]
fn no_file_of_queryfilter_imports_in_a_circle() {
    assert_no_circle("../queryfilter/src");
}

fn assert_no_circle(folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let sources = read_sources(&folder);
    assert!(!sources.is_empty(), "no source in {}", folder.display());
    let circles = circles(&edges(&sources));
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn a_circle_is_found_however_a_file_is_named() {
    let found = |files: &[(&str, &str)]| {
        let sources: Sources = files
            .iter()
            .map(|(file, text)| (PathBuf::from(file), (*text).to_owned()))
            .collect();
        circles(&edges(&sources))
    };
    let two = |one: &str, other: &str| {
        let lib = ("lib.rs", "mod a;\nmod b;\npub use a::A;");
        !found(&[lib, ("a/mod.rs", one), ("b.rs", other)]).is_empty()
    };
    assert!(two("use crate::b::B;", "use crate::a::A;"));
    assert!(two(
        "use super::b::B;",
        "fn f() { crate::a::g('\"', \"//\") }"
    ));
    assert!(two(
        "use crate::{b::{self, B}, c};",
        "use super::{c, a::*};"
    ));
    assert!(two("use crate::b::B;", "use crate::A;"));
    assert!(!two("use crate::b::B;", "pub(in crate::a) struct B;"));
    assert!(!two("use crate::b::B;", "// use crate::a::A;\n/* a::A */"));
    assert!(!two(
        "use crate::b::B;",
        "const T: &str = r#\"crate::a::A \"#;"
    ));
    assert!(!two(
        "use crate::b::B;",
        "#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}"
    ));

    let parent = "mod child;\nfn f() { child::g() }";
    let with_child = |child: &str| {
        found(&[
            ("lib.rs", "mod a;"),
            ("a/mod.rs", parent),
            ("a/child.rs", child),
        ])
    };
    assert_eq!(
        with_child("use super::T;"),
        ["a/child.rs -> a/mod.rs -> a/child.rs"]
    );
    assert!(with_child("use std::fmt;").is_empty());
}

/// The text of each file, by its path below the crate's `src`.
type Sources = BTreeMap<PathBuf, String>;
/// The files that each file names.
type Edges = BTreeMap<PathBuf, BTreeSet<PathBuf>>;
/// The names of a module from the crate's root.
type Module = Vec<String>;

fn read_sources(src: &Path) -> Sources {
    let mut sources = Sources::new();
    let mut folders = vec![src.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                sources.insert(path.strip_prefix(src).unwrap().to_owned(), text);
            }
        }
    }
    sources
}

fn module_of(file: &Path) -> Module {
    let mut names: Module = file
        .with_extension("")
        .iter()
        .map(|name| name.to_str().unwrap().to_owned())
        .collect();
    if names
        .last()
        .is_some_and(|name| ["lib", "main", "mod"].contains(&name.as_str()))
    {
        names.pop();
    }
    names
}

fn edges(sources: &Sources) -> Edges {
    // `main.rs` comes after `lib.rs` and is a crate of its own where there are both.
    let mut files: BTreeMap<Module, &Path> = BTreeMap::new();
    for file in sources.keys() {
        files.entry(module_of(file)).or_insert(file);
    }
    let mut edges = Edges::new();
    for (file, text) in sources {
        let module = module_of(file);
        let paths = paths(&tokens(text));
        let named = paths
            .iter()
            .filter_map(|path| resolve(path, &module, &files));
        let others = named.filter(|named| *named != file).map(Path::to_owned);
        edges.insert(file.clone(), others.collect());
    }
    edges
}

/// The file of the deepest module that a path names; `None` for a path out of the crate or within
/// the file.
fn resolve<'f>(
    path: &[String],
    from: &Module,
    files: &BTreeMap<Module, &'f Path>,
) -> Option<&'f Path> {
    let mut module = from.clone();
    let mut rest = path;
    match rest.first()?.as_str() {
        "crate" => {
            module.clear();
            rest = &rest[1..];
        }
        "self" => rest = &rest[1..],
        "super" => {
            while rest.first().is_some_and(|name| name == "super") {
                module.pop();
                rest = &rest[1..];
            }
        }
        child => {
            let mut below = module.clone();
            below.push(child.to_owned());
            files.get(&below)?;
        }
    }
    for name in rest {
        module.push(name.clone());
        if !files.contains_key(&module) {
            module.pop();
            break;
        }
    }
    files.get(&module).copied()
}

/// The names and punctuation of a source, without comments, strings and tests.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let characters: Vec<char> = text.chars().collect();
    let starts = |at: usize, what: &str| {
        what.chars()
            .enumerate()
            .all(|(i, c)| characters.get(at + i) == Some(&c))
    };
    let mut at = 0;
    while at < characters.len() {
        let character = characters[at];
        if starts(at, "#[cfg(test)]\nmod tests {") {
            break;
        } else if starts(at, "//") {
            while at < characters.len() && characters[at] != '\n' {
                at += 1;
            }
        } else if starts(at, "/*") {
            while at < characters.len() && !starts(at, "*/") {
                at += 1;
            }
            at += 2;
        } else if starts(at, "r\"") || starts(at, "r#") && !starts(at, "r#type") {
            let hashes = characters[at + 1..]
                .iter()
                .take_while(|c| **c == '#')
                .count();
            let end = format!("\"{}", "#".repeat(hashes));
            at += hashes + 2;
            while at < characters.len() && !starts(at, &end) {
                at += 1;
            }
            at += end.len();
        } else if character == '"' {
            at += 1;
            while at < characters.len() && characters[at] != '"' {
                at += if characters[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
        } else if character == '\'' && starts(at + 1, "\\") {
            at += 3;
            while at < characters.len() && characters[at] != '\'' {
                at += 1;
            }
            at += 1;
        } else if character == '\'' && starts(at + 2, "'") {
            at += 3;
        } else if character.is_alphanumeric() || character == '_' {
            let is_part = |c: &char| c.is_alphanumeric() || *c == '_';
            let name: String = characters[at..]
                .iter()
                .copied()
                .take_while(|c| is_part(c))
                .collect();
            at += name.chars().count();
            tokens.push(name);
        } else if starts(at, "::") {
            tokens.push("::".to_owned());
            at += 2;
        } else {
            if !character.is_whitespace() {
                tokens.push(character.to_string());
            }
            at += 1;
        }
    }
    tokens
}

/// The paths with at least two names. A path in the braces of a `use` includes what is before the
/// braces.
fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            at = use_tree(tokens, at + 1, &[], &mut paths);
            continue;
        }
        // `pub(in crate::a)` says who may name it.
        let is_visibility = at >= 2 && tokens[at - 2] == "(" && tokens[at - 1] == "in";
        let mut path = Vec::new();
        while is_name(tokens, at) {
            path.push(tokens[at].clone());
            if tokens.get(at + 1).is_none_or(|token| token != "::") {
                break;
            }
            at += 2;
        }
        if path.len() > 1 && !is_visibility {
            paths.push(path);
        }
        at += 1;
    }
    paths
}

/// Reads one tree of a `use` and returns where it ends.
fn use_tree(
    tokens: &[String],
    mut at: usize,
    before: &[String],
    paths: &mut Vec<Vec<String>>,
) -> usize {
    let mut path = before.to_vec();
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "::" => at += 1,
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = use_tree(tokens, at, &path, paths);
                    if tokens.get(at).is_some_and(|token| token == ",") {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "as" => at += 2,
            "self" if !path.is_empty() => at += 1,
            _ if is_name(tokens, at) => {
                path.push(token.clone());
                at += 1;
            }
            "*" => at += 1,
            _ => break,
        }
    }
    paths.push(path);
    at
}

fn is_name(tokens: &[String], at: usize) -> bool {
    tokens
        .get(at)
        .is_some_and(|token| token.chars().all(|c| c.is_alphanumeric() || c == '_'))
}

/// A shortest circle through each file that is in one and in none of those before.
fn circles(edges: &Edges) -> Vec<String> {
    let mut reported: BTreeSet<&PathBuf> = BTreeSet::new();
    let mut circles = Vec::new();
    for file in edges.keys() {
        if reported.contains(file) {
            continue;
        }
        if let Some(circle) = circle_through(file, edges) {
            let names: Vec<String> = circle
                .iter()
                .map(|file| file.display().to_string())
                .collect();
            circles.push(names.join(" -> "));
            reported.extend(circle);
        }
    }
    circles
}

fn circle_through<'e>(start: &'e PathBuf, edges: &'e Edges) -> Option<Vec<&'e PathBuf>> {
    let mut paths: VecDeque<Vec<&PathBuf>> = VecDeque::from([vec![start]]);
    let mut reached: BTreeSet<&PathBuf> = BTreeSet::new();
    while let Some(path) = paths.pop_front() {
        for named in &edges[*path.last()?] {
            let longer = || path.iter().copied().chain([named]).collect();
            if named == start {
                return Some(longer());
            }
            if reached.insert(named) {
                paths.push_back(longer());
            }
        }
    }
    None
}
