//! The parser that pest makes of `grammar.pest`.

#[derive(pest_derive::Parser)]
#[grammar = "grammar.pest"]
pub struct Grammar;
