//! All services on one port.

mod admin;
mod local;
mod reset;
mod routing;
mod sts;

pub use local::{AppFlowLocal, Builder, StartError};
