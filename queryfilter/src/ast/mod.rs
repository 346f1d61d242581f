//! The syntax tree of a filter: what [`parse`](crate::parse()) returns, and how to walk it.

mod node;
mod visitor;

pub use node::{
    Between, CompareOp, Comparison, Expr, ExprKind, Field, Filter, Literal, Membership, Span, Value,
};
pub use visitor::{Visitor, visit};
