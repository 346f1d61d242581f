//! SOQL: text to tokens, tokens to a tree, the tree to SQL.
//!
//! This is a reading of the language made for this server alone. It shares nothing with the code of the connectors
//! that are tried against it, so that it can prove them wrong.
//!
//! What it knows: `SELECT` of fields, of `FIELDS(ALL)` and of `COUNT()`, `FROM` one object, `WHERE`, `ORDER BY`,
//! `LIMIT`, `OFFSET`. What it answers with `MALFORMED_QUERY` although Salesforce knows it: sub-queries, aliases,
//! `GROUP BY`, `HAVING`, `WITH`, `FOR`, functions other than the two above, and relative dates such as `TODAY`.

mod ast;
pub(crate) mod compile;
pub(crate) mod error;
mod lexer;
mod literal;
pub(crate) mod parser;
