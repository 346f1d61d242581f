//! The objects that the server offers, and how they are described.

pub(crate) mod catalog;
pub(crate) mod describe;
pub(crate) mod field;
mod files;
pub(crate) mod object;
pub(crate) mod selection;
mod special;
