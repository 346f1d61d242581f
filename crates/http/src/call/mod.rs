//! One attempt at a request: it is sent, redirects within the origin are followed, the body is
//! read, and a failure is classified.

mod attempt;
mod body;
mod failure;

pub(crate) use attempt::Call;
pub(crate) use failure::unread;
