//! What holds for every parsed tree.

use std::convert::Infallible;

use appflow_connector_queryfilter::ast::{
    CompareOp, Expr, ExprKind, Field, Literal, Span, Value, Visitor,
};

/// Compares every node of a parsed tree with the text.
pub struct WellFormed<'t> {
    text: &'t str,
    /// The spans of the expressions that are being visited, the innermost last.
    within: Vec<Span>,
    /// The end of the last field or value.
    done: usize,
}

impl<'t> WellFormed<'t> {
    pub fn of(text: &'t str) -> Self {
        Self {
            text,
            within: vec![Span {
                start: 0,
                end: text.len(),
            }],
            done: 0,
        }
    }

    /// Returns the text at the span, which lies in the expression that is being visited.
    fn source(&self, span: Span) -> &'t str {
        let around = self.within.last().expect("the whole text");
        assert!(around.start <= span.start && span.end <= around.end);
        &self.text[span.start..span.end]
    }

    /// Returns the text of a field or value, which comes after all the others so far.
    fn next_source(&mut self, span: Span) -> &'t str {
        assert!(self.done <= span.start);
        self.done = span.end;
        self.source(span)
    }
}

impl Visitor for WellFormed<'_> {
    type Output = ();
    type Err = Infallible;

    fn finish(self) -> Result<(), Infallible> {
        assert_eq!(self.within.len(), 1);
        Ok(())
    }

    fn visit_pre(&mut self, expr: &Expr) -> Result<(), Infallible> {
        let source = self.source(expr.span);
        assert_eq!(source.trim(), source);
        match &expr.kind {
            ExprKind::And(operands) => {
                assert!(operands.len() >= 2);
                let nested = |operand: &Expr| matches!(operand.kind, ExprKind::And(_));
                assert!(!operands.iter().any(nested), "an AND in an AND");
            }
            ExprKind::Or(operands) => {
                assert!(operands.len() >= 2);
                let nested = |operand: &Expr| matches!(operand.kind, ExprKind::Or(_));
                assert!(!operands.iter().any(nested), "an OR in an OR");
            }
            ExprKind::Compare(comparison) => {
                if let Literal::Boolean(_) = comparison.value.literal {
                    assert!(matches!(
                        comparison.op,
                        CompareOp::Equal | CompareOp::NotEqual
                    ));
                }
            }
            ExprKind::In(membership) => assert!(!membership.values.is_empty()),
            ExprKind::Not(_) | ExprKind::Between(_) | ExprKind::Field(_) | ExprKind::Value(_) => {}
        }
        self.within.push(expr.span);
        Ok(())
    }

    fn visit_post(&mut self, expr: &Expr) -> Result<(), Infallible> {
        assert_eq!(self.within.pop(), Some(expr.span));
        Ok(())
    }

    fn visit_field(&mut self, field: &Field) -> Result<(), Infallible> {
        assert_eq!(self.next_source(field.span), field.name);
        // Which characters beyond ASCII are letters depends on the version of Unicode.
        let mut ascii = field
            .name
            .chars()
            .map(|any| if any.is_ascii() { any } else { 'a' });
        let first = ascii.next().expect("a character");
        assert!(first.is_ascii_alphabetic() || "_@$".contains(first));
        assert!(ascii.all(|other| other.is_ascii_alphanumeric() || "_.-".contains(other)));
        Ok(())
    }

    fn visit_value(&mut self, value: &Value) -> Result<(), Infallible> {
        let source = self.next_source(value.span);
        match &value.literal {
            Literal::String(string) => {
                assert!(source.len() >= string.len() + 2);
                assert!(source.starts_with(['\'', '"']));
                assert!(source.len() >= 2 && source[1..].ends_with(&source[..1]));
            }
            Literal::Number(number) => {
                assert_eq!(source, number);
                let digits = number.strip_prefix('-').unwrap_or(number);
                let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
                for digits in [whole, fraction] {
                    assert!(!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
                }
            }
            Literal::Boolean(boolean) => {
                assert_eq!(source.to_ascii_lowercase(), boolean.to_string());
            }
            Literal::Date(date) => {
                assert_eq!(source, date);
                assert_eq!(date.len(), "YYYY-MM-DD".len());
            }
            Literal::DateTime(date_time) => {
                assert_eq!(source, date_time);
                assert_eq!(date_time.as_bytes()["YYYY-MM-DD".len()], b'T');
            }
            Literal::Null => assert_eq!(source.to_ascii_lowercase(), "null"),
        }
        Ok(())
    }
}
