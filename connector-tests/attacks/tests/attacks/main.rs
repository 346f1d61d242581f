//! Attacks on the built programs. Each module is one kind.

#[cfg(target_os = "linux")]
mod processes;
mod programs;
