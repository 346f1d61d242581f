//! When a request is sent again, and how long the wait before that is.

mod policy;
mod retry_after;
mod state;

pub use policy::{Repeat, RetryPolicy, RetryPolicyBuilder};

pub(crate) use retry_after::retry_after;
pub(crate) use state::{Effect, Failure, RetryState, Verdict};
