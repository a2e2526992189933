//! A viewer's own sessions and passkeys, as they see and end them, and what was written down about both.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

use super::{
    caller::Viewer,
    cookie,
    model::{Ceremony, Intent, MOST_PASSKEYS, OwnEntry, PasskeyLine, Phone, ProviderChoice, SessionLine, SignedIn, passkey_name},
    oidc::Audience,
    passkey, representative,
    session::IDLE_SECS,
    step_up, store,
};
use crate::{
    audit::{self, entry::Entry, model::Action},
    enterprise::model::DEFAULT_ZONE,
    error::{AppError, Result, StoreError},
    period::Moment,
    state::Visit,
    vault::{Cell, TenantKeys},
};

/// The person who is signed in, and all by which they are.
pub async fn signed_in(visit: &Visit, viewer: &Viewer) -> Result<SignedIn> {
    let person = representative::person(&visit.state, viewer.id()).await?.ok_or(AppError::SignInRequired)?;
    let (kind, document, phone) = (person.document.kind, person.document.masked(), person.phone.as_ref().map(Phone::masked));
    let (sessions, passkeys) = (sessions(visit, viewer).await?, passkeys(visit, viewer).await?);
    let (providers, entries) = (providers(visit, viewer).await?, entries(visit, viewer).await?);
    Ok(SignedIn { name: person.name, kind, document, phone, level: viewer.level(), sessions, passkeys, providers, entries })
}

/// The providers by which a viewer can verify themselves once more. An account of one enterprise alone is unknown to them.
pub async fn providers(visit: &Visit, viewer: &Viewer) -> Result<Vec<ProviderChoice>> {
    let choices = visit.state.providers.choices(Audience::Representative);
    Ok(if choices.is_empty() || store::viewer_is_own(&visit.state.db, viewer).await? { choices } else { Vec::new() })
}

async fn sessions(visit: &Visit, viewer: &Viewer) -> Result<Vec<SessionLine>> {
    let now = visit.state.clock.now();
    let here = cookie::session(visit).map(|token| token.hash().0.to_vec());
    let rows = store::session_list(&visit.state.db, viewer, now, now.plus_secs(-IDLE_SECS)).await?;
    let line = |row: store::OwnSessionRow| SessionLine {
        here: here.as_ref() == Some(&row.token_hash),
        id: HEXLOWER.encode(&row.token_hash),
        agent: row.agent,
        level: row.level,
        seen_at: local_time(row.seen_at),
    };
    Ok(rows.into_iter().map(line).collect())
}

async fn entries(visit: &Visit, viewer: &Viewer) -> Result<Vec<OwnEntry>> {
    let entries = audit::answer::own(&visit.state, viewer).await?;
    Ok(entries.into_iter().map(|(at, action)| OwnEntry { at: local_time(at), action }).collect())
}

async fn passkeys(visit: &Visit, viewer: &Viewer) -> Result<Vec<PasskeyLine>> {
    let (rows, keys) = passkey::own(visit, viewer).await?;
    rows.into_iter().map(|row| line(&keys, row)).collect()
}

fn line(keys: &TenantKeys, row: store::PasskeyRow) -> Result<PasskeyLine> {
    let name = row.name.as_deref().map(|sealed| keys.open(name_cell(&row.credential_id), sealed)).transpose().map_err(StoreError::from)?;
    Ok(PasskeyLine {
        name: name.map(|plain| String::from_utf8_lossy(&plain).into_owned()).unwrap_or_default(),
        id: BASE64URL_NOPAD.encode(&row.credential_id),
        made_at: local_time(row.created_at),
        used_at: row.used_at.map(local_time),
    })
}

/// Ends one of the viewer's sessions, or every one but this. One that is not theirs does not exist.
pub async fn end(visit: &Visit, viewer: &Viewer, which: &str) -> Result<()> {
    let here = cookie::session(visit).ok_or(AppError::SignInRequired)?.hash();
    let entry = entry(visit, viewer, Action::EndSession).await?;
    let ended = if which.is_empty() {
        store::session_end_others(&visit.state.db, viewer, here, &entry).await?;
        true
    } else {
        let hash = HEXLOWER.decode(which.as_bytes()).map_err(|_| AppError::NotFound)?;
        store::session_end(&visit.state.db, viewer, &hash, &entry).await?
    };
    if ended { Ok(()) } else { Err(AppError::NotFound) }
}

