//! Canonical text, which parses to the same tree.

use appflow_connector_queryfilter::ast::{Expr, ExprKind, Field, Literal, Membership};
use appflow_connector_queryfilter::{Filter, parse};

#[track_caller]
fn assert_prints(text: &str, canonical: &str) {
    let filter = parse(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(filter.to_string(), canonical);
    assert_eq!(parse(canonical), Ok(filter));
}

#[test]
fn keywords_and_spaces_have_one_form() {
    assert_prints(
        "a=1AND(b>=2)OR\tNOT c LIMIT 10",
        "a = 1 and b >= 2 or not c limit 10",
    );
    assert_prints("LIMIT 10", "limit 10");
    assert_prints("a IN(1,null)", "a in (1, null)");
    assert_prints("a BETWEEN -1AND 2021-04-20", "a between -1 and 2021-04-20");
    assert_prints("a CONTAINS'x'", "a contains \"x\"");
    assert_prints("a != TRUE", "a != true");
    assert_eq!(Filter::default().to_string(), "");
}

#[test]
fn parentheses_are_written_only_where_they_are_needed() {
    assert_prints("((a and b) or (c and d))", "a and b or c and d");
    assert_prints("(a or b) and (c or (d))", "(a or b) and (c or d)");
    assert_prints("not (not (a))", "not not a");
    assert_prints(
        "not (a and b) and not (c = 1)",
        "not (a and b) and not c = 1",
    );
}

#[test]
fn strings_are_written_in_double_quotes() {
    assert_prints("a = 'x'", r#"a = "x""#);
    assert_prints(r#"a = 'say "x"'"#, r#"a = "say \"x\"""#);
    assert_prints(r#"a = "it's""#, r#"a = "it's""#);
    assert_prints(r"a = '\t\n\d'", r#"a = "\t\n\\d""#);
    assert_prints("a = 'two\nlines'", r#"a = "two\nlines""#);
    assert_prints("a = ''", r#"a = """#);
}

#[test]
fn after_a_string_that_ends_in_a_backslash_the_quotes_change() {
    assert_prints(r"a = 'x\'", r#"a = "x\\""#);
    assert_prints(
        r#"a = "s" and b = 'x\' and c = "t" and d = "y\""#,
        r#"a = "s" and b = "x\\" and c = 't' and d = 'y\\'"#,
    );
    assert_prints(
        r#"a = 'x\' and b = "say \"t\"""#,
        r#"a = 'x\\' and b = "say \"t\"""#,
    );
    assert_prints(
        r#"a = "x\" and b = 'it\'s'"#,
        r#"a = "x\\" and b = 'it\'s'"#,
    );
}

#[test]
fn trees_built_by_hand_print_too() {
    let field = |name: &str| Expr::from(ExprKind::Field(Field::from(name)));
    let nested = ExprKind::And(vec![
        field("a"),
        ExprKind::And(vec![field("b"), field("c")]).into(),
    ]);
    assert_eq!(Expr::from(nested).to_string(), "a and (b and c)");
    let list = ExprKind::In(Membership {
        field: Field::from("a"),
        values: ["x\\", "y\\", "z\\"]
            .map(|text| Literal::String(text.to_owned()).into())
            .to_vec(),
    });
    assert_eq!(
        Expr::from(list).to_string(),
        r#"a in ("x\\", 'y\\', 'z\\')"#
    );
}
