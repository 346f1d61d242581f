//! Attacks on the built programs. Each module is one kind.

#[cfg(target_os = "linux")]
mod calls;
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
