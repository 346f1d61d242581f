//! Which filters fit an entity, and the messages for those that do not.

mod support;

use appflow_connector_model::{ConnectorError, ConnectorOperator, ErrorCode};
use appflow_connector_queryfilter::ast::{Expr, ExprKind, Field, Span};
use appflow_connector_queryfilter::bound::{self, TestKind, TypedValue};
use appflow_connector_queryfilter::{BindErrorKind, BoundFilter, Filter, Parser, parse};

use support::{bind, entity};

/// Returns the only test of a filter.
#[track_caller]
fn test_of(filter: &str) -> TestKind {
    let entity = entity();
    match bind(filter, &entity).predicate() {
        Some(bound::Expr::Test(test)) => test.kind.clone(),
        other => panic!("{filter}: {other:?}"),
    }
}

#[track_caller]
fn assert_value(text: &str, expected: &str) {
    let TestKind::Compare { value, .. } = test_of(text) else {
        panic!("{text}: no comparison");
    };
    let shown = match value {
        TypedValue::Text(text) => format!("text {text}"),
        TypedValue::Number(number) => format!("number {number}"),
        TypedValue::Boolean(boolean) => format!("boolean {boolean}"),
        TypedValue::Date(date) => format!("date {date}"),
        TypedValue::DateTime(moment) => format!("moment {moment}"),
    };
    assert_eq!(shown, expected, "{text}");
}

#[track_caller]
fn assert_refused(text: &str, message: &str) {
    let entity = entity();
    let error = parse(text)
        .unwrap_or_else(|error| panic!("{error}"))
        .bind(&entity)
        .unwrap_err();
    assert_eq!(error.with_text(text).to_string(), message, "{text}");
}

#[track_caller]
fn refusal(text: &str) -> BindErrorKind {
    let entity = entity();
    let error = parse(text)
        .unwrap_or_else(|error| panic!("{error}"))
        .bind(&entity)
        .unwrap_err();
    error.kind().clone()
}

#[test]
fn values_take_the_type_of_their_field() {
    for (text, value) in [
        ("a = 5", "number 5"),
        ("a = -5.50", "number -5.50"),
        ("a = \"-5.50\"", "number -5.50"),
        (
            "b = 0.100000000000000000000000000001",
            "number 0.100000000000000000000000000001",
        ),
        ("c = 5.0", "number 5"),
        ("count = 9007199254740993", "number 9007199254740993"),
        (
            "count = '123456789012345678901234567890'",
            "number 123456789012345678901234567890",
        ),
        ("city = 'x'", "text x"),
        ("city = 5.50", "text 5.50"),
        ("city = 2021-04-20", "text 2021-04-20"),
        ("city = TRUE", "text true"),
        ("city = ''", "text "),
        ("open = True", "boolean true"),
        ("open = 'FALSE'", "boolean false"),
        ("since = 2021-04-20", "date 2021-04-20"),
        ("since = '2021-04-20'", "date 2021-04-20"),
        ("since = 2021-04-20T23:30:00-05:00", "date 2021-04-20"),
        ("since = 2021-04-20T24:00:00Z", "date 2021-04-21"),
        (
            "changed = 2021-04-20T12:30:45.5+01:00",
            "moment 2021-04-20T11:30:45.5Z",
        ),
        (
            "changed = '2021-04-20T12:30:45Z'",
            "moment 2021-04-20T12:30:45Z",
        ),
        ("changed = 2021-04-20", "moment 2021-04-20T00:00:00Z"),
    ] {
        assert_value(text, value);
    }
}

