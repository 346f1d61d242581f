//! Attacks on the built programs. Each module is one kind.

mod addresses;
mod bounded;
#[cfg(target_os = "linux")]
mod calls;
mod connector;
mod deadline;
mod environment;
mod memory;
#[cfg(target_os = "linux")]
mod processes;
mod programs;
#[cfg(target_os = "linux")]
mod running;
mod server;
#[cfg(target_os = "linux")]
mod servers;
mod text;
