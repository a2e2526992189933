//! The one place that asks the operating system for randomness.

use uuid::{Builder, Uuid};

/// Random bytes fit for keys and tokens.
///
/// # Panics
/// When the operating system has no randomness to give: nothing that follows would be safe.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system provides randomness");
    bytes
}

/// A version 4 UUID.
pub fn uuid() -> Uuid {
    Builder::from_random_bytes(bytes()).into_uuid()
}
