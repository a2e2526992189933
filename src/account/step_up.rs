//! A fresh verification, bound to exactly one thing: the person who is signed in proves once more that it is they, for this action
//! with these parameters, within five minutes, once. What is made here is proof: nothing that asks for a [`StepUp`] can be done
//! without.

use sha2::{Digest, Sha256};
use webauthn_rs::prelude::Passkey;

use super::{
    caller::{Scope, Viewer},
    cookie,
    model::{Ceremony, Intent},
    passkey::{self, Half},
    session, store,
    token::TokenHash,
};
use crate::{
    error::{AppError, Result},
    state::Visit,
};

/// So long after a fresh verification files can be exported without another.
const EXPORT_SECS: i64 = 15 * 60;

/// Proof that a viewer verified themselves for one thing.
pub struct StepUp {
    viewer: Viewer,
    session: TokenHash,
}

impl StepUp {
    pub const fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// The session in which they did: its token is new since.
    pub const fn session(&self) -> TokenHash {
        self.session
    }
}

/// Asks for one of the viewer's own passkeys. On a server that runs on invented people, whoever entered by one click has none and
/// is asked for nothing.
pub async fn begin(visit: &Visit, viewer: &Viewer, intent: &Intent) -> Result<Ceremony> {
    visit.state.limits.ceremony(visit.address)?;
    let (rows, keys) = passkey::own(visit, viewer).await?;
    let own = rows.iter().map(|row| passkey::open(&keys, &row.credential_id, &row.passkey)).collect::<Result<Vec<Passkey>>>()?;
    let half = |state| Half::StepUp { representative: viewer.id(), intent: hash(intent), state };
    if own.is_empty() {
        return if visit.state.demo {
            passkey::keep(visit, &keys, &half(None), String::new()).await
        } else {
            Err(AppError::VerificationFailed)
        };
    }
    let (options, state) = visit.state.passkeys.authenticate(&own)?;
    passkey::keep(visit, &keys, &half(Some(state)), options.to_string()).await
}

/// Whether a viewer can be asked for a passkey.
pub async fn by_passkey(visit: &Visit, viewer: &Viewer) -> Result<bool> {
    Ok(visit.state.demo || !passkey::own(visit, viewer).await?.0.is_empty())
}

/// Keeps that a provider has verified the viewer of this session for one thing, just now. Returns the ticket, which is good for
/// nobody else.
pub(super) async fn verified(visit: &Visit, viewer: &Viewer, session: TokenHash, intent: &Intent) -> Result<String> {
    let keys = passkey::system_keys(visit).await?;
    let half = Half::Verified { viewer: viewer.id(), session: session.0, intent: hash(intent) };
    Ok(passkey::keep(visit, &keys, &half, String::new()).await?.ticket)
}

/// Takes the answer: it must be the same person's, and for the same thing. A provider's is in the ticket already. The session goes on
/// under a new token: whoever had the old one has nothing.
pub async fn finish(visit: &Visit, viewer: Viewer, intent: &Intent, ticket: &str, credential: &str) -> Result<StepUp> {
    let keys = passkey::system_keys(visit).await?;
    let here = cookie::session(visit).ok_or(AppError::SignInRequired)?.hash();
    let (person, bound_to) = match passkey::take(visit, ticket).await? {
        Half::StepUp { representative, intent, state } => {
            match state {
                Some(state) if representative == viewer.id() => passkey::check(visit, &keys, &viewer, credential, &state).await?,
                None if visit.state.demo => {}
                _ => return Err(AppError::VerificationFailed),
            }
            (representative, intent)
        }
        Half::Verified { viewer, session, intent } if here.0 == session => (viewer, intent),
        _ => return Err(AppError::VerificationFailed),
    };
    if person != viewer.id() || bound_to != hash(intent) {
        return Err(AppError::VerificationFailed);
    }
    let session = session::renew(visit, &viewer, here).await?.ok_or(AppError::SignInRequired)?;
    Ok(StepUp { viewer, session })
}

/// Lets the session in which somebody just verified themselves export from the scope's enterprise for a while.
pub async fn allow_export(visit: &Visit, scope: &Scope, proof: &StepUp) -> Result<()> {
    let until = visit.state.clock.now().plus_secs(EXPORT_SECS);
    Ok(store::session_allow_export(&visit.state.db, proof, scope.tenant(), until).await?)
}

/// Whether this session was verified for that, not too long ago.
pub async fn may_export(visit: &Visit, scope: &Scope) -> Result<bool> {
    let Some(token) = cookie::session(visit) else { return Ok(false) };
    let (db, now) = (&visit.state.db, visit.state.clock.now());
    Ok(store::session_may_export(db, scope.viewer(), token.hash(), scope.tenant(), now).await?)
}

fn hash(intent: &Intent) -> [u8; 32] {
    Sha256::digest(intent.to_string()).into()
}