#[test]
fn a_value_of_another_type_is_refused() {
    for (text, field, found) in [
        // Query text in place of a number, which the official example inserts into its query.
        (
            r#"a > "0 OR IsDeleted = true""#,
            "a",
            "0 OR IsDeleted = true",
        ),
        ("a = 'x'", "a", "x"),
        ("a = ''", "a", ""),
        ("a = '1e5'", "a", "1e5"),
        ("a = ' 5'", "a", " 5"),
        ("a = '5.'", "a", "5."),
        ("a = '+5'", "a", "+5"),
        ("a = true", "a", "true"),
        ("a = 2021-04-20", "a", "2021-04-20"),
        ("c = 5.5", "c", "5.5"),
        ("c in (1, 2, 'x')", "c", "x"),
        ("open = 1", "open", "1"),
        ("open = 'yes'", "open", "yes"),
        ("since = 5", "since", "5"),
        ("since = 'TODAY'", "since", "TODAY"),
        (
            "since between 2021-04-20 and '2021-04-20 OR 1=1'",
            "since",
            "2021-04-20 OR 1=1",
        ),
        (
            "changed > '2021-04-20T12:30:45'",
            "changed",
            "2021-04-20T12:30:45",
        ),
    ] {
        let entity = entity();
        let data_type = entity.field(field).unwrap().data_type;
        let expected = BindErrorKind::WrongType {
            field: field.to_owned(),
            data_type,
            found: found.to_owned(),
        };
        assert_eq!(refusal(text), expected, "{text}");
    }
    assert_refused(
        "city = 'x' and c = 5.5",
        "\
column 20: field `c` is of type Integer and does not support this comparison with `5.5`
  city = 'x' and c = 5.5
                     ^^^",
    );
}

#[test]
fn an_invalid_date_is_refused() {
    for found in [
        "2021-02-29",
        "2021-04-31",
        "2021-04-00",
        "2021-04-20T24:00:01Z",
        "2021-04-20T00:00:00.0000000001Z",
    ] {
        for field in ["since", "changed"] {
            let kind = refusal(&format!("{field} = {found}"));
            assert_eq!(
                kind,
                BindErrorKind::InvalidDate {
                    found: found.to_owned()
                },
                "{field}"
            );
        }
    }
    assert_refused(
        "since = 2021-02-30",
        "\
column 9: `2021-02-30` is not a valid date
  since = 2021-02-30
          ^^^^^^^^^^",
    );
    assert_refused(
        "changed = 2021-04-20T24:00:01Z",
        "\
column 11: `2021-04-20T24:00:01Z` is not a valid date-time
  changed = 2021-04-20T24:00:01Z
            ^^^^^^^^^^^^^^^^^^^^",
    );
    // For a field of text it is text.
    assert_value("city = 2021-02-29", "text 2021-02-29");
}

#[test]
fn a_number_of_a_mebibyte_is_refused_at_once() {
    let digits = "9".repeat((1 << 20) - 10);
    assert_eq!(
        refusal(&format!("a = {digits}")),
        BindErrorKind::TooManyDigits
    );
    assert_eq!(
        refusal(&format!("a = '{digits}'")),
        BindErrorKind::TooManyDigits
    );
}

#[test]
fn unknown_fields_come_with_the_nearest_name() {
    assert_refused(
        "Changed > 2021-04-20",
        "\
column 1: Thing has no field `Changed`; did you mean `changed`?
  Changed > 2021-04-20
  ^^^^^^^",
    );
    assert_refused(
        "a = 1 or adress = null",
        "\
column 10: Thing has no field `adress`; did you mean `address`?
  a = 1 or adress = null
           ^^^^^^",
    );
    assert_refused(
        "IsDeleted = true",
        "\
column 1: Thing has no field `IsDeleted`
  IsDeleted = true
  ^^^^^^^^^",
    );
}

