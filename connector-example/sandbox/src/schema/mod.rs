//! The objects that the server offers, and how they are described.

mod account;
mod airport;
mod describe;
mod field;
mod field_type;
mod object;

pub(crate) use account::account;
pub(crate) use airport::airport;
pub(crate) use describe::{GlobalDescription, ObjectDescription};
pub(crate) use field::Field;
pub(crate) use field_type::FieldType;
pub(crate) use object::{Object, Schema};