/// Gives a passkey of the viewer's a name.
pub async fn rename(visit: &Visit, viewer: &Viewer, id: &str, name: &str) -> Result<()> {
    let (credential, name) = (credential(id)?, passkey_name(name).ok_or(AppError::BadRequest)?);
    let keys = passkey::system_keys(visit).await?;
    // Each is written down, and kept for years.
    visit.state.limits.ceremony(visit.address)?;
    let sealed = keys.seal(name_cell(&credential), name.as_bytes());
    let entry = entry(visit, viewer, Action::RenamePasskey).await?;
    if store::passkey_rename(&visit.state.db, viewer, &credential, &sealed, &entry).await? { Ok(()) } else { Err(AppError::NotFound) }
}

/// Removes a passkey, and ends every session but this one: whoever holds what is removed may be signed in with it. The last one
/// stays: without it nobody could sign in.
pub async fn remove(visit: &Visit, viewer: Viewer, id: &str, ticket: &str, answer: &str) -> Result<()> {
    let step_up = step_up::finish(visit, viewer, &Intent::RemovePasskey(id.to_owned()), ticket, answer).await?;
    let entry = entry(visit, step_up.viewer(), Action::RemovePasskey).await?;
    if store::passkey_remove(&visit.state.db, &step_up, &credential(id)?, &entry).await? { Ok(()) } else { Err(AppError::NotFound) }
}

/// Starts to make a further passkey.
pub async fn begin_adding(visit: &Visit, viewer: Viewer, ticket: &str, answer: &str) -> Result<Ceremony> {
    let step_up = step_up::finish(visit, viewer, &Intent::AddPasskey, ticket, answer).await?;
    let rows = store::passkey_list(&visit.state.db, step_up.viewer().id()).await?;
    if rows.len() >= MOST_PASSKEYS {
        return Err(AppError::BadRequest);
    }
    let name = representative::name(&visit.state, step_up.viewer().id()).await?.ok_or(AppError::SignInRequired)?;
    passkey::begin_adding(visit, &step_up, &name, rows.into_iter().map(|row| row.credential_id)).await
}

/// Keeps a further passkey.
pub async fn finish_adding(visit: &Visit, viewer: &Viewer, ticket: &str, answer: &str) -> Result<()> {
    let entry = entry(visit, viewer, Action::AddPasskey).await?;
    passkey::finish_adding(visit, viewer, ticket, answer, &entry).await
}

async fn entry(visit: &Visit, viewer: &Viewer, action: Action) -> Result<Entry> {
    let keys = passkey::system_keys(visit).await?;
    Ok(Entry::by_person(keys, viewer, visit.state.clock.now(), action))
}

fn credential(id: &str) -> Result<Vec<u8>> {
    BASE64URL_NOPAD.decode(id.as_bytes()).map_err(|_| AppError::NotFound)
}

/// These belong to no enterprise whose time it could be.
fn local_time(moment: Moment) -> String {
    moment.utc().with_timezone(&DEFAULT_ZONE).format("%Y-%m-%d %H:%M").to_string()
}

/// The browser and the system, as far as they are well known: enough to tell a phone from an office computer, and no more.
pub fn agent(user_agent: &str) -> String {
    let first = |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name);
    let browser =
        first(&[("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari")]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("HarmonyOS", "HarmonyOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    [browser, system].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

pub(super) const fn name_cell(credential_id: &[u8]) -> Cell<'_> {
    Cell { table: "passkey", column: "name", row: credential_id }
}

#[cfg(test)]
mod tests {
    use super::agent;

    #[test]
    fn a_session_is_named_by_what_is_well_known() {
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0",
                "Edge · Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; X) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 MicroMessenger/8.0.50",
                "WeChat · Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari · iPhone",
            ),
            ("curl/8", ""),
            ("<script>", ""),
        ] {
            assert_eq!(agent(user_agent), name, "{user_agent}");
        }
    }
}
