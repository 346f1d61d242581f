//! `cargo appflow filter`: what it prints and how it exits.

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

/// What a command prints, if it exits with 0.
#[track_caller]
fn printed(command: &mut Command) -> String {
    let assert = command.assert().success();
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

#[track_caller]
fn complaint(command: &mut Command) -> String {
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
    let complaint = complaint(&mut filter(&["parse", "é = 1;"]));
    assert!(
        complaint.contains("unexpected character `;`"),
        "{complaint}"
    );
    assert!(complaint.contains("é = 1;"), "{complaint}");
}

#[test]
fn parse_reads_one_expression_a_line() {
    let assert = filter(&["parse"])
        .write_stdin("limit 5\r\n\né = ;\n")
        .assert()
        .code(1);
    let answers: Vec<Value> = String::from_utf8(assert.get_output().stdout.clone())
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        answers[0],
        json!({"ok": true, "filter": {"predicate": null, "limit": 5}})
    );
    assert_eq!(answers[1]["error"]["kind"], "empty");
    // Offsets count characters, not bytes.
    assert_eq!(
        answers[2],
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
fn parse_reads_json_strings_too() {
    let answers = printed(filter(&["parse", "--json"]).write_stdin("\"a =\\n 1\"\n"));
    assert_eq!(answers.lines().count(), 1);
    let assert = filter(&["parse", "--json"])
        .write_stdin("a = 1\n")
        .assert()
        .code(1);
    let answer: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(answer["error"]["kind"], "not_a_json_string");
    let assert = filter(&["parse"])
        .write_stdin(b"a = \xff\n".to_vec())
        .assert()
        .code(1);
    let answer: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(answer["error"]["kind"], "not_utf_8");
}

#[test]
fn check_tells_whether_a_filter_fits_an_entity() {
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

    let complaint = complaint(&mut filter(&["check", "citty = 'x'", "--entity", entity]));
    assert!(
        complaint.contains("Airport has no field `citty`; did you mean `city`?"),
        "{complaint}"
    );
    assert!(complaint.contains("─────"), "{complaint}");
}

#[test]
fn an_entity_that_cannot_be_read_is_named_with_the_place() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(
        file.path(),
        r#"{"entity": {"entityIdentifier": "A", "hasNestedEntities": false}, "fields": [{"dataType": "Strin"}]}"#,
    )
    .unwrap();
    let complaint = complaint(&mut filter(&[
        "check",
        "a = 1",
        "--entity",
        file.path().to_str().unwrap(),
    ]));
    assert!(complaint.contains("unknown variant `Strin`"), "{complaint}");
}

#[test]
fn translations_show_the_condition_the_limit_and_what_is_left_over() {
    let airport = airport();
    let entity = airport.path().to_str().unwrap();
    let text = "(city contains '50%' or not elevation = 7) and runways contains '17R' limit 5";
    for (target, expected) in [
        (
            &["soql"][..],
            "\
condition    (city LIKE '%50\\%%' OR (elevation != 7 AND elevation != null))
left over    runways contains \"17R\" limit 5
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
left over    runways contains \"17R\" limit 5
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
fn eval_prints_the_records_that_are_kept() {
    let records = "{\"a\": 9007199254740993}\n\n{\"a\": 9007199254740992}\n{\"a\": null}\n{\"a\": 9007199254740993.0}\n";
    let mut command = filter(&["eval", "a = 9007199254740993", "--records", "-"]);
    let assert = command.write_stdin(records).assert().success();
    let kept = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert_eq!(
        kept,
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
fn eval_names_the_line_that_is_wrong() {
    let assert = filter(&["eval", "a = 1", "--records", "-"])
        .write_stdin("{\"a\": 1}\n{\"a\": \"x\"}\n")
        .assert()
        .failure();
    let complaint = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(complaint.contains("line 2"), "{complaint}");
    assert!(
        complaint.contains("field `a` is not of type BigDecimal"),
        "{complaint}"
    );
}