#[test]
fn the_field_must_support_the_operator() {
    assert_refused(
        "city > 'x'",
        "\
column 1: field `city` does not support `>`; supported operators: `contains`, `=`, `!=`
  city > 'x'
  ^^^^",
    );
    for (text, operator) in [
        ("city < 'x'", ConnectorOperator::LessThan),
        ("city between 'a' and 'b'", ConnectorOperator::Between),
        ("a contains 5", ConnectorOperator::Contains),
        ("open >= 'true'", ConnectorOperator::GreaterThanOrEqualTo),
        ("since != 2021-04-20", ConnectorOperator::NotEqualTo),
        ("tags = 'x'", ConnectorOperator::EqualTo),
        ("tags in ('x')", ConnectorOperator::EqualTo),
    ] {
        let BindErrorKind::OperatorNotSupported {
            operator: missing, ..
        } = refusal(text)
        else {
            panic!("{text}");
        };
        assert_eq!(missing, operator, "{text}");
    }
    assert_refused(
        "secret = 'x'",
        "\
column 1: field `secret` cannot be used in filters
  secret = 'x'
  ^^^^^^",
    );
    for name in ["secret", "bytes", "address"] {
        assert_eq!(
            refusal(&format!("{name} = 'x'")),
            BindErrorKind::NotFilterable {
                field: name.to_owned()
            }
        );
    }
}

#[test]
fn between_needs_both_bounds_and_in_needs_equality() {
    // Numbers do not support BETWEEN, but the two operators that together mean the same.
    assert!(matches!(
        test_of("a between 1 and 2"),
        TestKind::Between { negated: false, .. }
    ));
    assert!(matches!(
        test_of("since between 2021-04-20 and 2021-04-21"),
        TestKind::Between { .. }
    ));
    assert!(matches!(
        test_of("city in ('x', 5)"),
        TestKind::In { negated: false, .. }
    ));
}

#[test]
fn null_is_a_test_of_its_own() {
    assert_eq!(test_of("city = null"), TestKind::Null { negated: false });
    assert_eq!(test_of("city != null"), TestKind::Null { negated: true });
    assert_eq!(test_of("not city = NULL"), TestKind::Null { negated: true });
    assert_eq!(test_of("city in (null)"), TestKind::Null { negated: false });

    let entity = entity();
    assert_eq!(
        bind("c in (1, null)", &entity),
        bind("c in (1) or c = null", &entity)
    );
    assert_eq!(
        bind("not c in (1, null)", &entity),
        bind("not c in (1) and c != null", &entity)
    );

    assert_refused(
        "a > null",
        "\
column 5: field `a` cannot be compared with null here; null is allowed after `=` and `!=` and in IN lists
  a > null
      ^^^^",
    );
    for text in [
        "a > null",
        "a between null and 1",
        "a between 1 and null",
        "city contains null",
    ] {
        assert!(
            matches!(refusal(text), BindErrorKind::NullNotComparable { .. }),
            "{text}"
        );
    }
}

#[test]
fn a_name_or_value_without_a_comparison() {
    let kind = TestKind::Compare {
        op: bound::CompareOp::Equal,
        value: TypedValue::Boolean(true),
    };
    assert_eq!(test_of("open"), kind);
    assert_refused(
        "city",
        "\
column 1: field `city` is of type String; only a Boolean field is a condition without a comparison
  city
  ^^^^",
    );
    assert_refused(
        "open and 5",
        "\
column 10: a value is not a condition; compare a field with it
  open and 5
           ^",
    );
}

#[test]
fn not_moves_to_the_tests() {
    let entity = entity();
    for (text, without_not) in [
        ("not (a = 1 and b > 2)", "a != 1 or b <= 2"),
        ("not (a = 1 or not b >= 2)", "a != 1 and b >= 2"),
        ("not not (a < 1 or c <= 2)", "a < 1 or c <= 2"),
        (
            "a = 1 and not (b = 2 or c = 3)",
            "a = 1 and b != 2 and c != 3",
        ),
        ("not open", "open != true"),
    ] {
        assert_eq!(bind(text, &entity), bind(without_not, &entity), "{text}");
    }
    assert!(matches!(
        test_of("not a between 1 and 2"),
        TestKind::Between { negated: true, .. }
    ));
    assert!(matches!(
        test_of("not a in (1)"),
        TestKind::In { negated: true, .. }
    ));
    assert!(matches!(
        test_of("not city contains 'x'"),
        TestKind::Contains { negated: true, .. }
    ));
}

