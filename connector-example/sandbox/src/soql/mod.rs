//! SOQL: text to tokens, tokens to a tree, the tree to SQL.
//!
//! This implementation is the sandbox's own. It shares no code with the connectors that are tested
//! against it, so that it can prove them wrong.
//!
//! Supported: `SELECT` of fields, of `FIELDS(ALL)` and of `COUNT()`, `FROM` one object, `WHERE`,
//! `ORDER BY`, `LIMIT`, `OFFSET`; fields of a parent (`Owner.Name`), one level deep. Refused with
//! `MALFORMED_QUERY` although Salesforce supports it: sub-queries, aliases, `GROUP BY`, `HAVING`,
//! `WITH`, `FOR`, other functions, and relative dates such as `TODAY`.

mod ast;
pub(crate) mod compile;
pub(crate) mod error;
mod lexer;
mod literal;
mod names;
pub(crate) mod parser;
