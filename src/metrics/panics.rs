//! Panics are counted, and told in the log's own form.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    panic,
};

use super::PANICS;

/// From now on. Only a message that is written in the program is told: one that was put together may quote what somebody entered.
pub fn count_and_log() {
    panic::set_hook(Box::new(|panic| {
        PANICS.inc();
        let said = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(not told: it may hold what somebody entered)");
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            tracing::error!(at, said, %trace, "panicked");
        } else {
            tracing::error!(at, said, "panicked");
        }
    }));
}
