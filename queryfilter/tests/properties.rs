//! Properties of any text and any tree.

mod checks;

use appflow_connector_queryfilter::ast::{
    Between, CompareOp, Comparison, Expr, ExprKind, Field, Literal, Membership, Value,
};
use appflow_connector_queryfilter::{Filter, parse};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

const KEYWORDS: [&str; 22] = [
    "AND", "and", "OR", "or", "NOT", "not", "TRUE", "True", "true", "FALSE", "False", "false",
    "CONTAINS", "contains", "BETWEEN", "between", "IN", "in", "LIMIT", "limit", "null", "NULL",
];

const TOKENS: [&str; 40] = [
    "a",
    "b",
    "_id",
    "NULL",
    "and",
    "AND",
    "or",
    "not",
    "NOT",
    "in",
    "between",
    "contains",
    "limit",
    "null",
    "true",
    "False",
    "(",
    ")",
    "(",
    ")",
    ",",
    "=",
    "!=",
    ">",
    ">=",
    "<",
    "5",
    "-5.0",
    "10",
    "2021-04-20",
    "2021-04-20T12:30:45Z",
    "'x'",
    "\"y\"",
    "''",
    r"'x\'",
    "\"y\\\"",
    "'",
    "\\",
    ";",
    "é",
];

fn field() -> impl Strategy<Value = Field> {
    "[a-zA-Z_@$éß名][a-zA-Z0-9_.é名-]{0,5}"
        .prop_filter("a keyword", |name| !KEYWORDS.contains(&name.as_str()))
        .prop_map(|name| Field::from(name.as_str()))
}

/// Any value except a string that ends in a backslash: not every set of those can be written.
fn value() -> impl Strategy<Value = Value> {
    let string = r#"[ax'"\\ \t\n\r\u{0}é(,;]{0,6}"#.prop_map(|text: String| {
        let text = text.trim_end_matches('\\');
        Literal::String(text.to_owned())
    });
    prop_oneof![
        string,
        "-?[0-9]{1,4}(\\.[0-9]{1,3})?".prop_map(Literal::Number),
        "[0-9]{4}-(0[1-9]|1[0-2])-([0-2][0-9]|3[01])".prop_map(Literal::Date),
        "2021-04-20T([01][0-9]|2[0-4]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,4})?(Z|[+-]1[0-9]:[0-5]0)"
            .prop_map(Literal::DateTime),
        Just(Literal::Null),
    ]
    .prop_map(Value::from)
}

fn comparison() -> impl Strategy<Value = Comparison> {
    let any_op = select(vec![
        CompareOp::Greater,
        CompareOp::GreaterOrEqual,
        CompareOp::Less,
        CompareOp::LessOrEqual,
        CompareOp::Equal,
        CompareOp::NotEqual,
        CompareOp::Contains,
    ]);
    let boolean = any::<bool>().prop_map(|boolean| Value::from(Literal::Boolean(boolean)));
    let equality = select(vec![CompareOp::Equal, CompareOp::NotEqual]);
    (
        field(),
        prop_oneof![3 => (any_op, value()), 1 => (equality, boolean)],
    )
        .prop_map(|(field, (op, value))| Comparison { field, op, value })
}

fn test() -> impl Strategy<Value = ExprKind> {
    prop_oneof![
        comparison().prop_map(ExprKind::Compare),
        (field(), value(), value()).prop_map(|(field, low, high)| ExprKind::Between(Between {
            field,
            low,
            high
        })),
        (field(), vec(value(), 1..4))
            .prop_map(|(field, values)| ExprKind::In(Membership { field, values })),
        field().prop_map(ExprKind::Field),
        value().prop_map(ExprKind::Value),
    ]
}

/// Expressions as the parser returns them: no AND directly in an AND, no OR directly in an OR.
fn expr() -> impl Strategy<Value = Expr> {
    test()
        .prop_map(Expr::from)
        .prop_recursive(4, 24, 4, |inner| {
            let several = vec(inner.clone(), 2..4);
            prop_oneof![
                several
                    .clone()
                    .prop_map(|operands| Expr::from(ExprKind::And(
                        operands.into_iter().map(unless_and).collect()
                    ))),
                several.prop_map(|operands| Expr::from(ExprKind::Or(
                    operands.into_iter().map(unless_or).collect()
                ))),
                inner.prop_map(negated),
            ]
        })
}

fn negated(operand: Expr) -> Expr {
    ExprKind::Not(Box::new(operand)).into()
}

fn unless_and(operand: Expr) -> Expr {
    if let ExprKind::And(_) = operand.kind {
        negated(operand)
    } else {
        operand
    }
}

fn unless_or(operand: Expr) -> Expr {
    if let ExprKind::Or(_) = operand.kind {
        negated(operand)
    } else {
        operand
    }
}

fn filter() -> impl Strategy<Value = Filter> {
    let limit = 1..=u64::MAX;
    prop_oneof![
        4 => (expr().prop_map(Some), option::of(limit.clone())),
        1 => (Just(None), limit.prop_map(Some)),
    ]
    .prop_map(|(predicate, limit)| Filter { predicate, limit })
}

fn check(text: &str) {
    checks::check_parse(text);
    checks::check_print(text);
    checks::check_bind(text);
}

proptest! {
    #[test]
    fn a_printed_tree_parses_to_an_equal_tree(filter in filter()) {
        let text = filter.to_string();
        prop_assert_eq!(parse(&text), Ok(filter), "{}", text);
    }

    #[test]
    fn no_text_causes_a_panic(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn no_run_of_tokens_causes_a_panic(
        tokens in vec(select(TOKENS.to_vec()), 0..12),
        separator in select(vec!["", " ", "\n"]),
    ) {
        check(&tokens.join(separator));
    }

    #[test]
    fn printing_keeps_any_spelling_of_strings(
        strings in vec(r#"'([ax"\\]|\\')*'|"([ax'\\]|\\")*""#, 1..5),
    ) {
        check(&format!("a in ({})", strings.join(", ")));
    }
}
