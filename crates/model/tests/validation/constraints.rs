//! Length, range, allowed values and pattern.

use appflow_connector_model::validation::ViolationKind;
use appflow_connector_model::{FieldConstraints, FieldDataType as Type, RangeConstraint};

use crate::{constrained, kinds, validate_value};

fn range(min: &str, max: &str) -> RangeConstraint {
    RangeConstraint {
        min_range: min.parse().unwrap(),
        max_range: max.parse().unwrap(),
    }
}

#[track_caller]
fn assert_constraint(
    data_type: Type,
    constraints: &FieldConstraints,
    kind: ViolationKind,
    valid: &[&str],
    invalid: &[&str],
) {
    for value in valid {
        let result = validate_value(constrained(data_type, constraints.clone()), value);
        assert!(result.is_ok(), "{value}: {result:?}");
    }
    for value in invalid {
        let found = kinds(validate_value(
            constrained(data_type, constraints.clone()),
            value,
        ));
        assert_eq!(found, [("$.f".to_owned(), kind)], "{value}");
    }
}

#[test]
fn a_length_is_in_characters_bytes_or_items() {
    let two_or_three = FieldConstraints::builder()
        .allowed_length_range(range("2", "3"))
        .build();
    let check = |data_type, valid: &[&str], invalid: &[&str]| {
        assert_constraint(
            data_type,
            &two_or_three,
            ViolationKind::Length,
            valid,
            invalid,
        );
    };
    check(
        Type::String,
        &[r#""éé""#, r#""a\nb""#, "null"],
        &[r#""é""#, r#""abcd""#],
    );
    check(
        Type::ByteArray,
        &[r#""YWI=""#],
        &[r#""YQ==""#, r#""YWJjZA==""#],
    );
    check(Type::List, &["[1,2]", "[[],{},null]"], &["[]", "[1,2,3,4]"]);
    let result = validate_value(constrained(Type::String, two_or_three), r#""abcd""#);
    assert_eq!(
        result.unwrap_err().to_string(),
        "$.f: has 4 characters, expected 2 to 3"
    );
}

#[test]
fn a_range_is_exact() {
    let constraints = FieldConstraints::builder()
        .allowed_value_range(range("0.1", "123456789012345678901234567890"))
        .build();
    assert_constraint(
        Type::BigDecimal,
        &constraints,
        ViolationKind::ValueRange,
        &[
            "0.1",
            "1e-1",
            "0.10000000000000000001",
            "123456789012345678901234567890.0",
        ],
        &[
            "0.09999999999999999999",
            "-1",
            "123456789012345678901234567890.0000000001",
            "1e400",
            &"1".repeat(1_001),
        ],
    );
}

#[test]
fn a_value_is_one_of_those_allowed() {
    let allowed = |values: &[&str]| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        FieldConstraints::builder().allowed_values(values).build()
    };
    let kind = ViolationKind::AllowedValues;
    let letters = allowed(&["A", "é"]);
    assert_constraint(
        Type::String,
        &letters,
        kind,
        &[r#""A""#, r#""\u00e9""#, "null"],
        &[r#""a""#, r#""""#],
    );
    let numbers = allowed(&["1", "2.50"]);
    assert_constraint(
        Type::Double,
        &numbers,
        kind,
        &["1", "1.0", "2.5", "25e-1"],
        &["2", "-1"],
    );
    assert_constraint(
        Type::Boolean,
        &allowed(&["true"]),
        kind,
        &["true"],
        &["false"],
    );

    let result = validate_value(constrained(Type::String, letters), r#""canary""#);
    assert_eq!(
        result.unwrap_err().to_string(),
        "$.f: expected one of: A, é"
    );
}

#[test]
fn the_items_of_a_list_are_checked_one_by_one() {
    let constraints = FieldConstraints::builder()
        .allowed_values(vec!["A".to_owned(), "B".to_owned()])
        .allowed_values_regex_pattern("[A-Z]+")
        .build();
    let result = validate_value(
        constrained(Type::List, constraints),
        r#"["A","b",null,["x"],"C"]"#,
    );
    assert_eq!(
        kinds(result),
        [
            ("$.f[1]".to_owned(), ViolationKind::AllowedValues),
            ("$.f[1]".to_owned(), ViolationKind::Pattern),
            ("$.f[4]".to_owned(), ViolationKind::AllowedValues),
        ]
    );
}

fn pattern(pattern: &str) -> FieldConstraints {
    FieldConstraints::builder()
        .allowed_values_regex_pattern(pattern)
        .build()
}

#[test]
fn a_pattern_matches_the_whole_text() {
    let kind = ViolationKind::Pattern;
    assert_constraint(
        Type::String,
        &pattern("[A-Z]{3}"),
        kind,
        &[r#""AUS""#, "null"],
        &[r#""AUST""#, r#""aAUS""#, r#""AUS\n""#],
    );
    assert_constraint(
        Type::String,
        &pattern("a|b"),
        kind,
        &[r#""a""#, r#""b""#],
        &[r#""ax""#, r#""xb""#],
    );
    assert_constraint(Type::Integer, &pattern("[0-9]{2}"), kind, &["42"], &["421"]);
}

#[test]
fn a_pattern_that_cannot_be_read_is_reported() {
    for unreadable in [
        "[",
        "a)|(b",
        r"(?=a)b",
        r"(a)\1",
        r"\p{L}",
        "a{1000}{1000}",
        &"(".repeat(1_000),
    ] {
        let found = kinds(validate_value(
            constrained(Type::String, pattern(unreadable)),
            r#""a""#,
        ));
        assert_eq!(
            found,
            [("$.f".to_owned(), ViolationKind::UnreadablePattern)],
            "{unreadable}"
        );
    }
}
