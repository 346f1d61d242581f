//! The official parser's results for about 450 texts, recorded with `compare.py --record` in
//! `connector-tests/peers/filter`.

use appflow_connector_queryfilter::{Filter, parse};
use serde::Deserialize;

#[derive(Deserialize)]
struct Recorded {
    text: String,
    /// Whether the official parser accepts the text.
    ok: bool,
    /// Whether its lexer dropped a character.
    dropped: bool,
    filter: Option<serde_json::Value>,
}

/// The texts that this parser accepts and the official one does not.
const EXTENSIONS: [&str; 11] = [
    "limit 5",
    "a = NULL",
    "a in (NULL)",
    "a between NULL and 1",
    "a = 2021-04-20T12:30:45+01:00",
    "_id = 5",
    "@type = 5",
    "$x = 5",
    "été = 5",
    "aé = 5",
    "名前 = 'x'",
];

fn recorded() -> Vec<Recorded> {
    include_str!("official.jsonl")
        .split_terminator('\n')
        .map(|line| serde_json::from_str(line).expect("a recorded result"))
        .collect()
}

#[test]
fn what_the_official_parser_accepts_gives_the_same_tree() {
    for case in recorded().iter().filter(|case| case.ok && !case.dropped) {
        let filter = parse(&case.text).unwrap_or_else(|error| panic!("{}\n{error}", case.text));
        let tree = serde_json::to_value(&filter).expect("JSON");
        assert_eq!(Some(&tree), case.filter.as_ref(), "{}", case.text);
    }
}

#[test]
fn what_it_refuses_or_drops_characters_from_is_refused_except_for_the_extensions() {
    let accepted: Vec<String> = recorded()
        .into_iter()
        .filter(|case| !case.ok || case.dropped)
        .map(|case| case.text)
        .filter(|text| parse(text).is_ok())
        .collect();
    let mut expected = EXTENSIONS.to_vec();
    expected.sort_unstable();
    let mut accepted: Vec<&str> = accepted.iter().map(String::as_str).collect();
    accepted.sort_unstable();
    assert_eq!(accepted, expected);
}

#[test]
fn recorded_trees_read_back_from_json() {
    for case in recorded().iter().filter(|case| case.ok && !case.dropped) {
        let tree = case.filter.clone().expect("a tree");
        let filter: Filter = serde_json::from_value(tree).expect("a filter");
        assert_eq!(Ok(filter), parse(&case.text), "{}", case.text);
    }
}

#[test]
fn recorded_trees_print_as_text_with_the_same_tree() {
    for case in recorded() {
        if let Ok(filter) = parse(&case.text) {
            assert_eq!(parse(&filter.to_string()), Ok(filter), "{}", case.text);
        }
    }
}
