//! Sessions of viewers: a random token in a cookie, its hash in the database. They end after 15 minutes without a request,
//! after 8 hours in any case, and when the person leaves.

use std::time::Duration;

use axum::http::{HeaderValue, header};
use uuid::Uuid;

use super::{
    answer,
    caller::Viewer,
    cookie,
    model::Level,
    own,
    provider::Vouched,
    refusal, store,
    token::{Token, TokenHash},
};
use crate::{
    audit::{entry::Entry, model::Action},
    db::Db,
    error::{AppError, Result, StoreError},
    id::EnterpriseId,
    period::Moment,
    state::Visit,
};

/// Without a request for so long, a session has ended.
pub const IDLE_SECS: i64 = 15 * 60;
/// However busy it is, a session ends.
pub const ABSOLUTE_SECS: i64 = 8 * 60 * 60;
/// A session's last request is written down at most this often.
const SEEN_SECS: i64 = 60;

/// So long a request waits for that.
const TOUCH_WAIT: Duration = Duration::from_millis(200);

/// Whose session it is.
pub struct Session {
    pub viewer: Uuid,
    pub level: Level,
}

/// The session that this request's cookie names, if it has not ended.
pub async fn find(visit: &Visit) -> Result<Option<Session>, StoreError> {
    let Some((hash, row)) = row(visit).await? else { return Ok(None) };
    let now = visit.state.clock.now();
    if row.seen_at <= now.plus_secs(-SEEN_SECS) {
        touch(visit.state.db.clone(), hash, now).await;
    }
    Ok(Some(Session { viewer: row.viewer_id, level: row.level }))
}

/// The same, and it is not used by that.
pub async fn look(visit: &Visit) -> Result<Option<Session>, StoreError> {
    Ok(row(visit).await?.map(|(_, row)| Session { viewer: row.viewer_id, level: row.level }))
}

async fn row(visit: &Visit) -> Result<Option<(TokenHash, store::SessionRow)>, StoreError> {
    let Some(token) = cookie::session(visit) else { return Ok(None) };
    let (now, hash) = (visit.state.clock.now(), token.hash());
    let row = store::session_find(&visit.state.db, hash, now, now.plus_secs(-IDLE_SECS)).await?;
    Ok(row.map(|row| (hash, row)))
}

/// Writes down that a session was used now. Nobody waits long for it: while the database is locked, pages are still read. What
/// comes to nothing is tried again with the next request.
async fn touch(db: Db, hash: TokenHash, now: Moment) {
    let touching = tokio::spawn(async move {
        match store::session_touch(&db, hash, now).await {
            Ok(()) | Err(StoreError::Busy) => {}
            Err(error) => tracing::error!(%error, "a session's use could not be written down"),
        }
    });
    let _ = tokio::time::timeout(TOUCH_WAIT, touching).await;
}

/// Starts a session for someone who was vouched for, and ends the one that this browser had. Returns the cookie.
/// Nobody is let in by a passkey or an account with a provider that was taken from them meanwhile.
pub async fn start(visit: &Visit, vouched: &Vouched) -> Result<HeaderValue> {
    let (token, now) = (Token::new(), visit.state.clock.now());
    let before = cookie::session(visit).map(|before| before.hash());
    let agent = visit.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).map(own::agent).unwrap_or_default();
    let system = visit.state.vault.keys(&visit.state.db, EnterpriseId::SYSTEM).await?;
    let entry = Entry::by_sign_in(system, vouched.viewer(), now, Action::SignIn);
    let until = now.plus_secs(ABSOLUTE_SECS);
    if !store::session_insert(&visit.state.db, token.hash(), before, vouched, &agent, &entry, until).await? {
        return Err(refusal::noted(visit, vouched.viewer(), AppError::VerificationFailed).await);
    }
    Ok(cookie::keep_session(&visit.state.public_url, &token))
}

/// Lets a session go on under a new token, which the answer keeps in the browser. `None` if it has ended meanwhile.
pub(super) async fn renew(visit: &Visit, viewer: &Viewer, before: TokenHash) -> Result<Option<TokenHash>, StoreError> {
    let token = Token::new();
    if !store::session_renew(&visit.state.db, viewer, before, token.hash()).await? {
        return Ok(None);
    }
    answer::set_cookie(cookie::keep_session(&visit.state.public_url, &token));
    Ok(Some(token.hash()))
}

/// Ends this browser's session, if it has one. Returns the cookie that makes it forget.
pub async fn end(visit: &Visit) -> Result<HeaderValue, StoreError> {
    if let Some(token) = cookie::session(visit) {
        let (state, now) = (&visit.state, visit.state.clock.now());
        let system = state.vault.keys(&state.db, EnterpriseId::SYSTEM).await?;
        let entry = |viewer| Entry::by_sign_in(system.clone(), viewer, now, Action::EndSession);
        store::session_delete(&state.db, token.hash(), entry).await?;
    }
    Ok(cookie::drop_session(&visit.state.public_url))
}
