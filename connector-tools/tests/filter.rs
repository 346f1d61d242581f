//! `cargo appflow filter`: output and exit codes.

mod support;

use std::fs;

use assert_cmd::Command;
use serde_json::{Value, json};
use support::cargo_appflow;

fn filter(arguments: &[&str]) -> Command {
    let mut command = cargo_appflow();
    command.arg("filter").args(arguments);
    command
}

/// Returns the standard output of a command that must succeed.
#[track_caller]
fn printed(command: &mut Command) -> String {
    let assert = command.assert().success();
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

#[track_caller]
fn message(command: &mut Command) -> String {
    let assert = command.assert().failure();
    assert!(assert.get_output().stdout.is_empty());
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

fn airport() -> tempfile::NamedTempFile {
    let definition = json!({
        "isSuccess": true,
        "entityDefinition": {
            "entity": {"entityIdentifier": "Airport", "hasNestedEntities": false},
            "fields": [
                {"fieldName": "city", "dataType": "String"},
                {"fieldName": "elevation", "dataType": "Integer"},
                {"fieldName": "runways", "dataType": "List"},
            ],
        },
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), definition.to_string()).unwrap();
    file
}

#[test]
fn parse_prints_the_tree() {
    let tree: Value =
        serde_json::from_str(&printed(&mut filter(&["parse", "a = 1 limit 5"]))).unwrap();
    let expected = json!({"predicate": {"compare": {"field": "a", "op": "=", "value": {"number": "1"}}}, "limit": 5});
    assert_eq!(tree, expected);
}

#[test]
fn parse_underlines_an_error() {
    let message = message(&mut filter(&["parse", "é = 1;"]));
    assert!(message.contains("unexpected character `;`"), "{message}");
    assert!(message.contains("é = 1;"), "{message}");
}

#[test]
fn parse_reads_one_expression_per_line() {
    let assert = filter(&["parse"])
        .write_stdin("limit 5\r\n\né = ;\n")
        .assert()
        .code(1);
    let outcomes: Vec<Value> = String::from_utf8(assert.get_output().stdout.clone())
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        outcomes[0],
        json!({"ok": true, "filter": {"predicate": null, "limit": 5}})
    );
    assert_eq!(outcomes[1]["error"]["kind"], "empty");
    // Offsets count characters, not bytes.
    assert_eq!(
        outcomes[2],
        json!({"ok": false, "error": {
            "kind": "illegal_character",
            "message": "column 5: unexpected character `;`\n  é = ;\n      ^",
            "start": 4,
            "end": 5,
        }})
    );
    filter(&["parse"])
        .write_stdin("a = 1\nb\n")
        .assert()
        .success();
}

#[test]
fn parse_reads_json_strings() {
    let outcomes = printed(filter(&["parse", "--json"]).write_stdin("\"a =\\n 1\"\n"));
    assert_eq!(outcomes.lines().count(), 1);
    let assert = filter(&["parse", "--json"])
        .write_stdin("a = 1\n")
        .assert()
        .code(1);
    let outcome: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(outcome["error"]["kind"], "not_a_json_string");
    let assert = filter(&["parse"])
        .write_stdin(b"a = \xff\n".to_vec())
        .assert()
        .code(1);
    let outcome: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(outcome["error"]["kind"], "not_utf_8");
}

#[test]
fn check_accepts_a_valid_filter_and_underlines_an_error() {
    let airport = airport();
    let entity = airport.path().to_str().unwrap();
    let shown = printed(&mut filter(&[
        "check",
        "not (city = 'x' or elevation > 5.0)",
        "--entity",
        entity,
    ]));
    assert!(
        shown.starts_with("city != \"x\" and elevation <= 5\n"),
        "{shown}"
    );

    let message = message(&mut filter(&["check", "citty = 'x'", "--entity", entity]));
    assert!(
        message.contains("Airport has no field `citty`; did you mean `city`?"),
        "{message}"
    );
    assert!(message.contains("─────"), "{message}");
}

#[test]
fn an_invalid_entity_definition_is_reported_with_the_value() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(
        file.path(),
        r#"{"entity": {"entityIdentifier": "A", "hasNestedEntities": false}, "fields": [{"dataType": "Strin"}]}"#,
    )
    .unwrap();
    let message = message(&mut filter(&[
        "check",
        "a = 1",
        "--entity",
        file.path().to_str().unwrap(),
    ]));
    assert!(message.contains("unknown variant `Strin`"), "{message}");
}

#[test]
fn translations_show_the_condition_the_limit_and_the_residual() {
    let airport = airport();
    let entity = airport.path().to_str().unwrap();
    let text = "(city contains '50%' or not elevation = 7) and runways contains '17R' limit 5";
    for (target, expected) in [
        (
            &["soql"][..],
            "\
condition    (city LIKE '%50\\%%' OR (elevation != 7 AND elevation != null))
residual     runways contains \"17R\" limit 5
",
        ),
        (
            &["odata"],
            "\
condition    ((contains(city,'50%') or (elevation ne 7 and elevation ne null)) and runways/any(e:e eq '17R'))
limit        5
",
        ),
        (
            &["sql", "--dialect", "postgres"],
            "\
condition    \"city\" LIKE $1 ESCAPE '!' OR \"elevation\" <> $2
parameter 1  \"%50!%%\"
parameter 2  7
residual     runways contains \"17R\" limit 5
",
        ),
    ] {
        let arguments = [target, &[text, "--entity", entity]].concat();
        assert_eq!(printed(&mut filter(&arguments)), expected, "{target:?}");
    }
}

#[test]
fn without_an_entity_a_field_has_the_type_of_its_values() {
    assert_eq!(
        printed(&mut filter(&[
            "sql",
            "--dialect",
            "sqlite",
            "a > 0.5 and b = 'x' and c"
        ])),
        "\
condition    \"a\" > ? AND (\"b\" = ? AND \"c\" = ?)
parameter 1  0.5
parameter 2  \"x\"
parameter 3  true
"
    );
}

#[test]
fn eval_prints_the_records_that_match() {
    let records = "{\"a\": 9007199254740993}\n\n{\"a\": 9007199254740992}\n{\"a\": null}\n{\"a\": 9007199254740993.0}\n";
    let mut command = filter(&["eval", "a = 9007199254740993", "--records", "-"]);
    let assert = command.write_stdin(records).assert().success();
    let matching = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert_eq!(
        matching,
        "{\"a\": 9007199254740993}\n{\"a\": 9007199254740993.0}\n"
    );
    assert_eq!(
        String::from_utf8_lossy(&assert.get_output().stderr),
        "2 of 4 records\n"
    );

    let limited = printed(filter(&["eval", "limit 1", "--records", "-"]).write_stdin(records));
    assert_eq!(limited.lines().count(), 1);
}

#[test]
fn eval_reports_the_line_of_an_error() {
    let assert = filter(&["eval", "a = 1", "--records", "-"])
        .write_stdin("{\"a\": 1}\n{\"a\": \"x\"}\n")
        .assert()
        .failure();
    let message = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(message.contains("line 2"), "{message}");
    assert!(
        message.contains("field `a` is not of type BigDecimal"),
        "{message}"
    );
}
