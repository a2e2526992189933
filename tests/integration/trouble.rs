//! Locked, killed, full: nothing acknowledged is lost.
