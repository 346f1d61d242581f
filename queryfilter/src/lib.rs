//! The filter language of Amazon AppFlow's queries: grammar, syntax tree and parser
