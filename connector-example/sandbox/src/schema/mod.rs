//! The objects that the server offers, and how they are described.

mod account;
mod airport;
mod describe;
mod field;
mod field_type;
mod inspection;
mod object;

pub(crate) use account::account;
pub(crate) use airport::airport;
pub(crate) use describe::{GlobalDescription, ObjectDescription, ObjectSummary};
pub(crate) use field::Field;
pub(crate) use field_type::FieldType;
pub(crate) use inspection::{MAX_REPORT, inspection};
pub(crate) use object::{Object, Schema};
