//! One run: calls the connector, watches every call and keeps what is known.

mod calls;
mod exchange;
mod facts;
mod outcome;
mod watch;

pub(crate) use calls::Run;
pub(crate) use exchange::Exchange;
pub(crate) use outcome::{Outcome, Stop};
pub(crate) use watch::Watched;
