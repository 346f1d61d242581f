//! Attacks on the built programs. Each module is one kind.

mod connector;
mod environment;
#[cfg(target_os = "linux")]
mod processes;
mod programs;
#[cfg(target_os = "linux")]
mod running;
mod server;
#[cfg(target_os = "linux")]
mod servers;
mod text;
