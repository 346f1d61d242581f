//! The filter language of Amazon AppFlow's queries: grammar, syntax tree, parser and printer.
//!
//! AppFlow hands a connector the filter of a query as text, the `filterExpression` of a QueryDataRequest. Depend on this crate to read
//! that text: in tools that build, check or run filters. To write a connector, depend on `appflow-connector-sdk`, which re-exports it.
//!
//! # Example
//!
//! ```
//! use appflow_connector_queryfilter::{CompareOp, ExprKind, Literal, parse};
//!
//! let filter = parse(r#"(os = "mojave" and NOT version < 10) limit 100"#)?;
//! assert_eq!(filter.limit, Some(100));
//!
//! let Some(ExprKind::And(operands)) = filter.predicate.as_ref().map(|predicate| &predicate.kind) else {
//!     panic!("another kind of expression");
//! };
//! let ExprKind::Compare(comparison) = &operands[0].kind else {
//!     panic!("another kind of operand");
//! };
//! assert_eq!(comparison.field.name, "os");
//! assert_eq!(comparison.op, CompareOp::Equal);
//! assert_eq!(comparison.value.literal, Literal::String("mojave".to_owned()));
//!
//! assert_eq!(filter.to_string(), r#"os = "mojave" and not version < 10 limit 100"#);
//! # Ok::<(), appflow_connector_queryfilter::ParseError>(())
//! ```
//!
//! # The language
//!
//! | | |
//! |---|---|
//! | whole filter | a predicate, a predicate with `LIMIT count`, or `LIMIT count` alone |
//! | predicate, loosest first | `a OR b`, `a AND b`, `NOT a`, `( a )` |
//! | tests | `name op value` with `>` `>=` `<` `<=` `=` `!=` `contains`; `name between value and value`; `name in (value, …)`; a bare name; a bare value |
//! | values | `'string'` `"string"` `-5.0` `2021-04-20` `2021-04-20T12:30:45Z` `null`; after `=` and `!=` also `TRUE` `FALSE` |
//! | names | a letter, then letters, digits, `_`, `.`, `-`: `a-5` is a name |
//!
//! Keywords are written all in upper or all in lower case. This parser takes what the official SDKs' parsers take, and builds the same
//! tree. It differs in these points:
//!
//! - The official lexer drops a character that it does not know, so that `_id = 5` becomes `id = 5`. Here such a character is an error,
//!   or part of a name as below.
//! - A LIMIT may have one digit. The official grammar asks for two.
//! - `NULL` is null wherever a value must stand. Where a name can stand it is one, as in the official grammar.
//! - A date-time may have an offset, `2021-04-20T12:30:45+01:00`, in place of the `Z`.
//! - A name may start with `_`, `@`, `$` or any Unicode letter, and hold Unicode letters.
//! - Length and nesting have limits, see [`Parser`], and a LIMIT goes up to [`u64::MAX`].

mod ast;
mod bind;
mod diagnosis;
mod error;
mod evaluate;
mod grammar;
mod nesting;
mod parse;
mod print;
mod quoting;
pub mod translate;
mod tree;
mod visitor;

pub use ast::{
    Between, CompareOp, Comparison, Expr, ExprKind, Field, Filter, Literal, Membership, Span, Value,
};
pub use bind::{
    BindError, BindErrorKind, BoundExpr, BoundFilter, BoundOp, Date, DateTime, Number, Test,
    TestKind, TypedValue,
};
pub use error::{ParseError, ParseErrorKind};
pub use evaluate::EvaluateError;
pub use parse::{Parser, parse};
pub use visitor::{Visitor, visit};
