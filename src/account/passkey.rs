//! Passkeys: WebAuthn with user verification, bound to a person.

use crate::state::PublicUrl;

/// The relying party that this server is.
pub struct Passkeys {}

impl Passkeys {
    pub fn new(_public_url: &PublicUrl) -> anyhow::Result<Self> {
        Ok(Self {})
    }
}
