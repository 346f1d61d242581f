//! Builds the tree from the flat run of tokens that the grammar accepts.

use std::iter::Peekable;

use pest::iterators::{Pair, Pairs};

use crate::ast::{
    Between, CompareOp, Comparison, Expr, ExprKind, Field, Literal, Membership, Span, Value,
};
use crate::grammar::Rule;
use crate::quoting::unquote;

/// Groups the tokens of a text that the grammar accepts. Their order is not checked again.
pub(crate) struct Builder<'i> {
    tokens: Peekable<Pairs<'i, Rule>>,
    /// Finished operands whose AND or OR is not finished. The operands of a chain within a chain of
    /// the same kind keep their place and so become operands of the outer one. This way each is
    /// moved at most twice, however deep the chains are nested.
    operands: Vec<Expr>,
}

/// What one step adds to the end of the operands: a single expression, or the operands of an
/// unfinished chain.
struct Run {
    /// The operator between the operands, if there are several.
    connective: Option<Rule>,
    span: Span,
    /// The same, with the parentheses around it.
    outer: Span,
}

impl<'i> Builder<'i> {
    pub(crate) fn new(tokens: Pairs<'i, Rule>) -> Self {
        Self {
            tokens: tokens.peekable(),
            operands: Vec::new(),
        }
    }

    pub(crate) fn peek(&mut self) -> Option<Rule> {
        self.tokens.peek().map(Pair::as_rule)
    }

    pub(crate) fn next(&mut self) -> Pair<'i, Rule> {
        self.tokens
            .next()
            .expect("the grammar ends every filter with the EOI token")
    }

    /// Takes the tokens of one expression.
    pub(crate) fn expression(&mut self) -> Expr {
        let run = self.disjunction();
        self.finish(0, &run)
    }

    fn disjunction(&mut self) -> Run {
        self.chain(Rule::or, Self::conjunction)
    }

    fn conjunction(&mut self) -> Run {
        self.chain(Rule::and, Self::operand)
    }

    /// Takes one operand, or several with the connective between them.
    fn chain(&mut self, connective: Rule, take_operand: fn(&mut Self) -> Run) -> Run {
        let mut start = self.operands.len();
        let mut run = take_operand(self);
        if self.peek() != Some(connective) {
            return run;
        }
        self.fold(start, &run, connective);
        while self.peek() == Some(connective) {
            self.next();
            start = self.operands.len();
            let next = take_operand(self);
            self.fold(start, &next, connective);
            run.outer.end = next.outer.end;
        }
        Run {
            connective: Some(connective),
            span: run.outer,
            outer: run.outer,
        }
    }

    /// Makes the run from `start` on operands of the connective.
    fn fold(&mut self, start: usize, run: &Run, connective: Rule) {
        if run.connective.is_some_and(|other| other != connective) {
            let operand = self.finish(start, run);
            self.operands.push(operand);
        }
    }

    /// Removes the run from `start` on from the operands and returns it as one expression.
    fn finish(&mut self, start: usize, run: &Run) -> Expr {
        let Some(connective) = run.connective else {
            return self.operands.pop().expect("every run has an operand");
        };
        let operands = if start == 0 {
            std::mem::take(&mut self.operands)
        } else {
            self.operands.drain(start..).collect()
        };
        let kind = match connective {
            Rule::and => ExprKind::And(operands),
            _ => ExprKind::Or(operands),
        };
        let span = run.span;
        Expr { kind, span }
    }

    fn operand(&mut self) -> Run {
        let token = self.next();
        let mut outer = span(&token);
        match token.as_rule() {
            Rule::open => {
                let inner = self.disjunction();
                outer.end = span(&self.next()).end;
                Run { outer, ..inner }
            }
            Rule::not => {
                let start = self.operands.len();
                let inner = self.operand();
                outer.end = inner.outer.end;
                let operand = Box::new(self.finish(start, &inner));
                self.push(ExprKind::Not(operand), outer)
            }
            Rule::name => {
                let (kind, end) = self.predicate(field(&token));
                outer.end = end;
                self.push(kind, outer)
            }
            _ => self.push(ExprKind::Value(value(&token)), outer),
        }
    }

    fn push(&mut self, kind: ExprKind, span: Span) -> Run {
        self.operands.push(Expr { kind, span });
        Run {
            connective: None,
            span,
            outer: span,
        }
    }

    /// Takes what follows a field's name. Also returns the offset of its end.
    fn predicate(&mut self, field: Field) -> (ExprKind, usize) {
        match self.peek() {
            Some(Rule::equality | Rule::ordering) => {
                let op = compare_op(self.next().as_str());
                let value = value(&self.next());
                let end = value.span.end;
                (ExprKind::Compare(Comparison { field, op, value }), end)
            }
            Some(Rule::between) => {
                self.next();
                let low = value(&self.next());
                self.next();
                let high = value(&self.next());
                let end = high.span.end;
                (ExprKind::Between(Between { field, low, high }), end)
            }
            Some(Rule::r#in) => {
                self.next();
                let (values, end) = self.values();
                (ExprKind::In(Membership { field, values }), end)
            }
            _ => {
                let end = field.span.end;
                (ExprKind::Field(field), end)
            }
        }
    }

    /// Takes `( value , … )`. Also returns the offset of its end.
    fn values(&mut self) -> (Vec<Value>, usize) {
        let mut values = Vec::new();
        self.next();
        loop {
            let value_or_close = self.next();
            if value_or_close.as_rule() == Rule::close {
                return (values, span(&value_or_close).end);
            }
            values.push(value(&value_or_close));
        }
    }
}

fn compare_op(text: &str) -> CompareOp {
    match text {
        ">" => CompareOp::Greater,
        ">=" => CompareOp::GreaterOrEqual,
        "<" => CompareOp::Less,
        "<=" => CompareOp::LessOrEqual,
        "=" => CompareOp::Equal,
        "!=" => CompareOp::NotEqual,
        _ => CompareOp::Contains,
    }
}

fn field(token: &Pair<Rule>) -> Field {
    Field {
        name: token.as_str().to_owned(),
        span: span(token),
    }
}

fn value(token: &Pair<Rule>) -> Value {
    Value {
        literal: literal(token.as_str()),
        span: span(token),
    }
}

fn literal(text: &str) -> Literal {
    let bytes = text.as_bytes();
    match bytes[0] {
        b'\'' | b'"' => Literal::String(unquote(text)),
        b'n' | b'N' => Literal::Null,
        b't' | b'T' => Literal::Boolean(true),
        b'f' | b'F' => Literal::Boolean(false),
        _ if bytes.get(4) != Some(&b'-') => Literal::Number(text.to_owned()),
        _ if bytes.len() == "YYYY-MM-DD".len() => Literal::Date(text.to_owned()),
        _ => Literal::DateTime(text.to_owned()),
    }
}

pub(crate) fn span(token: &Pair<Rule>) -> Span {
    let span = token.as_span();
    Span {
        start: span.start(),
        end: span.end(),
    }
}
