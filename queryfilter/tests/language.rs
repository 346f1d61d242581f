//! The details of the language that are easy to get wrong.

use appflow_connector_queryfilter::ast::{
    CompareOp, Comparison, Expr, ExprKind, Field, Literal, Value,
};
use appflow_connector_queryfilter::{Filter, parse};

#[track_caller]
fn filter(text: &str) -> Filter {
    parse(text).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn predicate(text: &str) -> Expr {
    filter(text).predicate.expect("a predicate")
}

fn field(name: &str) -> Expr {
    ExprKind::Field(Field::from(name)).into()
}

fn equal(name: &str, literal: Literal) -> Expr {
    ExprKind::Compare(Comparison {
        field: Field::from(name),
        op: CompareOp::Equal,
        value: Value::from(literal),
    })
    .into()
}

fn and(operands: Vec<Expr>) -> Expr {
    ExprKind::And(operands).into()
}

fn or(operands: Vec<Expr>) -> Expr {
    ExprKind::Or(operands).into()
}

fn not(operand: Expr) -> Expr {
    ExprKind::Not(Box::new(operand)).into()
}

fn number(text: &str) -> Literal {
    Literal::Number(text.to_owned())
}

#[test]
fn not_binds_tighter_than_and_and_and_tighter_than_or() {
    assert_eq!(
        predicate("not a = 1 and b or c and not not d"),
        or(vec![
            and(vec![not(equal("a", number("1"))), field("b")]),
            and(vec![field("c"), not(not(field("d")))]),
        ])
    );
    assert_eq!(
        predicate("not (a or b) and c"),
        and(vec![not(or(vec![field("a"), field("b")])), field("c")])
    );
}

#[test]
fn nested_chains_of_one_kind_are_one_wide_node() {
    let abcd = ["a", "b", "c", "d"].map(field).to_vec();
    for text in [
        "a and b and c and d",
        "a and (b and (c and d))",
        "((a and b) and c) and d",
        "(a and b) and ((c) and d)",
    ] {
        assert_eq!(predicate(text), and(abcd.clone()), "{text}");
        assert_eq!(
            predicate(&text.replace("and", "or")),
            or(abcd.clone()),
            "{text} with or"
        );
    }
    assert_eq!(
        predicate("(a or b) and (c or d)"),
        and(vec![
            or(vec![field("a"), field("b")]),
            or(vec![field("c"), field("d")])
        ])
    );
    assert_eq!(
        predicate("not (a and b) and c"),
        and(vec![not(and(vec![field("a"), field("b")])), field("c")])
    );
}

#[test]
fn words_that_contain_a_keyword_are_names() {
    for name in [
        "android", "notes", "innings", "a-5", "not-5", "And", "null.", "in_",
    ] {
        assert_eq!(predicate(name), field(name));
    }
}

#[test]
fn tokens_need_no_space_where_they_cannot_merge() {
    assert_eq!(
        predicate("a=5and(b='x'and\"y\")or not(c)"),
        or(vec![
            and(vec![
                equal("a", number("5")),
                equal("b", Literal::String("x".to_owned())),
                ExprKind::Value(Literal::String("y".to_owned()).into()).into(),
            ]),
            not(field("c")),
        ])
    );
    assert_eq!(predicate("a=-5"), equal("a", number("-5")));
}

#[test]
fn numbers_dates_and_date_times_are_distinguished() {
    let date = |text: &str| Literal::Date(text.to_owned());
    let date_time = |text: &str| Literal::DateTime(text.to_owned());
    for (text, literal) in [
        ("2021", number("2021")),
        ("-007.50", number("-007.50")),
        ("2021-04-20", date("2021-04-20")),
        ("2021-04-20T12:30:45Z", date_time("2021-04-20T12:30:45Z")),
        (
            "2021-04-20T24:59:59.123Z",
            date_time("2021-04-20T24:59:59.123Z"),
        ),
    ] {
        assert_eq!(
            predicate(&format!("a={text}")),
            equal("a", literal),
            "{text}"
        );
    }
    assert!(parse("a = 2021-04-2").is_err());
    assert!(parse("a = 2021-04-201").is_err());
}

#[test]
fn a_quote_after_a_backslash_ends_the_string_only_if_no_later_one_can() {
    for (text, strings) in [
        (r"a in ('x\')", vec![r"x\"]),
        (r"a in ('x\', 'y')", vec![]),
        (r"a in ('x\', y')", vec!["x', y"]),
        (r#"a in ('x\', "y\")"#, vec![r"x\", r"y\"]),
        (r#"a in ('x\', "it's")"#, vec![]),
        (r"a in ('x\\', 'y')", vec![]),
        (r"a in ('x\\ ', 'y\\')", vec![r"x\ ", r"y\"]),
        (r"a in ('', '\'')", vec!["", "'"]),
    ] {
        let found = parse(text).map_or_else(
            |_| Vec::new(),
            |filter| match filter.predicate.expect("a predicate").kind {
                ExprKind::In(membership) => membership.values,
                other => panic!("{other:?}"),
            },
        );
        let expected: Vec<Value> = strings
            .into_iter()
            .map(|string| Literal::String(string.to_owned()).into())
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn limit_is_at_the_end_or_the_whole_filter() {
    assert_eq!(
        filter("LIMIT 10"),
        Filter {
            predicate: None,
            limit: Some(10)
        }
    );
    assert_eq!(
        filter("a limit 18446744073709551615"),
        Filter {
            predicate: Some(field("a")),
            limit: Some(u64::MAX)
        }
    );
    for text in [
        "(a limit 10)",
        "limit 10 and a",
        "limit 10 limit 10",
        "a limit",
        "limit a",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn booleans_are_allowed_only_after_equal_and_not_equal() {
    assert_eq!(predicate("a = True"), equal("a", Literal::Boolean(true)));
    assert_eq!(predicate("a=FALSE"), equal("a", Literal::Boolean(false)));
    assert!(parse("a != false").is_ok());
    for text in [
        "a > true",
        "a contains true",
        "a in (true)",
        "a between true and 1",
        "true",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_limit_may_have_one_digit() {
    assert_eq!(filter("limit 5").limit, Some(5));
    assert!(parse("limit 0").is_err());
}

#[test]
fn upper_case_null_is_null_where_no_name_is_allowed() {
    assert_eq!(predicate("a = NULL"), equal("a", Literal::Null));
    assert_eq!(predicate("NULL = NULL"), equal("NULL", Literal::Null));
    assert_eq!(predicate("NULL"), field("NULL"));
    assert_eq!(
        predicate("null"),
        ExprKind::Value(Literal::Null.into()).into()
    );
    assert_eq!(predicate("a in (NULL)"), predicate("a in (null)"));
    assert_eq!(
        predicate("a between NULL and NULL"),
        predicate("a between null and null")
    );
}

#[test]
fn date_times_may_have_an_offset() {
    for text in ["2021-04-20T12:30:45+01:00", "2021-04-20T12:30:45.5-11:30"] {
        assert_eq!(
            predicate(&format!("a = {text}")),
            equal("a", Literal::DateTime(text.to_owned()))
        );
    }
    for offset in ["", "+1:00", "+0100", "+01:60", "+25:00", "Z+01:00"] {
        assert!(
            parse(&format!("a = 2021-04-20T12:30:45{offset}")).is_err(),
            "{offset}"
        );
    }
}

#[test]
fn names_may_start_with_marks_and_contain_any_letter() {
    for name in ["_id", "@type", "$top", "été", "名前", "a.é-1", "_"] {
        assert_eq!(predicate(name), field(name));
    }
    assert_eq!(
        predicate("not@a and$b"),
        and(vec![not(field("@a")), field("$b")])
    );
    for text in ["a@b", "a$", "٣a", "😀 = 1"] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn every_node_has_its_span() {
    let text = "é = 1 and ( (b in ('ö', 2) or not (c)) ) and (d between 1 and 2)";
    let predicate = predicate(text);
    let part = |expr: &Expr| &text[expr.span.start..expr.span.end];
    assert_eq!(part(&predicate), text);

    let ExprKind::And(operands) = &predicate.kind else {
        panic!("{predicate:?}")
    };
    let parts: Vec<&str> = operands.iter().map(part).collect();
    assert_eq!(
        parts,
        ["é = 1", "b in ('ö', 2) or not (c)", "d between 1 and 2"]
    );

    let ExprKind::Or(operands) = &operands[1].kind else {
        panic!("{operands:?}")
    };
    let parts: Vec<&str> = operands.iter().map(part).collect();
    assert_eq!(parts, ["b in ('ö', 2)", "not (c)"]);

    let ExprKind::In(membership) = &operands[0].kind else {
        panic!("{operands:?}")
    };
    let field = membership.field.span;
    assert_eq!(&text[field.start..field.end], "b");
    let string = membership.values[0].span;
    assert_eq!(&text[string.start..string.end], "'ö'");
}

#[test]
fn spans_are_not_compared() {
    assert_eq!(filter("a  and(b=1)"), filter("a and b = 1"));
    assert_ne!(filter("a and b = 1"), filter("a and b = 2"));
    assert_ne!(filter("a and b = 1"), filter("a and c = 1"));
    assert_ne!(filter("a and b"), filter("a or b"));
}
