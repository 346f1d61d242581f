//! Amazon AppFlow: its public API, connectors, connections and flows.

pub(crate) mod call;
pub(crate) mod caller;
pub(crate) mod clock;
pub(crate) mod connectors;
pub(crate) mod context;
pub(crate) mod documents;
pub(crate) mod endpoint;
pub(crate) mod error;
pub(crate) mod executions;
pub(crate) mod faults;
pub(crate) mod flows;
pub(crate) mod formats;
pub(crate) mod locks;
pub(crate) mod metadata;
pub(crate) mod operations;
pub(crate) mod paging;
pub(crate) mod profiles;
pub(crate) mod quotas;
mod response_check;
pub(crate) mod schedule;
pub(crate) mod tags;
pub(crate) mod tasks;
pub(crate) mod tokens;
