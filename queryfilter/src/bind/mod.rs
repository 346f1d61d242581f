//! From names and literals to fields and typed values.

mod binder;
mod error;
mod value;

pub use error::{BindError, BindErrorKind};
