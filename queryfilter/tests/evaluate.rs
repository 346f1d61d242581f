//! Which records meet a filter.

mod support;

use appflow_connector_queryfilter::EvaluateError;

use support::{bind, entity, record};

#[track_caller]
fn assert_matches(filter: &str, json: &str, expected: bool) {
    let entity = entity();
    let matches = bind(filter, &entity)
        .matches(&record(json))
        .unwrap_or_else(|error| panic!("{filter}: {error}"));
    assert_eq!(matches, expected, "{filter} on {json}");
}

#[track_caller]
fn assert_holds(filter: &str, json: &str) {
    assert_matches(filter, json, true);
    assert_matches(&format!("not ({filter})"), json, false);
}

#[track_caller]
fn assert_fails(filter: &str, json: &str) {
    assert_matches(filter, json, false);
    assert_matches(&format!("not ({filter})"), json, true);
}

/// Checks that neither the filter nor its negation is true.
#[track_caller]
fn assert_unknown(filter: &str, json: &str) {
    assert_matches(filter, json, false);
    assert_matches(&format!("not ({filter})"), json, false);
}

#[test]
fn numbers_are_exact() {
    assert_holds("count = 9007199254740993", r#"{"count": 9007199254740993}"#);
    assert_fails("count = 9007199254740993", r#"{"count": 9007199254740992}"#);
    assert_holds("b > 0.1", r#"{"b": 0.10000000000000000001}"#);
    assert_holds("b = 1500", r#"{"b": 1.5e3}"#);
    assert_holds("c in (1, 2, 3)", r#"{"c": 2}"#);
    assert_fails("c in (1, 3)", r#"{"c": 2}"#);
}

#[test]
fn between_includes_both_ends() {
    for (value, within) in [
        ("0.9", false),
        ("1", true),
        ("1.5", true),
        ("2.0", true),
        ("2.1", false),
    ] {
        let json = format!(r#"{{"a": {value}}}"#);
        if within {
            assert_holds("a between 1 and 2", &json);
        } else {
            assert_fails("a between 1 and 2", &json);
        }
    }
    // The bounds of a scheduled flow's increment.
    let window = "changed between 2025-08-17T09:53:10.536Z and 2025-08-17T10:05:05.279Z";
    assert_holds(window, r#"{"changed": "2025-08-17T09:53:10.536Z"}"#);
    assert_holds(window, r#"{"changed": "2025-08-17T12:05:05.279+0200"}"#);
    assert_fails(window, r#"{"changed": "2025-08-17T10:05:05.280Z"}"#);
    assert_fails("a between 2 and 1", r#"{"a": 1.5}"#);
}

#[test]
fn parentheses_and_not_matter() {
    let json = r#"{"a": 10, "b": 0, "c": 0}"#;
    assert_fails("(a = 10 or b = 20) and c = 30", json);
    assert_holds("a = 10 or b = 20 and c = 30", json);
    assert_holds("not (b = 20 and a = 10)", json);
}

#[test]
fn dates_and_moments_are_compared_with_each_other() {
    assert_holds("since >= 2021-04-20", r#"{"since": "2021-04-20"}"#);
    assert_holds(
        "since = 2021-04-20T23:00:00-05:00",
        r#"{"since": "2021-04-20"}"#,
    );
    assert_holds(
        "changed >= 2021-04-20",
        r#"{"changed": "2021-04-20T00:00:00Z"}"#,
    );
    assert_fails(
        "changed > 2021-04-20",
        r#"{"changed": "2021-04-20T00:00:00Z"}"#,
    );
    assert_holds(
        "changed = 2021-04-20T12:00:00Z",
        r#"{"changed": "2021-04-20T14:00:00.000+02:00"}"#,
    );
    assert_holds(
        "changed < 2021-04-20T12:00:00.1Z",
        r#"{"changed": "2021-04-20T12:00:00.0999Z"}"#,
    );
}

#[test]
fn text_is_compared_case_sensitively_unless_case_is_ignored() {
    assert_fails("city = 'austin'", r#"{"city": "Austin"}"#);
    assert_holds("city contains 'ust'", r#"{"city": "Austin"}"#);
    assert_holds("city contains ''", r#"{"city": "Austin"}"#);
    assert_fails("city contains '%'", r#"{"city": "Austin"}"#);
    assert_holds("ordered > 'B'", r#"{"ordered": "a"}"#);
    assert_holds("city = '\\t\"é😀'", r#"{"city": "\t\"\u00e9\ud83d\ude00"}"#);

    let entity = entity();
    let matches = |filter, json| {
        bind(filter, &entity)
            .ignoring_case()
            .matches(&record(json))
            .unwrap()
    };
    assert!(matches("city = 'ÉCOLE'", r#"{"city": "école"}"#));
    assert!(matches("city contains 'UST'", r#"{"city": "Austin"}"#));
    assert!(!matches("ordered > 'B'", r#"{"ordered": "a"}"#));
}

#[test]
fn booleans() {
    assert_holds("open", r#"{"open": true}"#);
    assert_fails("open", r#"{"open": false}"#);
    assert_holds("open != TRUE", r#"{"open": false}"#);
    assert_holds("open = 'false'", r#"{"open": false}"#);
}

#[test]
fn contains_finds_elements_of_lists_and_keys_of_maps() {
    assert_holds("tags contains 'new'", r#"{"tags": ["old", "new"]}"#);
    assert_fails("tags contains 'ne'", r#"{"tags": ["old", "new"]}"#);
    assert_holds("tags contains 5", r#"{"tags": [1, 5.0]}"#);
    assert_holds("tags contains '5'", r#"{"tags": [5]}"#);
    assert_holds("tags contains 5", r#"{"tags": ["5"]}"#);
    assert_fails("tags contains 'x'", r#"{"tags": [null, {"x": 1}, ["x"]]}"#);
    assert_holds("extra contains 'key'", r#"{"extra": {"key": null}}"#);
    assert_fails("extra contains 'value'", r#"{"extra": {"key": "value"}}"#);
}

#[test]
fn a_null_or_absent_field_makes_a_test_unknown() {
    for json in [r#"{"a": null, "city": null, "tags": null}"#, "{}"] {
        for filter in [
            "a = 1",
            "a != 1",
            "a > 1",
            "a between 1 and 2",
            "a in (1)",
            "city contains 'x'",
            "tags contains 'x'",
        ] {
            assert_unknown(filter, json);
        }
        assert_holds("a = null", json);
        assert_fails("a != null", json);
        assert_holds("c in (1, null)", json);
        // Unknown and false is false; unknown or true is true.
        assert_fails("a = 1 and city != null", json);
        assert_holds("a = 1 or city = null", json);
        assert_unknown("a = 1 and city = null", json);
        assert_unknown("a = 1 or city != null", json);
    }
    assert_fails("c in (1, null)", r#"{"c": 2}"#);
}

#[test]
fn without_a_predicate_every_record_is_kept() {
    assert_matches("limit 1", r#"{"a": 1}"#, true);
}

#[test]
fn an_unpaired_surrogate_in_a_record_is_a_character_that_nothing_equals() {
    let json = r#"{"city": "a\ud800b", "open": true}"#;
    assert_fails("city = 'a'", json);
    assert_holds("city contains 'b'", json);
    assert_holds("open", json);
}

#[test]
fn an_error_about_a_records_type_names_the_field_and_not_the_value() {
    let entity = entity();
    for (filter, json, field) in [
        ("a = 1", r#"{"a": "canary"}"#, "a"),
        ("a = 1", r#"{"a": 1e1000000000}"#, "a"),
        ("open", r#"{"open": 1}"#, "open"),
        ("city = 'x'", r#"{"city": 5}"#, "city"),
        ("city = 'x'", r#"{"city": ["x"]}"#, "city"),
        ("since = 2021-04-20", r#"{"since": "canary"}"#, "since"),
        (
            "changed = 2021-04-20",
            r#"{"changed": "2021-04-20T00:00:00"}"#,
            "changed",
        ),
        ("tags contains 'x'", r#"{"tags": "x"}"#, "tags"),
        ("extra contains 'x'", r#"{"extra": ["x"]}"#, "extra"),
    ] {
        let error = bind(filter, &entity).matches(&record(json)).unwrap_err();
        let data_type = entity.field(field).unwrap().data_type.as_str();
        assert_eq!(
            error.to_string(),
            format!("the record's field `{field}` is not of type {data_type}")
        );
    }
    let not_json = appflow_connector_model::Record::from_json_unchecked("{".to_owned());
    assert!(matches!(
        bind("open", &entity).matches(&not_json),
        Err(EvaluateError::NotAnObject(_))
    ));
}
