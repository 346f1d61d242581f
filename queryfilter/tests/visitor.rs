//! The order of a visitor's calls, how a walk ends early, and trees of any depth.

use std::convert::Infallible;

use appflow_connector_queryfilter::ast::{
    CompareOp, Expr, ExprKind, Field, Literal, Span, Value, Visitor, visit,
};
use appflow_connector_queryfilter::parse;

fn predicate(text: &str) -> Expr {
    let filter = parse(text).unwrap_or_else(|error| panic!("{error}"));
    filter.predicate.expect("a predicate")
}

/// Records every call.
#[derive(Default)]
struct Calls(Vec<String>);

impl Visitor for Calls {
    type Output = Vec<String>;
    type Err = Infallible;

    fn finish(self) -> Result<Vec<String>, Infallible> {
        Ok(self.0)
    }

    fn visit_pre(&mut self, expr: &Expr) -> Result<(), Infallible> {
        self.0.push(format!("pre {expr}"));
        Ok(())
    }

    fn visit_connective(&mut self, expr: &Expr) -> Result<(), Infallible> {
        self.0.push(format!("connective {expr}"));
        Ok(())
    }

    fn visit_post(&mut self, expr: &Expr) -> Result<(), Infallible> {
        self.0.push(format!("post {expr}"));
        Ok(())
    }

    fn visit_field(&mut self, field: &Field) -> Result<(), Infallible> {
        self.0.push(format!("field {}", field.name));
        Ok(())
    }

    fn visit_value(&mut self, value: &Value) -> Result<(), Infallible> {
        self.0.push(format!("value {:?}", value.literal));
        Ok(())
    }
}

#[track_caller]
fn assert_calls(text: &str, calls: &[&str]) {
    let Ok(made) = visit(&predicate(text), Calls::default());
    assert_eq!(made, calls);
}

#[test]
fn operands_are_visited_in_order_between_pre_and_post() {
    assert_calls(
        "a and (b or not c) and d",
        &[
            "pre a and (b or not c) and d",
            "pre a",
            "field a",
            "post a",
            "connective a and (b or not c) and d",
            "pre b or not c",
            "pre b",
            "field b",
            "post b",
            "connective b or not c",
            "pre not c",
            "pre c",
            "field c",
            "post c",
            "post not c",
            "post b or not c",
            "connective a and (b or not c) and d",
            "pre d",
            "field d",
            "post d",
            "post a and (b or not c) and d",
        ],
    );
}

#[test]
fn fields_and_values_are_visited_in_order() {
    assert_calls(
        "a = 'x'",
        &[
            r#"pre a = "x""#,
            "field a",
            r#"value String("x")"#,
            r#"post a = "x""#,
        ],
    );
    assert_calls(
        "a between 1 and 2",
        &[
            "pre a between 1 and 2",
            "field a",
            r#"value Number("1")"#,
            r#"value Number("2")"#,
            "post a between 1 and 2",
        ],
    );
    assert_calls(
        "a in (null, 5)",
        &[
            "pre a in (null, 5)",
            "field a",
            "value Null",
            r#"value Number("5")"#,
            "post a in (null, 5)",
        ],
    );
    assert_calls("null", &["pre null", "value Null", "post null"]);
}

/// Finds the place of a `contains`, for an application that does not support it.
struct NoContains;

impl Visitor for NoContains {
    type Output = ();
    type Err = Span;

    fn finish(self) -> Result<(), Span> {
        Ok(())
    }

    fn visit_pre(&mut self, expr: &Expr) -> Result<(), Span> {
        match &expr.kind {
            ExprKind::Compare(comparison) if comparison.op == CompareOp::Contains => Err(expr.span),
            _ => Ok(()),
        }
    }
}

#[test]
fn the_first_error_is_returned() {
    assert_eq!(visit(&predicate("a = 1 or b"), NoContains), Ok(()));
    let text = "a = 1 or not b contains 'x' or c contains 'y'";
    let Span { start, end } = visit(&predicate(text), NoContains).unwrap_err();
    assert_eq!(&text[start..end], "b contains 'x'");
}

/// Returns an error from one of its hooks, and counts the calls after it.
struct StopsIn<'c> {
    hook: &'static str,
    stopped: bool,
    calls_after: &'c mut usize,
}

impl StopsIn<'_> {
    fn call(&mut self, hook: &'static str) -> Result<(), &'static str> {
        if self.stopped {
            *self.calls_after += 1;
        }
        self.stopped |= hook == self.hook;
        if hook == self.hook { Err(hook) } else { Ok(()) }
    }
}

impl Visitor for StopsIn<'_> {
    type Output = ();
    type Err = &'static str;

    fn finish(mut self) -> Result<(), &'static str> {
        self.call("finish")
    }

    fn visit_pre(&mut self, _: &Expr) -> Result<(), &'static str> {
        self.call("pre")
    }

    fn visit_connective(&mut self, _: &Expr) -> Result<(), &'static str> {
        self.call("connective")
    }

    fn visit_post(&mut self, _: &Expr) -> Result<(), &'static str> {
        self.call("post")
    }

    fn visit_field(&mut self, _: &Field) -> Result<(), &'static str> {
        self.call("field")
    }

    fn visit_value(&mut self, _: &Value) -> Result<(), &'static str> {
        self.call("value")
    }
}

#[test]
fn an_error_in_any_hook_ends_the_walk() {
    let predicate = predicate("a = 1 and b between 2 and 3 and c in (4, 5)");
    for hook in ["pre", "connective", "post", "field", "value", "finish"] {
        let mut calls_after = 0;
        let visitor = StopsIn {
            hook,
            stopped: false,
            calls_after: &mut calls_after,
        };
        assert_eq!(visit(&predicate, visitor), Err(hook));
        assert_eq!(calls_after, 0, "{hook}");
    }
}

/// Counts expressions on the way down and on the way up.
#[derive(Default)]
struct Count {
    entered: usize,
    left: usize,
}

impl Visitor for Count {
    type Output = (usize, usize);
    type Err = Infallible;

    fn finish(self) -> Result<(usize, usize), Infallible> {
        Ok((self.entered, self.left))
    }

    fn visit_pre(&mut self, _: &Expr) -> Result<(), Infallible> {
        self.entered += 1;
        Ok(())
    }

    fn visit_post(&mut self, _: &Expr) -> Result<(), Infallible> {
        self.left += 1;
        Ok(())
    }
}

#[test]
fn a_tree_of_a_hundred_thousand_levels_needs_no_stack() {
    let mut tree = Expr::from(ExprKind::Value(Literal::Null.into()));
    for level in 0..100_000 {
        tree = match level % 3 {
            0 => ExprKind::Not(Box::new(tree)),
            1 => ExprKind::And(vec![tree]),
            _ => ExprKind::Or(vec![tree]),
        }
        .into();
    }
    let Ok(counted) = visit(&tree, Count::default());
    assert_eq!(counted, (100_001, 100_001));

    // Dropping it whole would recurse.
    loop {
        tree = match tree.kind {
            ExprKind::Not(operand) => *operand,
            ExprKind::And(mut operands) | ExprKind::Or(mut operands) => operands.remove(0),
            _ => break,
        };
    }
}
