//! Who vouches for a signed-in person. A session knows only what is written here, so that another provider is one more variant
//! and no change to sessions, scopes or pages.

use uuid::Uuid;

use super::model::Level;

/// The providers that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityProvider {
    /// This server: a passkey that was enrolled by a one-time link.
    Local,
    /// A server of somebody else's, which has looked at a face just now: see [`super::oidc`].
    OpenIdConnect,
    /// A server that runs on invented people: one click, and nothing is proved.
    Demo,
}

/// A provider's word that a person was there just now.
#[derive(Debug, Clone)]
pub struct Vouched {
    viewer: Uuid,
    by: IdentityProvider,
    means: Means,
}

/// By what somebody was known. It must still be theirs when their session begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// The passkey of this credential.
    Passkey(Vec<u8>),
    /// The account with a provider that has this subject, as its keyed hash.
    Identity([u8; 32]),
    /// Invented people have none.
    Nothing,
}

impl Means {
    const fn provider(&self) -> IdentityProvider {
        match self {
            Self::Passkey(_) => IdentityProvider::Local,
            Self::Identity(_) => IdentityProvider::OpenIdConnect,
            Self::Nothing => IdentityProvider::Demo,
        }
    }

    /// Only the ceremonies of this room may say so.
    pub(super) const fn vouches_for(self, viewer: Uuid) -> Vouched {
        Vouched { viewer, by: self.provider(), means: self }
    }
}

impl IdentityProvider {
    /// The most that this provider can vouch for.
    pub const fn level(self) -> Level {
        match self {
            Self::Local => Level::Passkey,
            Self::OpenIdConnect => Level::Face,
            Self::Demo => Level::Claimed,
        }
    }
}

impl Vouched {
    pub const fn viewer(&self) -> Uuid {
        self.viewer
    }

    pub const fn level(&self) -> Level {
        self.by.level()
    }

    pub const fn means(&self) -> &Means {
        &self.means
    }
}
