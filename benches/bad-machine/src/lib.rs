//! A machine as bad as machines are, for one program (`LD_PRELOAD`): its power fails, and its clock jumps.
//!
//! It takes the place of the C library's functions by which SQLite reaches its files and Rust the time, and asks the kernel itself.
//! Without the variables of [`disk`] and [`clock`] nothing is different.
#![cfg(target_os = "linux")]

mod clock;
mod disk;
