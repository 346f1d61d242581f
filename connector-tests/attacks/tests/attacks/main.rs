//! Attacks on the built programs. Each module is one kind.

mod connector;
mod environment;
#[cfg(target_os = "linux")]
mod processes;
mod programs;
mod server;
mod text;