#[test]
fn an_expression_that_is_absent_or_blank_keeps_every_record() {
    let entity = entity();
    for expression in [None, Some(""), Some("  \n")] {
        assert!(
            BoundFilter::from_expression(expression, &entity)
                .unwrap()
                .is_empty()
        );
    }
    assert_eq!(
        BoundFilter::from_expression(Some("limit 7"), &entity)
            .unwrap()
            .limit(),
        Some(7)
    );
}

#[test]
fn errors_map_to_invalid_argument() {
    let entity = entity();
    let message = |text| {
        let error = BoundFilter::from_expression(Some(text), &entity).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        error.message().to_owned()
    };
    assert_eq!(
        message("a = "),
        "\
filterExpression: column 5: expected a value, TRUE or FALSE after `=`, but the filter ends here
  a = 
      ^"
    );
    assert_eq!(
        message("a = 'x'"),
        "\
filterExpression: column 5: field `a` is of type Double and does not support this comparison with `x`
  a = 'x'
      ^^^"
    );
    let without_text = parse("a = 'x'").unwrap().bind(&entity).unwrap_err();
    assert_eq!(without_text.span(), Span { start: 4, end: 7 });
    assert_eq!(
        ConnectorError::from(without_text).message(),
        "filterExpression: field `a` is of type Double and does not support this comparison with `x`"
    );
}

#[test]
fn the_fields_of_a_filter_come_once_each() {
    let entity = entity();
    let filter = bind("c = 1 or (a = 2 and c = 3) or not open", &entity);
    let names: Vec<&str> = filter
        .fields()
        .iter()
        .map(|field| field.field_name.as_str())
        .collect();
    assert_eq!(names, ["c", "a", "open"]);
}

#[test]
fn trees_built_by_hand_are_checked() {
    let entity = entity();
    let bind = |kind: ExprKind| {
        let filter = Filter {
            predicate: Some(Expr::from(kind)),
            limit: None,
        };
        filter
            .bind(&entity)
            .map(|_| ())
            .map_err(|error| error.kind().clone())
    };
    assert_eq!(bind(ExprKind::And(vec![])), Err(BindErrorKind::NoOperands));
    assert_eq!(
        bind(ExprKind::Or(vec![
            ExprKind::Field(Field::from("open")).into()
        ])),
        Ok(())
    );

    let mut deep = ExprKind::Field(Field::from("open"));
    for _ in 0..512 {
        deep = ExprKind::Not(Box::new(deep.into()));
    }
    assert_eq!(bind(deep.clone()), Ok(()));
    deep = ExprKind::Not(Box::new(deep.into()));
    assert_eq!(bind(deep), Err(BindErrorKind::TooDeep { limit: 513 }));
}

#[test]
fn what_parses_is_never_too_deep_to_bind() {
    let open = "open or open and (".repeat(255);
    let close = ")".repeat(255);
    let text = format!("{open}open or open and open{close}");
    let filter = Parser::new().max_nesting(255).parse(&text).unwrap();
    assert!(filter.bind(&entity()).is_ok());
}

#[test]
fn a_bound_filter_is_shown_as_a_filter_that_means_the_same() {
    let entity = entity();
    for (text, shown) in [
        (
            "not (a = 1 and city contains 'x' or c in (1, null)) limit 5",
            r#"(a != 1 or not city contains "x") and not c in (1) and c != null limit 5"#,
        ),
        (
            "open or not a between 1 and '2.0'",
            "open = true or not a between 1 and 2.0",
        ),
        (
            "changed > 2021-04-20 and since = 2021-04-20",
            "changed > 2021-04-20T00:00:00Z and since = 2021-04-20",
        ),
        (
            "tags contains 5 or extra contains 'x' or city = null",
            r#"tags contains 5 or extra contains "x" or city = null"#,
        ),
    ] {
        let bound = bind(text, &entity);
        assert_eq!(bound.to_string(), shown);
        assert_eq!(bind(shown, &entity), bound);
    }
}

