//! Each type, by JSON that is of it and JSON that is not.

use appflow_connector_model::FieldDataType::{self as Type};
use appflow_connector_model::validation::{Purpose, Validator, ViolationKind};

use crate::{entity, field, kinds, record, validate, validate_value};

#[track_caller]
fn assert_valid(data_type: Type, values: &[&str]) {
    for value in values {
        let result = validate_value(field("f", data_type), value);
        assert!(result.is_ok(), "{data_type:?} {value}: {result:?}");
    }
}

#[track_caller]
fn assert_wrong_type(data_type: Type, values: &[&str]) {
    for value in values {
        let found = kinds(validate_value(field("f", data_type), value));
        assert_eq!(
            found,
            [("$.f".to_owned(), ViolationKind::WrongType)],
            "{data_type:?} {value}"
        );
    }
}

#[test]
fn texts_and_booleans() {
    assert_valid(Type::String, &[r#""""#, r#""a\u0000b""#, "null"]);
    assert_wrong_type(Type::String, &["1", "true", "[]", "{}"]);
    assert_valid(Type::Boolean, &["true", "false", "null"]);
    assert_wrong_type(Type::Boolean, &["0", r#""true""#, "[true]"]);
}

#[test]
fn whole_numbers() {
    assert_valid(Type::Short, &["-32768", "32767", "5.0", "-0"]);
    assert_wrong_type(Type::Short, &["32768", "5.1", "5e1", r#""5""#, "true"]);
    assert_valid(Type::Integer, &["-2147483648", "2147483647"]);
    assert_wrong_type(Type::Integer, &["2147483648"]);
    assert_valid(Type::Long, &["-9223372036854775808", "9223372036854775807"]);
    assert_wrong_type(Type::Long, &["9223372036854775808"]);
    assert_valid(
        Type::BigInteger,
        &["9223372036854775808", &"9".repeat(5_000)],
    );
    assert_wrong_type(Type::BigInteger, &["1.5", r#""1""#]);
}

#[test]
fn decimal_numbers() {
    for data_type in [Type::Float, Type::Double, Type::BigDecimal] {
        assert_valid(data_type, &["0", "-1.5", "1e-7", "0.10000000000000000001"]);
        assert_wrong_type(data_type, &[r#""1.5""#, "true", "{}"]);
    }
}

#[test]
fn dates_may_have_an_offset() {
    assert_valid(
        Type::Date,
        &[
            r#""2023-12-03""#,
            r#""2024-02-29""#,
            r#""2023-12-03Z""#,
            r#""2023-12-03+01:00""#,
        ],
    );
    assert_wrong_type(
        Type::Date,
        &[
            r#""2023-02-29""#,
            r#""2023-13-01""#,
            r#""20231203""#,
            r#""2023-12-03T10:15:30Z""#,
            r#""2023-12-03+1""#,
            r#""2023-12-03 ""#,
            r#""é023-12-03""#,
            r#""""#,
            "20231203",
        ],
    );
}

#[test]
fn dates_and_times_may_lack_an_offset() {
    assert_valid(
        Type::DateTime,
        &[
            r#""2023-12-03T10:15:30Z""#,
            r#""2023-12-03T10:15:30.123456789+01:00""#,
            r#""2023-12-03T10:15:30""#,
            r#""2023-12-03T10:15""#,
            r#""2023-12-03T10:15:30+01:00[Europe/Paris]""#,
        ],
    );
    assert_wrong_type(
        Type::DateTime,
        &[
            r#""2023-12-03""#,
            r#""2023-02-30T10:15:30Z""#,
            r#""2023-12-03T25:15:30Z""#,
            r#""10:15:30Z""#,
            "1701598530",
        ],
    );
}

#[test]
fn offsets_can_be_required() {
    let definition = entity(vec![
        field("date", Type::Date),
        field("time", Type::DateTime),
    ]);
    let validator = Validator::new(&definition, Purpose::Read).require_offsets();
    let good = record(r#"{"date":"2023-12-03","time":"2023-12-03T10:15:30+0100"}"#);
    assert!(validator.validate(&good).is_ok());
    let bad = record(r#"{"date":"2023-12-03Z","time":"2023-12-03T10:15:30"}"#);
    assert_eq!(
        validator.validate(&bad).unwrap_err().to_string(),
        "$.date: expected a date such as \"2023-12-03\", found a string; \
         $.time: expected a date and time with an offset such as \"2023-12-03T10:15:30Z\", found a string"
    );
}

#[test]
fn bytes_are_base64_with_padding() {
    assert_valid(Type::ByteArray, &[r#""""#, r#""YQ==""#, r#""+/8=""#]);
    assert_wrong_type(
        Type::ByteArray,
        &[r#""YQ""#, r#""-_8=""#, r#""a b""#, "[97]"],
    );
}

#[test]
fn nested_values_may_hold_anything() {
    for data_type in [Type::Struct, Type::Map] {
        assert_valid(data_type, &["{}", r#"{"a":[{"b":null}],"c":{"d":1}}"#]);
        assert_wrong_type(data_type, &["[]", r#""{}""#]);
    }
    assert_valid(Type::List, &["[]", r#"[1,"a",null,{"b":[[]]}]"#]);
    assert_wrong_type(Type::List, &["{}", r#""[]""#]);
}

#[test]
fn what_is_not_an_object_is_malformed() {
    for text in [
        "",
        "null",
        "[]",
        "1",
        r#""{}""#,
        "{",
        "{} {}",
        r#"{"f":}"#,
        r#"{"f":1e}"#,
    ] {
        let found = kinds(validate(
            vec![field("f", Type::String)],
            Purpose::Read,
            text,
        ));
        assert_eq!(
            found,
            [("$".to_owned(), ViolationKind::Malformed)],
            "{text}"
        );
    }
}

#[test]
fn all_violations_are_found_with_their_paths() {
    let fields = vec![field("age", Type::Integer), field("is open", Type::Boolean)];
    let result = validate(
        fields,
        Purpose::Read,
        r#"{"age":"secret-1","is open":1.5,"canary":"secret-2"}"#,
    );
    assert_eq!(
        result.unwrap_err().to_string(),
        "$.age: expected a whole number of 32 bits, found a string; \
         $.canary: Airport has no such field; \
         $[\"is open\"]: expected `true` or `false`, found a number"
    );
}

#[test]
fn a_value_can_be_checked_alone() {
    let definition = entity(vec![field("age", Type::Integer)]);
    let validator = Validator::new(&definition, Purpose::Read);
    assert_eq!(validator.validate_value("age", " 7 "), Ok(()));
    assert_eq!(validator.validate_value("age", "null"), Ok(()));
    for (name, json, kind) in [
        ("age", "true", ViolationKind::WrongType),
        ("age", "7 7", ViolationKind::Malformed),
        ("age", "", ViolationKind::Malformed),
        ("canary", "7", ViolationKind::UnknownField),
    ] {
        let found = kinds(validator.validate_value(name, json));
        assert_eq!(found, [(format!("$.{name}"), kind)], "{json}");
    }
}
