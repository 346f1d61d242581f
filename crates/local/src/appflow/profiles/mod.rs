//! Connections ("connector profiles") and their credentials.

pub(crate) mod connection;
pub(crate) mod credentials;
pub(crate) mod oauth2;
pub(crate) mod operations;
pub(crate) mod pending;
pub(crate) mod profile;
pub(crate) mod update;
pub(crate) mod validation;
