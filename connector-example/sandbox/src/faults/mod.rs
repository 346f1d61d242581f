//! What goes wrong on demand: which calls fail, how, and how often it happened.
//!
//! [`plan`] says what can go wrong and when, [`state`] decides for each call, [`inject`] carries it out, [`body`] spoils
//! bodies, and [`admin`] is the way to all that over HTTP.

mod admin;
mod body;
mod call;
mod inject;
mod plan;
mod state;

pub(crate) use admin::admin_router;
pub(crate) use inject::{RowLock, inject};
pub use plan::{Calls, Fault, FaultPlan, Moment, NextCalls, Rate};
pub(crate) use state::Faults;
pub use state::{FaultReport, PlanError};
