//! The JSON form of a tree.

use std::thread;

use appflow_connector_queryfilter::ast::Span;
use appflow_connector_queryfilter::{Filter, parse};
use serde_json::{Value, json};

#[track_caller]
fn assert_json(text: &str, expected: &Value) {
    let filter = parse(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(serde_json::to_value(&filter).expect("JSON"), *expected);
    let read: Filter = serde_json::from_value(expected.clone()).expect("a filter");
    assert_eq!(read, filter);
}

#[test]
fn every_kind_of_expression() {
    assert_json(
        "(a or b and not c) limit 10",
        &json!({
            "predicate": {"or": [{"field": "a"}, {"and": [{"field": "b"}, {"not": {"field": "c"}}]}]},
            "limit": 10
        }),
    );
    assert_json("limit 10", &json!({"predicate": null, "limit": 10}));
    assert_json(
        "a between 1 and 2.50",
        &json!({
            "predicate": {"between": {"field": "a", "low": {"number": "1"}, "high": {"number": "2.50"}}},
            "limit": null
        }),
    );
    assert_json(
        "5",
        &json!({"predicate": {"value": {"number": "5"}}, "limit": null}),
    );
}

#[test]
fn every_kind_of_value() {
    assert_json(
        r"a in ('it\'s', -5.0, 2021-04-20, 2021-04-20T12:30:45Z, null)",
        &json!({
            "predicate": {"in": {"field": "a", "values": [
                {"string": "it's"},
                {"number": "-5.0"},
                {"date": "2021-04-20"},
                {"date_time": "2021-04-20T12:30:45Z"},
                "null"
            ]}},
            "limit": null
        }),
    );
}

#[test]
fn every_operator() {
    for op in [">", ">=", "<", "<=", "=", "!=", "contains"] {
        let comparison = json!({"field": "a", "op": op, "value": {"string": "x"}});
        assert_json(
            &format!("a {op} 'x'"),
            &json!({"predicate": {"compare": comparison}, "limit": null}),
        );
    }
    assert_json(
        "a = true",
        &json!({
            "predicate": {"compare": {"field": "a", "op": "=", "value": {"boolean": true}}},
            "limit": null
        }),
    );
}

#[test]
fn spans_are_read_back_empty() {
    let filter: Filter =
        serde_json::from_value(json!({"predicate": {"field": "a"}, "limit": null}))
            .expect("a filter");
    assert_eq!(filter.predicate.expect("a predicate").span, Span::default());
}

fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(512 * 1024);
    thread
        .spawn(work)
        .expect("a thread")
        .join()
        .expect("no panic");
}

#[test]
fn a_hostile_depth_is_refused() {
    on_a_small_stack(|| {
        for (open, close) in [(r#"{"not":"#, "}"), (r#"{"and":["#, "]}")] {
            let (open, close) = (open.repeat(100_000), close.repeat(100_000));
            let text = format!(r#"{{"predicate":{open}{{"field":"a"}}{close},"limit":null}}"#);
            let error = serde_json::from_str::<Filter>(&text).unwrap_err();
            assert!(
                error.to_string().starts_with("recursion limit exceeded"),
                "{error}"
            );
        }
    });
}

#[test]
fn a_filter_of_thirty_levels_is_read_back_and_one_of_128_is_only_written() {
    let nested = |levels: usize| {
        let open = "a or b and (".repeat(levels);
        let close = ")".repeat(levels);
        parse(&format!("{open}c{close}")).expect("a filter")
    };
    on_a_small_stack(move || {
        let written = serde_json::to_string(&nested(30)).expect("JSON");
        let read: Filter = serde_json::from_str(&written).expect("a filter");
        assert_eq!(read, nested(30));

        let written = serde_json::to_string(&nested(128)).expect("JSON");
        assert!(serde_json::from_str::<Filter>(&written).is_err());
    });
}
