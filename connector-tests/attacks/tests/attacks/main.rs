//! Attacks on the built programs. Each module is one kind.

mod connector;
#[cfg(target_os = "linux")]
mod processes;
mod programs;
mod server;
mod text;