// Found by fuzzing: the text had an operator that the field does not support.
#[test]
fn a_bound_filter_is_shown_with_its_fields_operators() {
    let entity = entity();
    for (text, shown) in [
        (
            "not changed = 2021-04-20",
            "not changed = 2021-04-20T00:00:00Z",
        ),
        ("not changed = null", "not changed = null"),
        (
            "not changed in (2021-04-20, null)",
            "not changed in (2021-04-20T00:00:00Z) and not changed = null",
        ),
        (
            "not changed < 2021-04-20",
            "changed >= 2021-04-20T00:00:00Z",
        ),
    ] {
        let bound = bind(text, &entity);
        assert_eq!(bound.to_string(), shown);
        assert_eq!(bind(shown, &entity), bound);
    }
}

#[test]
fn a_long_list_is_divided_and_no_value_is_in_two_parts() {
    let entity = entity();
    let parts = |text: &str, max_bytes| {
        let parts = bind(text, &entity).ignoring_case().parts(max_bytes);
        parts
            .iter()
            .map(|part| part.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        parts("city in ('a', 'B', 'A', 'cc') and c in (1) limit 5", 2),
        [
            r#"city in ("a", "B") and c in (1) limit 5"#,
            r#"city in ("cc") and c in (1) limit 5"#
        ]
    );
    assert_eq!(
        parts("a in (5, 5.0, 50, 7)", 1),
        ["a in (5)", "a in (50)", "a in (7)"]
    );
    assert_eq!(
        parts("city in ('longer than that')", 1),
        [r#"city in ("longer than that")"#]
    );
    // None of these has a list that every record must meet.
    for whole in [
        "c in (1, 2) or open = true",
        "not c in (1, 2)",
        "c in (1, 2) or c = null",
        "open = true",
        "limit 5",
    ] {
        assert_eq!(parts(whole, 1), [whole]);
    }
}

#[test]
fn a_filter_is_divided_until_its_parts_fit() {
    let entity = entity();
    let long = "x".repeat(20);
    let text = format!("city in ('a', '{long}', 'b', 'c') and c in (1, 2)");
    let mut asked = Vec::new();
    let mut divide = |limit: usize| {
        asked.clear();
        let parts = bind(&text, &entity).parts_that_fit(|part| {
            asked.push(part.to_string());
            part.to_string().len() <= limit
        });
        let parts = parts.map(|parts| parts.iter().map(|part| part.to_string()).collect());
        (parts.unwrap_or_default(), asked.clone())
    };

    let whole = bind(&text, &entity).to_string();
    assert_eq!(
        divide(whole.len()),
        (vec![whole.clone()], vec![whole.clone()])
    );

    let (parts, _) = divide(whole.len() - 1);
    let first = r#"city in ("a") and c in (1, 2)"#.to_owned();
    let second = format!(r#"city in ("{long}") and c in (1, 2)"#);
    let third = r#"city in ("b", "c") and c in (1, 2)"#.to_owned();
    assert_eq!(parts, [first, second.clone(), third]);

    // Nothing is divided if the rest and the longest value do not fit.
    assert_eq!(divide(second.len() - 1), (vec![], vec![whole, second]));
    for whole in ["c in (1, 2) or open = true", "not c in (1, 2)", "limit 5"] {
        assert!(bind(whole, &entity).parts_that_fit(|_| false).is_none());
    }
}

#[test]
fn a_filter_is_divided_into_at_most_a_thousand_parts() {
    let entity = entity();
    let list = |values: u32| {
        let values: Vec<String> = (0..values)
            .map(|value| (10_000 + value).to_string())
            .collect();
        let filter = bind(&format!("c in ({})", values.join(", ")), &entity);
        filter.parts_that_fit(|part| part.to_string().len() <= "c in (10000)".len())
    };
    assert_eq!(list(1_000).map(|parts| parts.len()), Some(1_000));
    assert!(list(1_001).is_none());
}
