//! Prints trees as text that parses to an equal tree.

use std::fmt::{self, Display, Formatter};

use crate::ast::{Expr, ExprKind, Filter, Literal, Value};
use crate::quoting::quote;

/// Writes canonical text: keywords in lower case, single spaces, strings in double quotes,
/// parentheses only where they are needed.
///
/// Every tree that [`parse`](crate::parse()) returns prints as text that parses to an equal tree.
/// Spaces and escapes can make that text longer than the original, and so longer than
/// [`Parser::max_length`](crate::Parser::max_length). It is never nested deeper.
///
/// Some trees that are built by hand have no such text: the language cannot write most sets of
/// strings of which several end in a backslash, nor a field's name that does not follow the
/// grammar.
impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(predicate) = &self.predicate {
            predicate.fmt(f)?;
        }
        match (&self.predicate, self.limit) {
            (Some(_), Some(limit)) => write!(f, " limit {limit}"),
            (None, Some(limit)) => write!(f, "limit {limit}"),
            (_, None) => Ok(()),
        }
    }
}

/// Writes canonical text, as for [`Filter`].
impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut quotes = Quotes::for_strings_of(self);
        write_expr(f, self, &mut quotes)
    }
}

fn write_expr(f: &mut Formatter<'_>, expr: &Expr, quotes: &mut Quotes) -> fmt::Result {
    match &expr.kind {
        ExprKind::And(operands) => {
            for (index, operand) in operands.iter().enumerate() {
                write_separator(f, index, " and ")?;
                write_grouped(f, operand, quotes)?;
            }
            Ok(())
        }
        ExprKind::Or(operands) => {
            for (index, operand) in operands.iter().enumerate() {
                write_separator(f, index, " or ")?;
                if let ExprKind::And(_) = operand.kind {
                    write_expr(f, operand, quotes)?;
                } else {
                    write_grouped(f, operand, quotes)?;
                }
            }
            Ok(())
        }
        ExprKind::Not(operand) => {
            f.write_str("not ")?;
            write_grouped(f, operand, quotes)
        }
        ExprKind::Compare(comparison) => {
            write!(f, "{} {} ", comparison.field.name, comparison.op.as_str())?;
            write_value(f, &comparison.value, quotes)
        }
        ExprKind::Between(between) => {
            write!(f, "{} between ", between.field.name)?;
            write_value(f, &between.low, quotes)?;
            f.write_str(" and ")?;
            write_value(f, &between.high, quotes)
        }
        ExprKind::In(membership) => {
            write!(f, "{} in (", membership.field.name)?;
            for (index, value) in membership.values.iter().enumerate() {
                write_separator(f, index, ", ")?;
                write_value(f, value, quotes)?;
            }
            f.write_str(")")
        }
        ExprKind::Field(field) => f.write_str(&field.name),
        ExprKind::Value(value) => write_value(f, value, quotes),
    }
}

fn write_separator(f: &mut Formatter<'_>, index: usize, separator: &str) -> fmt::Result {
    f.write_str(if index > 0 { separator } else { "" })
}

/// Writes an operand, in parentheses if it is an AND or OR.
fn write_grouped(f: &mut Formatter<'_>, operand: &Expr, quotes: &mut Quotes) -> fmt::Result {
    if let ExprKind::And(_) | ExprKind::Or(_) = operand.kind {
        f.write_str("(")?;
        write_expr(f, operand, quotes)?;
        f.write_str(")")
    } else {
        write_expr(f, operand, quotes)
    }
}

fn write_value(f: &mut Formatter<'_>, value: &Value, quotes: &mut Quotes) -> fmt::Result {
    match &value.literal {
        Literal::String(text) => f.write_str(&quote(text, quotes.next())),
        Literal::Number(text) | Literal::Date(text) | Literal::DateTime(text) => f.write_str(text),
        Literal::Boolean(boolean) => write!(f, "{boolean}"),
        Literal::Null => f.write_str("null"),
    }
}

/// Chooses the quotes of the strings of one expression, in their order.
///
/// A string that ends in a backslash is the hard case: the quote after its backslash closes the
/// string only if no later text contains a quote of that kind. So all strings after the first hard
/// one get the other kind of quote.
struct Quotes {
    /// The number of strings before the first that ends in a backslash. `None` after that string.
    before_hard: Option<usize>,
    hard: char,
    after_hard: char,
}

impl Quotes {
    fn for_strings_of(expr: &Expr) -> Self {
        let mut strings = Vec::new();
        collect_strings(expr, &mut strings);
        let before_hard = strings
            .iter()
            .position(|string| string.ends_with('\\'))
            .unwrap_or(strings.len());
        let mut later = strings.iter().skip(before_hard + 1);
        let (hard, after_hard) = if later.any(|string| string.contains('"')) {
            ('\'', '"')
        } else {
            ('"', '\'')
        };
        Self {
            before_hard: Some(before_hard),
            hard,
            after_hard,
        }
    }

    fn next(&mut self) -> char {
        match self.before_hard {
            None => self.after_hard,
            Some(0) => {
                self.before_hard = None;
                self.hard
            }
            Some(strings) => {
                self.before_hard = Some(strings - 1);
                '"'
            }
        }
    }
}

/// Adds the string values of the expression in the order in which they are printed.
fn collect_strings<'e>(expr: &'e Expr, strings: &mut Vec<&'e str>) {
    let mut add = |value: &'e Value| {
        if let Literal::String(text) = &value.literal {
            strings.push(text);
        }
    };
    match &expr.kind {
        ExprKind::And(operands) | ExprKind::Or(operands) => {
            for operand in operands {
                collect_strings(operand, strings);
            }
        }
        ExprKind::Not(operand) => collect_strings(operand, strings),
        ExprKind::Compare(comparison) => add(&comparison.value),
        ExprKind::Between(between) => {
            add(&between.low);
            add(&between.high);
        }
        ExprKind::In(membership) => membership.values.iter().for_each(add),
        ExprKind::Field(_) => {}
        ExprKind::Value(value) => add(value),
    }
}
