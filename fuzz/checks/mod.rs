//! What holds for every text from outside. Each entry of [`TARGETS`] is a fuzz target; `cargo
//! test -p appflow-attacks --test corpus` makes the same checks on the kept corpora.

pub mod filter;
pub mod request;
pub mod response;
pub mod salesforce;
pub mod secrets;
mod server;
pub mod soql;
pub mod token;
pub mod url;

/// What is checked of a text.
pub type Check = fn(&[u8]);

/// A target's name, the folder of its corpus, and its check.
pub const TARGETS: [(&str, Check); 10] = [
    ("bind", filter::bind),
    ("parse", filter::parse),
    ("print", filter::print),
    ("request", request::check),
    ("response", response::check),
    ("salesforce", salesforce::check),
    ("secrets", secrets::check),
    ("soql", soql::check),
    ("token", token::check),
    ("url", url::check),
];
