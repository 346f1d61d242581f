//! Attacks on the built programs. Each module is one kind.

mod programs;
