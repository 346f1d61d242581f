//! When a scheduled flow runs, and what an incremental run reads.
//!
//! Everything is in UTC; a flow's time zone is a label. Nothing here reads a clock.

mod cron;
mod rate;
mod ticks;
mod window;

pub(crate) use ticks::{Schedule, check};
pub(crate) use window::Window;
