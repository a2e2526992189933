//! Attacks, counted. `make trust` runs them all, prints for each family how often it was tried and how often it succeeded, and
//! writes `target/trust.json`. Families that need a room's own scenery stand with that room's tests and are counted here too.

use std::{collections::BTreeSet, fmt::Display, fs, path::PathBuf};

use serde_json::json;
use shenbao::random;

mod ciphertext;
mod cookies;
mod cross_site;
mod next;
mod operator;
pub mod passkeys;
mod stalled;

/// What somebody tries who has no right to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A code, a state or a flow once more; without the flow's cookie, or with another browser's.
    Flow,
    /// An ID token with a wrong nonce, issuer, audience, time or algorithm.
    Token,
    /// Stale or absent `auth_time`, low or absent `acr`.
    WeakVerification,
    /// A step-up by another subject, for another action, in another session, or once more.
    StepUp,
    /// Another origin's, replayed, foreign, revoked and rolled-back passkeys.
    Passkey,
    Cookie,
    /// A change that another site makes a browser ask for.
    CrossSite,
    /// An address of another site as the place to go on to.
    Next,
    /// Flipped, swapped and moved ciphertext.
    Ciphertext,
    /// Edited, deleted, reordered and truncated audit entries.
    Audit,
    /// Personal data in logs, URLs, database and backup.
    Canary,
    /// Connections on which nothing happens.
    Stalled,
    /// Every door, by whoever it is not for.
    Matrix,
}

impl Family {
    const ALL: [Self; 13] = [
        Self::Flow,
        Self::Token,
        Self::WeakVerification,
        Self::StepUp,
        Self::Passkey,
        Self::Cookie,
        Self::CrossSite,
        Self::Next,
        Self::Ciphertext,
        Self::Audit,
        Self::Canary,
        Self::Stalled,
        Self::Matrix,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Flow => "replayed or foreign OpenID flow",
            Self::Token => "forged ID token",
            Self::WeakVerification => "stale or weak verification",
            Self::StepUp => "step-up by or for another",
            Self::Passkey => "forged, replayed or revoked passkey",
            Self::Cookie => "forged or altered cookie",
            Self::CrossSite => "cross-site request",
            Self::Next => "redirect to elsewhere",
            Self::Ciphertext => "flipped, swapped or moved ciphertext",
            Self::Audit => "tampered audit",
            Self::Canary => "personal data in the open",
            Self::Stalled => "stalled connection",
            Self::Matrix => "door of others",
        }
    }
}

/// What one test tries of a family.
///
/// It is counted when it goes, so that a test which fails in the middle has said what it reached until then.
pub struct Attacks {
    family: Family,
    tried: usize,
    succeeded: Vec<String>,
}

impl Attacks {
    pub const fn of(family: Family) -> Self {
        Self { family, tried: 0, succeeded: Vec::new() }
    }

    /// One attack, and whether it reached what it was after.
    pub fn tried(&mut self, succeeded: bool, what: impl Display) {
        self.tried += 1;
        if succeeded {
            self.succeeded.push(what.to_string());
        }
    }

    /// Fails if one succeeded, or if there was none.
    pub fn done(self) {
        let Self { family, tried, succeeded } = &self;
        assert!(succeeded.is_empty(), "{}: {} of {tried} succeeded:\n{}", family.name(), succeeded.len(), succeeded.join("\n"));
        assert!(*tried > 0, "{}: nothing was tried", family.name());
    }
}

impl Drop for Attacks {
    fn drop(&mut self) {
        let Some(folder) = folder() else { return };
        let said = json!({ "name": self.family.name(), "tried": self.tried, "succeeded": self.succeeded.len() });
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{}.json", random::uuid())), said.to_string()).unwrap();
    }
}

/// Where counts are gathered, if they are.
fn folder() -> Option<PathBuf> {
    std::env::var_os("SHENBAO_TRUST").map(PathBuf::from)
}

/// `.ci/trust.mjs` adds up what the tests counted, and misses a family that none of them tried.
#[test]
fn every_family_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = Family::ALL.into_iter().map(Family::name).collect();
    assert_eq!(names.len(), Family::ALL.len());
    if let Some(folder) = folder() {
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("families"), json!(Family::ALL.map(Family::name)).to_string()).unwrap();
    }
}
